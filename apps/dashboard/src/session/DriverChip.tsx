/** Who drives and since when, in the colour that means it. */
import type { ReactNode } from 'react'
import { Bot, Hand, LoaderCircle, UserRound, Users } from 'lucide-react'
import { age } from '../format.ts'
import { useNow } from '../hooks.ts'
import { useSession } from './context.ts'
import { driverSentence } from './words.ts'

const LOOKS = {
  agent: 'bg-agent-soft text-agent-ink',
  both: 'bg-agent-soft text-agent-ink',
  you: 'bg-human-solid text-on-human',
  human: 'bg-human-soft text-human-ink',
  nobody: 'bg-sunken text-muted',
  unknown: 'bg-sunken text-muted',
}
const ICONS = { agent: <Bot />, both: <Users />, you: <Hand />, human: <Hand />, nobody: <UserRound />, unknown: <LoaderCircle /> }

function useSince(): string {
  const { snapshot } = useSession()
  const since = snapshot.control?.since
  const now = useNow(since !== undefined)
  return since === undefined ? '' : age(since, now)
}

const CHIP = 'flex h-7 max-w-64 min-w-0 items-center gap-1.5 rounded-full pr-3 pl-2 font-medium transition-colors [&_svg]:size-4 [&_svg]:shrink-0'

/** While no agent is there, the chip is the way to connect one. */
export function DriverChip({ onConnect }: { onConnect: (() => void) | undefined }): ReactNode {
  const { driver, snapshot } = useSession()
  const since = useSince()
  if (driver.kind === 'unknown') return null
  if (driver.kind === 'agent' && !driver.silent && snapshot.session?.agents === 0) {
    const words = (
      <>
        <Bot />
        <span className="truncate">No agent yet</span>
      </>
    )
    if (onConnect === undefined)
      return (
        <div className={`${CHIP} ${LOOKS.nobody}`} data-chip="agent">
          {words}
        </div>
      )
    return (
      <button type="button" className={`${CHIP} ${LOOKS.nobody} hover:text-ink`} data-chip="agent" onClick={onConnect}>
        {words}
        <span className="font-semibold text-agent-ink">Connect</span>
      </button>
    )
  }
  return (
    <div className={`${CHIP} ${LOOKS[driver.kind]}`} data-chip={driver.kind}>
      {driver.changing === null ? ICONS[driver.kind] : <LoaderCircle className="animate-spin" />}
      <span className="truncate">{driverSentence(driver)}</span>
      {driver.changing === null && <span className="shrink-0 font-normal tabular-nums opacity-75">{since}</span>}
    </div>
  )
}

const INKS = { agent: 'text-agent-ink', both: 'text-agent-ink', you: 'text-human-ink', human: 'text-human-ink', nobody: 'text-muted', unknown: 'text-muted' }

/** The same in one line of text, for phones. */
export function DriverLine(): ReactNode {
  const { driver, snapshot } = useSession()
  const since = useSince()
  const idle = driver.kind === 'agent' && !driver.silent && snapshot.session?.agents === 0
  return (
    <div
      className={`flex min-w-0 items-center gap-1 text-xs font-medium [&_svg]:size-3 [&_svg]:shrink-0 ${idle ? INKS.nobody : INKS[driver.kind]}`}
      data-chip={driver.kind}
    >
      {driver.kind !== 'unknown' && ICONS[driver.kind]}
      <span className="truncate">{driver.kind === 'unknown' ? 'Connecting' : idle ? 'No agent yet' : driverSentence(driver)}</span>
      {!idle && <span className="shrink-0 font-normal tabular-nums opacity-75">{since}</span>}
    </div>
  )
}
