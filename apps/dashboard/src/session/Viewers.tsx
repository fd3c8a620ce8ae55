/** Who watches: faces in the bar, names in the list (for the owner with address, way and figures, and the door), and the own name to change. */
import { useState } from 'react'
import type { ReactNode } from 'react'
import { Eye, UserRoundX } from 'lucide-react'
import type { Viewer, WatcherInfo } from '@tandem/client'
import { tandem } from '../api.ts'
import { age } from '../format.ts'
import { useNow, usePolling } from '../hooks.ts'
import { reportFailure } from '../toasts.ts'
import { Avatar } from '../ui/Avatar.tsx'
import { Button, IconButton } from '../ui/Button.tsx'
import { Input } from '../ui/Field.tsx'
import { Popover } from '../ui/Popover.tsx'
import { browserName } from './browserName.ts'
import { useSession } from './context.ts'
import { KickDialog } from './KickDialog.tsx'
import { transportName } from './pictureChoice.ts'
import { storeName } from './viewerName.ts'

const FACES = 3
const ROLES: Record<string, string> = { view: 'watches', control: 'may take control', admin: 'admin', agent: 'agent' }
const REFRESH_MS = 2_000

export function Viewers(): ReactNode {
  const { snapshot, phone, admin } = useSession()
  const [open, setOpen] = useState(false)
  const [kicking, setKicking] = useState<WatcherInfo | null>(null)
  const people = snapshot.viewers.filter((viewer) => viewer.kind === 'human')
  const faces = phone ? [] : people.slice(0, FACES)
  const label = `${people.length} watching`
  return (
    <>
      <Popover
        label="Who is here"
        open={open}
        onOpenChange={setOpen}
        className={admin ? 'w-[360px]' : 'w-72'}
        trigger={
          <button
            type="button"
            aria-label={label}
            title={label}
            data-action="viewers"
            className="flex h-8 min-w-8 shrink-0 items-center justify-center gap-1 rounded-lg px-1.5 text-muted hover:bg-hover aria-expanded:bg-hover pointer-coarse:h-11 pointer-coarse:min-w-11"
          >
            {faces.length === 0 ? (
              <>
                <Eye className="size-4" />
                <span className="tabular-nums">{people.length}</span>
              </>
            ) : (
              <span className="flex -space-x-0.5">
                {faces.map((viewer) => (
                  <span key={viewer.id} className="rounded-full ring-2 ring-panel">
                    <Avatar name={viewer.name} />
                  </span>
                ))}
                {people.length > FACES && (
                  <span className="grid size-6 place-items-center rounded-full bg-active text-[10px] font-semibold text-ink ring-2 ring-panel tabular-nums">
                    +{people.length - FACES}
                  </span>
                )}
              </span>
            )}
          </button>
        }
      >
        <ViewerList
          onKick={(watcher) => {
            // The popover would hold the focus that the dialog needs.
            setOpen(false)
            setKicking(watcher)
          }}
        />
      </Popover>
      {kicking !== null && <KickDialog watcher={kicking} onClose={() => setKicking(null)} />}
    </>
  )
}

function ViewerList({ onKick }: { onKick: (watcher: WatcherInfo) => void }): ReactNode {
  const { snapshot, session } = useSession()
  const watchers = useWatchers()
  const { viewers } = snapshot
  const people = viewers.filter(({ kind }) => kind === 'human').length
  return (
    <>
      <ul className="p-1.5">
        {viewers.map((viewer) => (
          <Present key={viewer.id} viewer={viewer} watcher={watchers.find(({ id }) => id === viewer.id) ?? null} onKick={onKick} />
        ))}
        {viewers.length === 0 && <li className="px-2 py-3 text-muted">Nobody yet.</li>}
      </ul>
      {people >= session.max_viewers && <p className="mx-3.5 mb-2 text-xs text-warn">As many watch as may: {session.max_viewers}.</p>}
      <OwnName />
    </>
  )
}

/** What the owner is told of each; empty for everybody else. */
function useWatchers(): readonly WatcherInfo[] {
  const { session, identity, admin, snapshot } = useSession()
  const [watchers, setWatchers] = useState<readonly WatcherInfo[]>([])
  usePolling(
    async (signal) => {
      if (!admin) return
      try {
        setWatchers((await tandem(identity.token).sessions.viewers(session.id, { signal })).data)
      } catch {
        // The names are there without it; the next look may go well.
      }
    },
    REFRESH_MS,
    snapshot.viewers.map(({ id }) => id).join(' '),
  )
  return watchers
}

interface PresentProps {
  viewer: Viewer
  watcher: WatcherInfo | null
  onKick: (watcher: WatcherInfo) => void
}

function Present({ viewer, watcher, onKick }: PresentProps): ReactNode {
  const { snapshot } = useSession()
  const now = useNow()
  const own = viewer.id === snapshot.me?.id
  const driver = snapshot.control?.driver
  const drives = driver?.kind === 'human' && driver.client_id === viewer.id
  const figures =
    watcher === null
      ? []
      : [
          ...(watcher.transport === null ? [] : [transportName(watcher.transport)]),
          ...(watcher.fps === null || watcher.fps < 1 ? [] : [`${Math.round(watcher.fps)} fps`]),
          ...(watcher.glass_to_glass_ms === null ? [] : [`${Math.round(watcher.glass_to_glass_ms)} ms`]),
        ]
  const from =
    watcher === null
      ? []
      : [
          watcher.token_name === null || watcher.token_name === viewer.name ? null : `link “${watcher.token_name}”`,
          watcher.address,
          browserName(watcher.user_agent),
        ]
  const place = from.filter((part) => part !== null).join(' · ')
  return (
    <li className="flex min-h-10 items-center gap-2.5 rounded-lg px-2 py-1" data-viewer={viewer.id}>
      <Avatar name={viewer.name} kind={viewer.kind} />
      <div className="min-w-0 flex-1">
        <div className="flex items-baseline gap-2">
          <span className="min-w-0 truncate font-medium">
            {viewer.name}
            {own && <span className="font-normal text-muted"> (you)</span>}
          </span>
          {figures.length > 0 && <span className="ml-auto shrink-0 text-xs text-muted tabular-nums">{figures.join(' · ')}</span>}
        </div>
        <div className="truncate text-xs text-muted">
          {drives ? <span className="text-human-ink">drives</span> : (ROLES[viewer.role] ?? viewer.role)} · {age(viewer.joinedAt, now)}
          {viewer.silent && <span className="text-warn"> · does not answer</span>}
        </div>
        {place !== '' && (
          <div className="truncate text-xs text-muted" title={[place, watcher?.user_agent].filter(Boolean).join('\n')}>
            {place}
          </div>
        )}
      </div>
      {watcher !== null && !own && viewer.kind === 'human' && (
        <IconButton label={`Remove ${viewer.name}`} onClick={() => onKick(watcher)} className="-mr-1">
          <UserRoundX />
        </IconButton>
      )}
    </li>
  )
}

function OwnName(): ReactNode {
  const { snapshot, view } = useSession()
  const [name, setName] = useState<string | null>(null)
  const { me } = snapshot
  if (me === null) return null
  const rename = (): void => {
    const next = name?.trim() ?? ''
    setName(null)
    if (next === '' || next === me.name) return
    storeName(next)
    reportFailure(view.rename(next))
  }
  return (
    <form
      className="flex items-center gap-2 border-t border-line p-2.5"
      onSubmit={(event) => {
        event.preventDefault()
        rename()
      }}
    >
      <Input aria-label="Your name" value={name ?? me.name} maxLength={100} onChange={(event) => setName(event.target.value)} className="h-8" />
      <Button type="submit" disabled={name === null || name.trim() === ''}>
        Rename
      </Button>
    </form>
  )
}
