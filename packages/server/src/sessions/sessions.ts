/**
 * The registry: makes sessions, finds them, restores those of the last run, ends them all. One session's life is
 * `session.ts`; who may see which is asked in `http/` and `live/`.
 */
import { EventEmitter } from 'node:events'
import { assertUrlAllowed } from '@tandem/browser'
import type { LaunchOptions, LiveBrowser } from '@tandem/browser'
import { TandemError } from '@tandem/protocol'
import type { AgentSession, SessionStatus } from '@tandem/protocol'
import type { Cluster, Peer } from '../cluster/cluster.ts'
import { Elsewhere } from '../cluster/elsewhere.ts'
import { Presence } from '../cluster/presence.ts'
import type { Config } from '../config.ts'
import type { Clock, ControlRecord } from '../control/types.ts'
import type { Logger } from '../log.ts'
import { candidateRules } from '../media/candidates.ts'
import { UdpPorts } from '../media/udpPorts.ts'
import type { Metrics, MetricsSnapshot } from '../metrics.ts'
import type { RoomsOfServer } from '../rooms/room.ts'
import type { SessionRow } from '../store/sessions.ts'
import type { Store } from '../store/store.ts'
import { Browsers, newSessionId } from './browsers.ts'
import { openFirstPage } from './firstPage.ts'
import { iceServersFor } from './ice.ts'
import { Limits } from './limits.ts'
import { newRow } from './newRow.ts'
import type { SessionWish } from './newRow.ts'
import type { ReadyBrowser } from './pool.ts'
import { Profiles } from './profiles.ts'
import { Session } from './session.ts'
import { snapshotOf } from './snapshot.ts'
import type { Outbox } from './timeline.ts'

/** While the server drains: how often it looks whether anybody is left. */
const DRAIN_LOOK_MS = 250
const SHUTTING_DOWN_RETRY_MS = 5_000

export interface SessionsOptions {
  config: Config
  store: Store
  cluster: Cluster
  clock: Clock
  log: Logger
  metrics: Metrics
  /** What is sent to others because of what happens in a session. */
  outbox: Outbox
  /** Absent: sessions have no rooms. */
  rooms?: RoomsOfServer
  /** Bytes of the server and its browsers. */
  memory(): Promise<number>
  launch(options: LaunchOptions): Promise<LiveBrowser>
}

export class Sessions {
  readonly #options: SessionsOptions
  readonly #open = new Map<string, Session>()
  /** Sessions whose browser is being launched by `create`: they count against the limit and end with the server. */
  readonly #starting = new Set<Session>()
  #draining = false
  readonly #elsewhere: Elsewhere
  readonly #limits: Limits
  readonly #browsers: Browsers
  readonly #udpPorts: UdpPorts | null
  readonly profiles: Profiles
  readonly events = new EventEmitter<{ made: [Session]; closed: [string] }>()

  constructor(options: SessionsOptions) {
    const { config, clock, log, store, cluster, outbox, memory } = options
    this.#options = options
    this.#elsewhere = new Elsewhere(cluster, store)
    new Presence({ cluster, store, log, clock, outbox, open: this.#open })
    this.#limits = new Limits({ maxSessions: config.maxSessions, maxMemoryMb: config.maxMemoryMb, memory })
    this.profiles = new Profiles({ store, dataDir: config.dataDir, clock })
    this.#udpPorts = config.udpPorts === undefined ? null : new UdpPorts(config.udpPorts)
    this.#browsers = new Browsers({ ...options, limits: this.#limits, profiles: this.profiles })
  }

  get size(): number {
    return this.#open.size
  }

  /** What is there now, for metrics. */
  snapshot(): MetricsSnapshot {
    return { ...snapshotOf([...this.#open.values()]), pool: this.#browsers.ready }
  }

  /** Begins to keep browsers ready: once the server listens. */
  warmUp(): void {
    this.#browsers.warmUp()
  }

  /** No new sessions are taken any more. */
  get draining(): boolean {
    return this.#draining
  }

  /** @throws TandemError `session/limit`, `server/overloaded`, `profile/in-use`, `browser/url-refused`, `browser/not-installed`, `browser/launch-failed` */
  async create(body: SessionWish): Promise<Session> {
    this.#assertOpen()
    const url = body.initial_url === undefined ? null : assertUrlAllowed(body.initial_url, this.#options.config.allowedSchemes)
    // Before anything is awaited: of many creates at once only so many pass as there are places.
    const release = this.#limits.reserve()
    let started = (): void => undefined
    try {
      await this.#limits.assertMemory()
      this.#assertOpen()
      const ready = this.#browsers.take(body.profile ?? null)
      started = this.#limits.starting()
      return await this.#create(body, url, ready, release)
    } catch (error) {
      release()
      throw error
    } finally {
      started()
    }
  }

  async #create(body: SessionWish, url: string | null, ready: ReadyBrowser | null, release: () => void): Promise<Session> {
    const { config, store, cluster, log, metrics, clock, rooms } = this.#options
    const begun = clock.elapsed()
    const id = ready?.id ?? newSessionId()
    const row = newRow(body, { id, url, serverId: cluster.id, nodeId: rooms?.nodes.place(id)?.id ?? null, config })
    if (row.profile !== null) await this.profiles.acquire(row.profile, row.id)
    const session = await this.#make(row, { ready, release }).catch(async (error: unknown) => {
      await ready?.browser.close()
      rooms?.nodes.release(row.id)
      if (row.profile !== null) await this.profiles.release(row.id)
      throw error
    })
    this.#starting.add(session)
    try {
      this.#assertOpen()
      await store.sessions.insert(row)
      session.timeline.add('session.created', { mode: row.mode, viewport: row.viewport })
      await session.start(false)
    } catch (error) {
      await session.close('launch-failed').catch((failure: unknown) => log.error({ err: failure }, 'a session that did not start was not cleaned up'))
      throw error
    } finally {
      this.#starting.delete(session)
    }
    this.#open.set(session.id, session)
    metrics.sessionStarted(ready ? 'pool' : 'cold', clock.elapsed() - begun)
    if (url !== null) await openFirstPage(session, url, clock)
    if (session.running) void this.#browsers.expectViewer(session.running)
    return session
  }

  /** An open session of this server. @throws TandemError `session/not-found`, `session/closed`, `session/misdirected`, `session/server-lost` */
  async get(id: string): Promise<Session> {
    const session = this.#open.get(id)
    if (session && !session.closed) return session
    throw this.#elsewhere.refusal(await this.#row(id))
  }

  find(id: string): Session | undefined {
    return this.#open.get(id)
  }

  /** Another server that has the browser of this session and is there; null otherwise. */
  async ownerOf(id: string): Promise<Peer | null> {
    const row = await this.#options.store.sessions.find(id)
    return row ? this.#elsewhere.owner(row) : null
  }

  /** The resource of an open or a closed session. @throws TandemError `session/not-found` */
  async resource(id: string): Promise<AgentSession> {
    const session = this.#open.get(id)
    if (session) return session.resource()
    return this.#elsewhere.present(await this.#row(id))
  }

  async list(options: { statuses: readonly SessionStatus[]; limit: number; cursor?: string }): Promise<{ data: AgentSession[]; next: string | null }> {
    const { rows, next } = await this.#options.store.sessions.list(options)
    const data = await Promise.all(rows.map((row) => this.#open.get(row.id)?.resource() ?? this.#elsewhere.present(row)))
    return { data, next }
  }

  /** Closes a session; one that is closed already stays as it is. @throws TandemError `session/not-found` */
  async close(id: string, reason: string): Promise<void> {
    // One whose browser is still being started is listed already: whoever asked for it is told that it is closed.
    const session = this.#open.get(id) ?? [...this.#starting].find((starting) => starting.id === id)
    if (session) return session.close(reason)
    await this.#elsewhere.close(await this.#row(id), reason)
  }

  async #row(id: string): Promise<SessionRow> {
    const row = await this.#options.store.sessions.find(id)
    if (!row) throw new TandemError('session/not-found')
    return row
  }

  /** Brings back the sessions that were open when the server stopped: registered at once, launched one after the other. */
  async restore(): Promise<() => Promise<void>> {
    const { store, cluster, log } = this.#options
    const own = cluster.shared ? { serverId: cluster.id } : {}
    const { rows } = await store.sessions.list({ statuses: ['active', 'paused'], limit: 1_000, ...own })
    const sessions: Session[] = []
    for (const row of rows) {
      const record = await store.controls.load(row.id)
      // Written by Control.record() of an earlier run of this server.
      const session = await this.#make(
        { ...row, status: 'paused' },
        { restored: record as ControlRecord | null, release: this.#limits.reserve({ force: true }) },
      )
      if (row.profile !== null) this.profiles.keep(row.id)
      this.#open.set(row.id, session)
      sessions.push(session)
    }
    await this.profiles.releaseStale()
    await this.#browsers.removeLeftovers((id) => this.#open.has(id))
    return async () => {
      for (const session of sessions) {
        if (this.#draining || session.closed) continue
        try {
          await session.start(true)
        } catch (error) {
          if (this.#draining) return
          log.error({ err: error, session: session.id }, 'a session could not be restored')
          await session.close('not-restored: the browser did not start')
        }
      }
    }
  }

  /** The server is going to stop: no new sessions; resolves when nobody uses one any more, after `ms` in any case. */
  async drain(ms: number): Promise<void> {
    const { clock, metrics } = this.#options
    this.#draining = true
    metrics.draining(true)
    void this.#browsers.closePool()
    for (const session of this.#open.values())
      session.tellDraining('The server stops soon and takes no new sessions. This one goes on while it is used, for a while.')
    const until = clock.elapsed() + ms
    const inUse = (): boolean => this.#starting.size > 0 || [...this.#open.values()].some((session) => session.inUse)
    while (inUse() && clock.elapsed() < until) {
      await new Promise<void>((resolve) => clock.after(Math.min(DRAIN_LOOK_MS, until - clock.elapsed()), resolve))
    }
  }

  /** The server stops: all browsers end, the sessions stay in the store as they are. */
  async suspend(): Promise<void> {
    this.#draining = true
    const browsers = this.#browsers.close()
    const open = [...this.#open.values()].map((session) => session.suspend())
    // Nobody was told of these yet, so nobody would miss them after the restart.
    const starting = [...this.#starting].map((session) => session.close('the server stopped while the browser was being started'))
    await Promise.allSettled([...open, ...starting, browsers])
    this.#open.clear()
  }

  /** `restored`: with what control knew; absent: a new session. `release` gives its place back. */
  async #make(row: SessionRow, how: { restored?: ControlRecord | null; ready?: ReadyBrowser | null; release: () => void }): Promise<Session> {
    const { config, store, cluster, clock, log, metrics, outbox, rooms } = this.#options
    const dir = await this.#browsers.makeDir(row.id)
    let ready = how.ready ?? null
    const session = await Session.open({
      row,
      controlLimits: config.control,
      controlRecord: how.restored ?? null,
      store,
      clock,
      log: log.child({ session: row.id }),
      metrics,
      outbox,
      server: () => cluster.describe(cluster.id),
      dir,
      launch: () => {
        // The one that was ready serves once; after a crash another is started.
        const first = ready
        ready = null
        return first ? this.#browsers.adopt(first, row) : this.#browsers.launch(row)
      },
      // What ends for good keeps nothing, unless its profile has a name.
      leaving: async (browser, suspended) => {
        if (suspended || row.profile !== null) await this.#browsers.saveCookies(browser, row)
      },
      ended: async () => {
        await ready?.browser.close()
        if (row.profile !== null) await this.profiles.release(row.id)
      },
      iceServers: (viewerId) => iceServersFor(config.ice, viewerId, clock.now()),
      icePolicy: config.ice.policy,
      candidates: candidateRules(config.publicAddress),
      udpPorts: this.#udpPorts,
      rooms,
      allowedSchemes: config.allowedSchemes,
      privateDir: config.dataDir,
    })
    if (how.restored !== undefined) session.timeline.add('session.restored')
    this.events.emit('made', session)
    session.events.once('closed', () => {
      this.#open.delete(session.id)
      how.release()
      // There may be room for another that waits.
      this.#browsers.warmUp()
      metrics.sessionClosed(session.row.closedReason ?? '')
      this.events.emit('closed', session.id)
    })
    return session
  }

  #assertOpen(): void {
    if (this.#draining) throw new TandemError('server/shutting-down', undefined, { retry_after_ms: SHUTTING_DOWN_RETRY_MS })
  }
}
