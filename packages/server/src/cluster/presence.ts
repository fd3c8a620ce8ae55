/**
 * What this server does for the sessions of a shared database besides running its own: it tells the others at each
 * heartbeat how its sessions look, takes back what they gave up while it was unheard, and writes the end of sessions
 * whose server is gone into their timelines. Alone on its database it does nothing.
 */
import type { Clock } from '../control/types.ts'
import type { Logger } from '../log.ts'
import type { Session } from '../sessions/session.ts'
import { Timeline } from '../sessions/timeline.ts'
import type { Outbox } from '../sessions/timeline.ts'
import type { Store } from '../store/store.ts'
import type { Cluster } from './cluster.ts'
import { SERVER_LOST } from './elsewhere.ts'

export interface PresenceOptions {
  cluster: Cluster
  store: Store
  log: Logger
  clock: Clock
  outbox: Outbox
  /** The sessions that run here. */
  open: ReadonlyMap<string, Session>
}

export class Presence {
  readonly #options: PresenceOptions
  /** What the others were told last of each session. */
  readonly #told = new Map<string, string>()

  constructor(options: PresenceOptions) {
    const { cluster, log } = options
    this.#options = options
    const logged = (work: Promise<void>, what: string): void => void work.catch((error: unknown) => log.error({ err: error }, what))
    cluster.events.on('beat', () => this.#tell())
    cluster.events.on('back', () => logged(this.#reclaim(), 'the sessions of this server were not looked after'))
    cluster.events.on('lost', ({ ids, reason }) => logged(this.#bury(ids, reason), 'the end of sessions was not written into their timelines'))
  }

  #tell(): void {
    const { open, store } = this.#options
    for (const [id, session] of open) {
      const { last } = session.media.thumbnails
      // Whoever shows it knows its address.
      const resource = { ...session.resource(), thumbnail: last ? { url: '', at: new Date(last.at).toISOString() } : null }
      const text = JSON.stringify(resource)
      if (this.#told.get(id) === text) continue
      this.#told.set(id, text)
      store.writes.add('the view of a session', ({ sessions }) => sessions.saveLive(id, resource), `live:${id}`)
    }
    for (const id of this.#told.keys()) if (!open.has(id)) this.#told.delete(id)
  }

  /** Others may have given up what is still here, or closed it by request: the first is undone, the second done. */
  async #reclaim(): Promise<void> {
    const { open, store } = this.#options
    for (const [id, session] of open) {
      const row = await store.sessions.find(id)
      if (row?.status !== 'closed' || session.closed) continue
      if (row.closedReason?.startsWith(SERVER_LOST)) await session.reopen()
      else await session.close(row.closedReason ?? 'closed')
    }
  }

  async #bury(ids: readonly string[], reason: string): Promise<void> {
    const { store, log, clock, outbox } = this.#options
    for (const sessionId of ids) {
      const timeline = await Timeline.open({ rows: store.timeline, sessionId, log, clock, outbox })
      timeline.add('session.closed', { reason })
      await timeline.close()
    }
  }
}
