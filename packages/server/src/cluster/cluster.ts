/**
 * The servers that share one database, as this one knows them: it says every two seconds that it is there, reads who
 * else is, and closes the sessions of those that stay away. All times are the database's, so clocks of machines may
 * differ. With a database of its own (SQLite) it is alone and does nothing. It knows no sessions; `sessions.ts` asks it.
 */
import { randomUUID } from 'node:crypto'
import { EventEmitter } from 'node:events'
import { join } from 'node:path'
import type { AgentSession } from '@tandem/protocol'
import { readOrMake } from '../access/secrets.ts'
import type { Logger } from '../log.ts'
import type { Store } from '../store/store.ts'

const BEAT_MS = 2_000
/** Silent for so long: its sessions are shown as paused, and nobody is sent there. */
const DEAD_MS = 10_000
/** Silent for so long: it does not come back in time any more, its sessions are closed. */
const LOST_MS = 60_000
const FORGET_MS = 86_400_000

export interface Peer {
  id: string
  url: string
  alive: boolean
}

export class Cluster {
  readonly id: string
  /**
   * `beat`: the database has just answered; `back`: it had not for so long, or this server was not there, that others may
   * have given it up; `lost`: sessions of a server that is gone, which this one has closed.
   */
  readonly events = new EventEmitter<{ beat: []; back: []; lost: [{ ids: readonly string[]; reason: string }] }>()
  readonly #store: Store
  readonly #log: Logger
  readonly #instance = randomUUID()
  #url = ''
  #peers = new Map<string, Peer>()
  #timer: NodeJS.Timeout | undefined
  #beating: Promise<void> | null = null
  #lastBeat = 0
  /** Since when every beat was answered: before that, silence of the others says nothing about them. */
  #steadySince = 0
  #told = false
  #silent = false
  #left = false

  private constructor(id: string, store: Store, log: Logger) {
    this.id = id
    this.#store = store
    this.#log = log
  }

  static async open({ store, dataDir, log }: { store: Store; dataDir: string; log: Logger }): Promise<Cluster> {
    return new Cluster(await readOrMake(join(dataDir, 'server-id'), () => `srv_${randomUUID()}`), store, log)
  }

  /** Others may share the database. */
  get shared(): boolean {
    return this.#store.shared
  }

  /** Tells the others where this server is reached. */
  async join(url: string): Promise<void> {
    this.#url = url
    if (!this.shared) return
    await this.#store.servers.register(this.id, url, this.#instance)
    this.#steadySince = this.#lastBeat = performance.now()
    await this.#beat()
    this.events.emit('back')
    this.#schedule()
  }

  /** Sessions of this server are looked after here; in a database of its own all are. */
  isOwn(serverId: string): boolean {
    return !this.shared || serverId === this.id
  }

  /** The server with this id, as of the last beat; one that was never heard of is away. */
  peer(serverId: string): Peer {
    if (serverId === this.id) return { id: this.id, url: this.#url, alive: true }
    return this.#peers.get(serverId) ?? { id: serverId, url: '', alive: false }
  }

  /** As a resource shows it; null where servers share nothing. */
  describe(serverId: string): AgentSession['server'] {
    return this.shared ? this.peer(serverId) : null
  }

  /** Origins of the other servers' pages: their dashboards show sessions of this one. */
  get origins(): string[] {
    return [...this.#peers.values()].flatMap(({ url }) => URL.parse(url)?.origin ?? [])
  }

  /** Safe to call twice. */
  async leave(): Promise<void> {
    this.#left = true
    clearTimeout(this.#timer)
    await this.#beating
    // The others need not wait to notice.
    if (this.#url !== '' && this.shared) await this.#store.servers.leave(this.id, this.#instance, DEAD_MS).catch(() => undefined)
    this.#url = ''
  }

  #schedule(): void {
    this.#timer = setTimeout(() => {
      this.#beating = this.#beat().finally(() => {
        this.#beating = null
        if (!this.#left) this.#schedule()
      })
    }, BEAT_MS)
  }

  async #beat(): Promise<void> {
    try {
      if (!(await this.#store.servers.beat(this.id, this.#instance))) this.#replaced()
      const servers = await this.#store.servers.list()
      const now = performance.now()
      if (this.#silent) this.#log.warn('the database answers again')
      this.#silent = false
      // A machine that slept, a database that was away: the others may have been silent for the same reason.
      const away = now - this.#lastBeat > DEAD_MS
      if (now - this.#lastBeat > DEAD_MS / 2) this.#steadySince = now
      this.#lastBeat = now
      const steady = now - this.#steadySince > DEAD_MS
      this.#peers = new Map(
        servers
          .filter(({ id }) => id !== this.id)
          .map(({ id, url, silentMs }) => [id, { id, url, alive: silentMs < DEAD_MS || (!steady && (this.#peers.get(id)?.alive ?? false)) }]),
      )
      if (away) this.events.emit('back')
      if (steady) for (const { id, silentMs } of servers) if (id !== this.id && silentMs > LOST_MS) await this.#closeLost(id, silentMs)
      this.events.emit('beat')
    } catch (error) {
      if (this.#left || this.#silent) return
      this.#silent = true
      this.#log.error({ err: error }, 'the database does not answer; other servers may believe that this one is gone')
    }
  }

  async #closeLost(id: string, silentMs: number): Promise<void> {
    const reason = `server-lost: the server ${id} was last heard of ${Math.round(silentMs / 1_000)} s before`
    const closed = await this.#store.sessions.closeOf(id, reason, new Date().toISOString())
    if (closed.length > 0) {
      this.#log.error({ server: id, sessions: closed }, 'a server is gone; its sessions are closed')
      this.events.emit('lost', { ids: closed, reason })
    }
    await this.#store.servers.prune(FORGET_MS)
  }

  /** Two servers with copies of one data directory would each restore the same sessions. */
  #replaced(): void {
    if (!this.#told) this.#log.error({ server: this.id }, 'another server runs with this id: give each server a TANDEM_DATA_DIR of its own, never a copy')
    this.#told = true
  }
}
