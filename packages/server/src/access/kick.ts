/** Sends a viewer away for good: its socket, its picture and its control end at once, and its resume token proves nothing any more. */
import { CLOSE, TandemError } from '@tandem/protocol'
import type { Session } from '../sessions/session.ts'
import type { Watcher } from '../sessions/watchers.ts'
import type { Store } from '../store/store.ts'
import type { Auth } from './auth.ts'

export interface KickOptions {
  session: Session
  viewerId: string
  /** Ends a link for several as well, with all who watch through it. */
  revoke: boolean
  auth: Auth
  store: Store
}

export interface Kicked {
  /** As it watched last; null when it is known only as who drives, since before a restart. */
  watcher: Watcher | null
  /** What becomes of the link that it came by; null when it came by none. */
  link: { id: string; name: string | null; works: boolean } | null
}

/** @throws TandemError `viewer/not-found` */
export async function kick({ session, viewerId, revoke, auth, store }: KickOptions): Promise<Kicked> {
  const isHolder = (): boolean => session.control.holder?.clientId === viewerId && viewerId.startsWith('vwr_')
  const watcher = session.watchers.get(viewerId) ?? session.attendance.lost(viewerId) ?? null
  if (!watcher && !isHolder()) throw new TandemError('viewer/not-found')
  // First, so that it cannot come back in between.
  await store.kicks.insert(session.id, viewerId, auth.time.iso())
  session.watchers.get(viewerId)?.close(CLOSE.kicked, 'auth/kicked')
  session.attendance.dismiss(viewerId)
  session.timeline.add('viewer.kicked', { client_id: viewerId, name: watcher?.viewer.name ?? null })
  const link = watcher?.arrival.principal.link
  if (!link) return { watcher, link: null }
  const works = !link.singleUse && !revoke
  if (!works) await auth.revoke(link.id)
  return { watcher, link: { id: link.id, name: link.name, works } }
}
