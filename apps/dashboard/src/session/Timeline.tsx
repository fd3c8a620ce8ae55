/** What happened in this session, newest first. */
import { useState } from 'react'
import type { ReactNode } from 'react'
import { X } from 'lucide-react'
import type { TimelineEntry } from '@tandem/client'
import { messageOf, tandem } from '../api.ts'
import { clockTime } from '../format.ts'
import { usePolling } from '../hooks.ts'
import { IconButton } from '../ui/Button.tsx'
import { useSession } from './context.ts'
import { describeEntry, isRepetition } from './timelineWords.ts'

const REFRESH_MS = 3_000
/** A closed session's timeline stays as it is. */
const CLOSED_REFRESH_MS = 600_000
const PAGE = 500

export function TimelineDrawer({ onClose }: { onClose: () => void }): ReactNode {
  const { session, identity, phone } = useSession()
  return (
    <aside
      aria-label="Timeline"
      className={
        phone
          ? 'fixed inset-0 z-40 flex animate-fade flex-col bg-panel pb-[env(safe-area-inset-bottom)]'
          : 'flex w-[320px] shrink-0 flex-col border-l border-line bg-panel'
      }
      onKeyDown={(event) => {
        if (event.key === 'Escape') onClose()
      }}
    >
      <header className="flex h-11 shrink-0 items-center gap-2 border-b border-line pr-2 pl-4 pointer-coarse:h-14">
        <h2 className="flex-1 font-semibold">Timeline</h2>
        <IconButton label="Close the timeline" size={phone ? 'lg' : 'md'} onClick={onClose}>
          <X />
        </IconButton>
      </header>
      <div className="min-h-0 flex-1 overflow-y-auto py-2">
        <TimelineList id={session.id} token={identity.token} live />
      </div>
    </aside>
  )
}

const DOTS = { agent: 'bg-agent', human: 'bg-human', bad: 'bg-bad', plain: 'bg-line-strong' }

export function TimelineList({ id, token, live }: { id: string; token: string | null; live: boolean }): ReactNode {
  const [entries, setEntries] = useState<readonly TimelineEntry[] | null>(null)
  const [error, setError] = useState<string | null>(null)
  usePolling(
    async (signal) => {
      try {
        const after = entries?.at(-1)?.seq
        const { data } = await tandem(token).sessions.timeline(id, { signal, limit: PAGE, ...(after === undefined ? {} : { after }) })
        const known = new Set(entries?.map((entry) => entry.seq))
        const fresh = data.filter((entry) => !known.has(entry.seq))
        if (entries === null || fresh.length > 0) setEntries([...(entries ?? []), ...fresh].sort((a, b) => a.seq - b.seq))
        setError(null)
      } catch (reason) {
        if (!signal.aborted) setError(messageOf(reason))
      }
    },
    live ? REFRESH_MS : CLOSED_REFRESH_MS,
    id,
  )
  if (entries === null) return <p className="px-4 py-3 text-muted">{error ?? 'Loading…'}</p>
  if (entries.length === 0) return <p className="px-4 py-3 text-muted">Nothing has happened yet.</p>
  return (
    <>
      {error !== null && <p className="px-4 pb-2 text-xs text-warn">{error}</p>}
      <ol aria-label="Newest first">
        {entries
          .filter((entry) => !isRepetition(entry))
          .reverse()
          .map((entry, index, all) => {
            const { title, detail, tone } = describeEntry(entry)
            return (
              <li key={entry.seq} className="relative flex gap-3 px-4 py-1.5" data-entry={entry.type}>
                {index < all.length - 1 && <span className="absolute top-[18px] -bottom-[10px] left-[19px] w-px bg-line" />}
                <span className={`relative mt-[6px] size-[7px] shrink-0 rounded-full ring-3 ring-panel ${DOTS[tone]}`} />
                <div className="min-w-0 flex-1">
                  <div className="flex items-baseline gap-2">
                    <span className="min-w-0 flex-1 [overflow-wrap:anywhere]">{title}</span>
                    <time dateTime={entry.at} className="shrink-0 text-xs text-muted tabular-nums">
                      {clockTime(entry.at)}
                    </time>
                  </div>
                  {detail !== null && <div className="line-clamp-3 text-xs text-muted [overflow-wrap:anywhere]">{detail}</div>}
                </div>
              </li>
            )
          })}
      </ol>
    </>
  )
}
