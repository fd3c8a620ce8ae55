/**
 * Sessions that have no browser here: closed ones, those of other servers, those whose server is gone. How they are
 * shown and why they are refused; `forward.ts` and `http/sockets.ts` send callers to where the browser is.
 */
import { agentSessionSchema, TandemError } from '@tandem/protocol'
import type { AgentSession } from '@tandem/protocol'
import { presentClosed } from '../sessions/present.ts'
import type { SessionRow } from '../store/sessions.ts'
import type { Store } from '../store/store.ts'
import type { Cluster, Peer } from './cluster.ts'

/** How a session that went down with its server says so in `closed_reason`. */
export const SERVER_LOST = 'server-lost'

export class Elsewhere {
  readonly #cluster: Cluster
  readonly #store: Store

  constructor(cluster: Cluster, store: Store) {
    this.#cluster = cluster
    this.#store = store
  }

  /** One of another server as it showed it last; while that one is away it is `paused`, as after a crash. */
  async present(row: SessionRow): Promise<AgentSession> {
    const server = this.#cluster.describe(row.serverId)
    const closed = { ...presentClosed(row, await this.#store.controls.load(row.id)), server }
    if (row.status === 'closed' || server === null || this.#cluster.isOwn(row.serverId)) return closed
    const live = agentSessionSchema.safeParse(await this.#store.sessions.loadLive(row.id))
    const shown = { ...(live.success ? live.data : closed), name: row.name, mode: row.mode, status: row.status, server, updated_at: row.updatedAt }
    return server.alive ? shown : { ...shown, status: 'paused', viewers: 0, agents: 0 }
  }

  /** The other server that has it and is there. */
  owner(row: SessionRow): Peer | null {
    if (row.status === 'closed' || this.#cluster.isOwn(row.serverId)) return null
    const peer = this.#cluster.peer(row.serverId)
    return peer.alive ? peer : null
  }

  /** Why nothing can be done with it here. */
  refusal(row: SessionRow): TandemError {
    const details = { closed_reason: row.closedReason }
    if (row.status === 'closed')
      return new TandemError(row.closedReason?.startsWith(SERVER_LOST) ? 'session/server-lost' : 'session/closed', undefined, details)
    if (this.#cluster.isOwn(row.serverId)) return new TandemError('session/closed', undefined, details)
    const owner = this.owner(row)
    if (owner) return new TandemError('session/misdirected', undefined, { url: owner.url, server_id: owner.id })
    const id = row.serverId
    const message = `The server ${id} that has the browser of this session does not answer. The session goes on when it comes back soon; else create a new one.`
    return new TandemError('session/server-lost', message, { server_id: id })
  }

  /** Closes one whose server is away; it would hear of it nowhere else. @throws TandemError `session/misdirected` when it is there */
  async close(row: SessionRow, reason: string): Promise<void> {
    if (row.status === 'closed' || this.#cluster.isOwn(row.serverId)) return
    const refusal = this.refusal(row)
    if (refusal.code === 'session/misdirected') throw refusal
    const now = new Date().toISOString()
    await this.#store.sessions.update(row.id, { status: 'closed', closedReason: reason, closedAt: now, updatedAt: now })
  }
}
