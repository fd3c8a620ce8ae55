/** Take, ask, withdraw, take anyway, hand back: one primary button for each state of control. */
import { useState } from 'react'
import type { ReactNode } from 'react'
import { Hand, LoaderCircle } from 'lucide-react'
import { countdown, secondsUntil } from '../format.ts'
import { useNow } from '../hooks.ts'
import { reportFailure } from '../toasts.ts'
import { Button } from '../ui/Button.tsx'
import { useSession } from './context.ts'
import { HandBack } from './HandBack.tsx'
import { mayTake } from './words.ts'

export function ControlActions(): ReactNode {
  const { snapshot, view, driver, admin, phone } = useSession()
  const [busy, setBusy] = useState(false)
  const { control, holding, status, me } = snapshot
  const size = phone ? 'lg' : 'md'
  const attempt = (work: Promise<unknown>): void => {
    setBusy(true)
    reportFailure(work.finally(() => setBusy(false)))
  }

  if (control === null || status === 'ended') return null
  if (holding) return <HandBack />
  if (!mayTake(snapshot)) return null
  const asking = busy || driver.changing === 'taking'
  if (asking) {
    const mine = busy || control.client_id === me?.id
    return (
      <Button kind="outline" size={size} disabled icon={<LoaderCircle className="animate-spin" />} className="min-w-36">
        {mine ? 'Asking…' : 'Being taken…'}
      </Button>
    )
  }
  if (driver.changing === 'handing-back') {
    return (
      <Button kind="outline" size={size} disabled icon={<LoaderCircle className="animate-spin" />} className="min-w-36">
        Handing back…
      </Button>
    )
  }
  if (driver.kind === 'human') {
    const own = control.requests.find((request) => request.client_id === me?.id)
    return (
      <>
        {admin && (
          <Button kind="ghost" size={size} data-action="take-anyway" onClick={() => attempt(view.takeControl(true))}>
            Take anyway
          </Button>
        )}
        {own === undefined ? (
          <Button kind="solid" size={size} icon={<Hand />} onClick={() => attempt(view.requestControl())}>
            Ask for control
          </Button>
        ) : (
          <Asked expiresAt={own.expires_at} onWithdraw={() => reportFailure(view.call('control.withdraw', { requestId: own.id }))} />
        )}
      </>
    )
  }
  return (
    <Button
      kind="solid"
      size={size}
      icon={<Hand />}
      disabled={status !== 'live'}
      onClick={() => attempt(view.takeControl())}
      className="min-w-36"
      data-action="take"
    >
      Take control
    </Button>
  )
}

function Asked({ expiresAt, onWithdraw }: { expiresAt: string; onWithdraw: () => void }): ReactNode {
  const { phone, driver } = useSession()
  const now = useNow()
  return (
    <Button kind="outline" size={phone ? 'lg' : 'md'} icon={<LoaderCircle className="animate-spin" />} onClick={onWithdraw} title="Withdraw the request">
      Asked {driver.name} <span className="font-normal text-muted tabular-nums">{countdown(secondsUntil(expiresAt, now))}</span>
      <span className="sr-only">, press to withdraw</span>
    </Button>
  )
}
