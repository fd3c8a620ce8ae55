import { useState } from 'react'
import type { ReactNode } from 'react'
import type { WatcherInfo } from '@tandem/client'
import { tandem } from '../api.ts'
import { toast } from '../toasts.ts'
import { Confirm } from '../ui/Confirm.tsx'
import { Switch } from '../ui/Switch.tsx'
import { useSession } from './context.ts'

/** Sends a viewer away; the link that they came by may let them in again, so it can go with them. */
export function KickDialog({ watcher, onClose }: { watcher: WatcherInfo; onClose: () => void }): ReactNode {
  const { session, identity } = useSession()
  const [revoke, setRevoke] = useState(true)
  const byLink = watcher.token_id !== null
  return (
    <Confirm
      title={`Remove ${watcher.name}?`}
      text={
        <>
          The picture ends for them at once{watcher.driving ? ', and control goes back to the agent' : ''}.
          {byLink ? (
            <label className="mt-3.5 flex items-start gap-3 text-ink">
              <span className="min-w-0 flex-1">
                <span className="block font-medium">Withdraw their link too{watcher.token_name === null ? '' : `, “${watcher.token_name}”`}</span>
                <span className="block text-xs text-muted">Otherwise it lets them in again. All who came by it are disconnected.</span>
              </span>
              <Switch label="Withdraw their link too" checked={revoke} onChange={setRevoke} />
            </label>
          ) : (
            ' They are signed in to this server, so they can open it again.'
          )}
        </>
      }
      action="Remove"
      onConfirm={async () => {
        const { link } = await tandem(identity.token).sessions.kick(session.id, watcher.id, { revoke: byLink && revoke })
        toast(link?.works === true ? `${watcher.name} was removed. Their link still works.` : `${watcher.name} was removed.`)
      }}
      onClose={onClose}
    />
  )
}
