/** Who did what, from where, when: newest first, by kind, page by page. */
import { useState } from 'react'
import type { ReactNode } from 'react'
import { ChevronLeft, ChevronRight, ScrollText } from 'lucide-react'
import type { AuditEntry } from '@tandem/client'
import { tandem } from '../api.ts'
import { hrefOf } from '../base.ts'
import { age } from '../format.ts'
import { useNow, useTitle } from '../hooks.ts'
import { sessionPath } from '../router.ts'
import { Button } from '../ui/Button.tsx'
import { List, Nothing, Placeholders } from '../ui/List.tsx'
import { Select } from '../ui/Select.tsx'
import { Shell } from '../ui/Shell.tsx'
import type { PageProps } from '../ui/Shell.tsx'
import { useListing } from '../useListing.ts'
import { actorName, auditDetail, auditWords } from './auditWords.ts'

const PAGE = 50
/** Pages from before do not change. */
const REFRESH_MS = { newest: 5_000, older: 600_000 }

const KINDS = [
  { value: '', label: 'Everything' },
  { value: 'session.*', label: 'Sessions' },
  { value: 'control.*', label: 'Control' },
  { value: 'token.*', label: 'Share links' },
  { value: 'viewer.*', label: 'Viewers' },
  { value: 'key.*', label: 'API keys' },
  { value: 'webhook.*', label: 'Webhooks' },
  { value: 'profile.*', label: 'Profiles' },
  { value: 'auth.*', label: 'Sign-ins' },
  { value: 'auth.refused', label: 'Refusals' },
] as const
type Kind = (typeof KINDS)[number]['value']

export function AuditPage({ onShut, onSignedOut }: PageProps): ReactNode {
  useTitle('Audit log · Tandem')
  const [kind, setKind] = useState<Kind>('')
  /** Cursors of the pages that were turned: the last one is shown. */
  const [turned, setTurned] = useState<readonly string[]>([])
  const cursor = turned.at(-1)
  const load = (signal?: AbortSignal) =>
    tandem().audit.list({ limit: PAGE, ...(cursor === undefined ? {} : { cursor }), ...(kind === '' ? {} : { action: kind }), signal })
  const { data, problem } = useListing(load, cursor === undefined ? REFRESH_MS.newest : REFRESH_MS.older, `${kind} ${cursor ?? ''}`, onShut)
  const now = useNow(true, 10_000)
  const next = data?.next_cursor ?? null
  return (
    <Shell
      place="audit"
      title="Audit log"
      tools={
        <Select
          aria-label="Show"
          value={kind}
          options={KINDS}
          onChange={(value) => {
            setKind(value)
            setTurned([])
          }}
        />
      }
      problem={problem}
      onSignedOut={onSignedOut}
    >
      {data === null ? (
        <Placeholders label="Loading entries" />
      ) : data.data.length === 0 ? (
        <Nothing icon={<ScrollText />} title="Nothing here" text="What people and programs do with this server is written down here." />
      ) : (
        <List label="Audit log, newest first">
          {data.data.map((entry) => (
            <Entry key={entry.id} entry={entry} now={now} />
          ))}
        </List>
      )}
      {(turned.length > 0 || next !== null) && (
        <div className="mt-4 flex items-center justify-between">
          <Button icon={<ChevronLeft />} disabled={turned.length === 0} onClick={() => setTurned(turned.slice(0, -1))}>
            Newer
          </Button>
          <Button disabled={next === null} onClick={() => next !== null && setTurned([...turned, next])}>
            Older
            <ChevronRight />
          </Button>
        </div>
      )}
    </Shell>
  )
}

function Entry({ entry, now }: { entry: AuditEntry; now: number }): ReactNode {
  const { action, actor, session_id, at } = entry
  const detail = auditDetail(entry)
  const refused = action.endsWith('.refused')
  return (
    <li className="border-b border-line px-4 py-2.5 last:border-0" data-action={action}>
      <div className="flex items-baseline gap-2">
        <div className="min-w-0 flex-1 [overflow-wrap:anywhere]">
          <span className="font-[550]">{actorName(actor)}</span> <span className={refused ? 'text-bad' : ''}>{auditWords(action)}</span>
        </div>
        <time dateTime={at} title={new Date(at).toLocaleString()} className="shrink-0 text-xs text-muted tabular-nums">
          {age(at, now)}
        </time>
      </div>
      <div className="flex flex-wrap gap-x-2 text-xs text-muted [overflow-wrap:anywhere]">
        {actor.address !== null && <span className="font-mono">{actor.address}</span>}
        {session_id !== null && (
          <a href={hrefOf(sessionPath(session_id))} className="underline decoration-line-strong underline-offset-2 hover:text-ink">
            {session_id.slice(0, 12)}
          </a>
        )}
        {detail !== '' && <span>{detail}</span>}
      </div>
    </li>
  )
}
