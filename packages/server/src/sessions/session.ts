/**
 * One session: a browser, its control, its gateway and its watchers, wired together. It translates what each
 * tells into live events, timeline entries and rows; it decides nothing itself. Control decides who drives,
 * `sessionBrowser.ts` has what lives with a browser, `attendance.ts` who comes and goes, `media/` carries the picture;
 * `live/` and `http/` call it from above.
 */
import { EventEmitter } from 'node:events'
import { rm } from 'node:fs/promises'
import type { LiveBrowser } from '@tandem/browser'
import { CLOSE, TandemError } from '@tandem/protocol'
import type { AgentSession, Mode, Upload, Viewer } from '@tandem/protocol'
import { Control } from '../control/control.ts'
import type { Clock, ControlLimits } from '../control/types.ts'
import type { Gateway } from '../gateway/gateway.ts'
import type { Principal } from '../access/principal.ts'
import type { Logger } from '../log.ts'
import { Media } from '../media/media.ts'
import type { MediaOptions } from '../media/media.ts'
import type { Metrics } from '../metrics.ts'
import { Room } from '../rooms/room.ts'
import type { RoomsOfServer } from '../rooms/room.ts'
import type { SessionRow } from '../store/sessions.ts'
import type { Store } from '../store/store.ts'
import { Attendance } from './attendance.ts'
import { Audience } from './audience.ts'
import { Blanking } from './blanking.ts'
import { forwardControlEvents } from './controlEvents.ts'
import { HumanRequests } from './humanRequests.ts'
import { presentSession } from './present.ts'
import { savedTabs } from './savedTabs.ts'
import { SessionBrowser } from './sessionBrowser.ts'
import { SessionRecord } from './sessionRecord.ts'
import { Steps } from './steps.ts'
import { Timeline } from './timeline.ts'
import type { Outbox } from './timeline.ts'
import { Timeouts } from './timeouts.ts'
import { Watchers } from './watchers.ts'

export interface SessionOptions {
  row: SessionRow
  controlLimits: Partial<ControlLimits>
  /** The control record of an earlier run of the server; null for a new session. */
  controlRecord: ReturnType<Control['record']> | null
  store: Store
  clock: Clock
  log: Logger
  metrics: Metrics
  /** Folder with the profile and the files of this session; removed when it closes. */
  dir: string
  /** What is sent to others because of an entry of the timeline. */
  outbox: Outbox
  /** Which server this is, for the resource. */
  server(): AgentSession['server']
  launch(): Promise<LiveBrowser>
  /** The browser is about to be closed, and nobody reaches it any more; `suspended`: it comes back with the server. */
  leaving(browser: LiveBrowser, suspended: boolean): Promise<void>
  /** The session is over and its browser has ended. */
  ended(): Promise<void>
  iceServers: MediaOptions['iceServers']
  icePolicy: MediaOptions['icePolicy']
  /** What viewers are told of this machine's addresses. */
  candidates?: MediaOptions['candidates']
  udpPorts?: MediaOptions['udpPorts']
  /** Absent: sessions have no rooms. */
  rooms?: RoomsOfServer
  allowedSchemes: readonly string[]
  /** The server's own data, which agents must not reach by naming files. */
  privateDir: string
}

export class Session {
  readonly id: string
  readonly log: Logger
  /** `closed`: over for good; comes once. `changed`: the resource did. */
  readonly events = new EventEmitter<{ closed: []; changed: [] }>()
  readonly control: Control
  readonly watchers = new Watchers()
  /** By which credential each client id of REST came last. */
  readonly actors = new Map<string, Principal>()
  readonly media: Media
  /** Null: this server has no rooms. */
  readonly room: Room | null
  readonly humanRequests: HumanRequests
  readonly steps: Steps
  readonly timeline: Timeline
  readonly timeouts: Timeouts
  readonly attendance: Attendance
  readonly iceServers: MediaOptions['iceServers']
  readonly icePolicy: MediaOptions['icePolicy']
  readonly #options: SessionOptions
  readonly #record: SessionRecord
  readonly #browser: SessionBrowser
  readonly #audience: Audience
  readonly #blanking: Blanking
  #changedSoon = false
  #toldDraining = false
  #end: Promise<void> | null = null

  private constructor(options: SessionOptions, timeline: Timeline) {
    const { row, clock, log } = options
    this.#options = options
    this.#record = new SessionRecord(row, options.store)
    // One for each reader of its events.
    this.events.setMaxListeners(0)
    this.id = row.id
    this.log = log
    this.timeline = timeline
    this.iceServers = options.iceServers
    this.icePolicy = options.icePolicy
    this.control = new Control({ mode: row.mode, clock, limits: options.controlLimits, record: options.controlRecord ?? undefined })
    this.humanRequests = new HumanRequests(clock)
    this.steps = new Steps(this.control, clock)
    this.timeouts = new Timeouts({
      clock,
      idleMs: row.idleTimeoutS * 1_000,
      maxMs: row.maxDurationS * 1_000,
      createdAt: row.createdAt,
      // Nobody can use what is still being started.
      inUse: () => this.inUse || this.running === null,
    })
    this.#audience = new Audience({ watchers: this.watchers, timeline, clock, changed: () => this.#changed() })
    this.#blanking = new Blanking(this.control, () => this.#blankChanged())
    this.room = options.rooms ? this.#openRoom(options.rooms) : null
    this.media = new Media({
      room: this.room,
      browser: () => this.browser,
      iceServers: options.iceServers,
      candidates: options.candidates,
      udpPorts: options.udpPorts,
      icePolicy: options.icePolicy,
      watchers: this.watchers,
      blankReason: (viewerId) => this.blankReason(viewerId),
      viewersChanged: () => this.viewerChanged(),
      clock,
      log,
      metrics: options.metrics,
    })
    const { control, watchers, media, timeouts } = this
    const parts = { control, watchers, media, room: this.room, timeouts, timeline, blanking: this.#blanking, clock, isEnding: () => this.#end !== null }
    this.attendance = new Attendance({ ...parts, running: () => this.running, changed: () => this.viewerChanged() })
    this.#browser = new SessionBrowser({
      ...options,
      ...parts,
      audience: this.#audience,
      steps: this.steps,
      record: this.#record,
      changed: () => this.#changed(),
    })
    this.#listen()
  }

  /** Makes the object; `start` launches its browser. */
  static async open(options: SessionOptions): Promise<Session> {
    const { store, row, log, clock, outbox } = options
    return new Session(options, await Timeline.open({ rows: store.timeline, sessionId: row.id, log, clock, outbox }))
  }

  /** @throws TandemError `browser/not-installed`, `browser/launch-failed`, `session/closed` when it ended meanwhile */
  async start(restored: boolean): Promise<void> {
    await this.#browser.start(restored)
    if (this.#end !== null) throw new TandemError('session/closed')
  }

  /** @throws TandemError `browser/crashed`, `session/closed` */
  get browser(): LiveBrowser {
    return this.#browser.live
  }

  get running(): LiveBrowser | null {
    return this.#browser.running
  }

  /** @throws TandemError `browser/crashed`, `session/closed` */
  get gateway(): Gateway {
    const { gateway } = this.#browser
    if (!gateway) throw new TandemError(this.closed ? 'session/closed' : 'browser/crashed')
    return gateway
  }

  get row(): Readonly<SessionRow> {
    return this.#record.row
  }

  /** Another server had given it up and closed it in the store. */
  reopen(): Promise<void> {
    return this.#record.reopen()
  }

  get closed(): boolean {
    return this.row.status === 'closed'
  }

  /** Files that viewers sent, for the page's file choosers. */
  get uploads(): Map<string, Upload> {
    return this.#browser.uploads
  }

  /** The browser's downloads, and whether a human drove when each began: those are not for agents. */
  get downloads(): ReadonlyMap<string, 'human' | 'agent'> {
    return this.#browser.downloads
  }

  get cursor(): string {
    return this.#browser.cursor
  }

  /** People and the gateway's clients. */
  get viewers(): Viewer[] {
    return this.#audience.all
  }

  /** The same as viewers are told: of a crowd not everybody. */
  get listedViewers(): Viewer[] {
    return this.#audience.listed
  }

  /** How many clients the gateway serves. */
  get agents(): number {
    return this.#browser.agents
  }

  /** Somebody watches, an agent is connected, or an agent waits for a human. */
  get inUse(): boolean {
    return this.watchers.size > 0 || this.agents > 0 || this.humanRequests.list().length > 0
  }

  /** The resource, without the URLs that depend on who asks. */
  resource(): AgentSession {
    return presentSession(this.row, {
      control: this.control.info,
      pairModeState: this.control.pairModeState(),
      pageState: this.running?.pageState() ?? null,
      layout: this.running?.viewport ?? null,
      viewers: this.watchers.size,
      agents: this.agents,
      idleEndsAt: this.timeouts.idleEndsAt,
      endsAt: this.timeouts.endsAt,
      server: this.#options.server(),
      room: this.room?.describe() ?? null,
    })
  }

  /** The one check before human input and whatever else only the driver may do; also keeps the idle clock from running out. */
  drive(clientId: string, epoch: number | undefined): LiveBrowser {
    this.control.assertDriver(clientId, epoch)
    this.control.activity(clientId)
    this.#blanking.acted(clientId)
    return this.browser
  }

  /** Why the picture is hidden from this viewer, for people; null when it is not. */
  blankReason(viewerId: string): string | null {
    return this.#blanking.reason(viewerId)
  }

  /** A viewer changed its name or its transport. */
  viewerChanged(): void {
    this.timeouts.used()
    this.#audience.changed()
  }

  setMode(mode: Mode): void {
    this.control.setMode(mode)
    if (this.row.mode === mode) return
    this.#record.save({ mode })
    this.timeline.add('session.mode-changed', { mode })
    this.#changed()
  }

  async setQuietFrame(allow: boolean): Promise<void> {
    await this.browser.capture.quietFrame({ allow })
    this.#record.save({ quietFrame: allow ? 'allow' : 'off' })
  }

  /** Ends the session for good; its profile and files are removed. Safe to call twice. */
  close(reason: string): Promise<void> {
    this.#end ??= this.#close(reason).catch((error: unknown) => this.log.error({ err: error }, 'a session was not closed cleanly'))
    return this.#end
  }

  /** The server stops: the browser ends, the session is restored by the next start. Safe to call twice. */
  suspend(): Promise<void> {
    this.#end ??= this.#suspend()
    return this.#end
  }

  /** Viewers hear once that the server is going to stop. */
  tellDraining(reason: string): void {
    if (!this.#toldDraining) this.watchers.broadcast('server.draining', { reason })
    this.#toldDraining = true
  }

  async #close(reason: string): Promise<void> {
    const now = new Date().toISOString()
    this.#record.save({ status: 'closed', closedReason: reason, closedAt: now })
    this.control.close({ sessionEnded: true })
    this.#stop(new TandemError('session/closed'), `the session was closed: ${reason}`)
    // Behind all that ends with it: agents, turns, requests.
    this.timeline.add('session.closed', { reason })
    this.watchers.broadcast('session.closed', { reason })
    this.watchers.close(CLOSE.sessionClosed, 'the session is closed')
    // From now on the store answers for it.
    await this.#options.store.writes.flush()
    this.events.emit('closed')
    await this.room?.close({ suspended: false })
    await this.#leave(false)
    await this.#browser.close()
    await this.#options.ended()
    await this.timeline.close()
    await rm(this.#options.dir, { recursive: true, force: true, maxRetries: 3 })
  }

  async #suspend(): Promise<void> {
    const saved = this.running ? savedTabs(this.running) : null
    if (saved) this.#record.save({ tabs: saved })
    this.#record.saveControl(this.control.record())
    this.#stop(new TandemError('server/shutting-down'), 'the server is shutting down')
    this.tellDraining('The server stops or restarts; the session goes on afterwards.')
    this.watchers.close(CLOSE.shuttingDown, 'the server is shutting down')
    await this.room?.close({ suspended: true })
    await this.#leave(true)
    await this.#browser.close()
    await this.timeline.close()
  }

  async #leave(suspended: boolean): Promise<void> {
    const { leaving, log } = this.#options
    if (this.running) await leaving(this.running, suspended).catch((error: unknown) => log.warn({ err: error }, 'cookies of this browser were not kept'))
  }

  #stop(error: TandemError, reason: string): void {
    this.timeouts.close()
    this.humanRequests.close(error)
    this.steps.close()
    this.#browser.closeGateway(reason)
    this.media.close()
    this.#audience.close()
    this.attendance.close()
    this.control.close()
  }

  #openRoom(rooms: RoomsOfServer): Room {
    const { clock, log, metrics } = this.#options
    return new Room({
      ...rooms,
      sessionId: this.id,
      nodeId: this.row.nodeId,
      placed: (nodeId) => this.#record.save({ nodeId }),
      clock,
      log,
      metrics,
      control: this.control,
      drive: (clientId) => this.drive(clientId, undefined),
      running: () => this.running,
      ofHuman: (work) => this.steps.ofHuman(work),
      principalOf: (clientId) => this.actors.get(clientId) ?? null,
      isFull: () => this.watchers.size >= this.row.maxViewers,
      join: (watcher) => this.attendance.join(watcher),
      leave: (watcher, how) => this.attendance.leave(watcher, how),
      blankReason: (viewerId) => this.blankReason(viewerId),
      note: (type, data) => this.timeline.add(type, data),
      changed: () => this.#changed(),
    })
  }

  #listen(): void {
    const { metrics } = this.#options
    forwardControlEvents(this.control, {
      watchers: this.watchers,
      timeline: this.timeline,
      humanRequests: this.humanRequests,
      metrics,
      save: () => this.#record.saveControl(this.control.record()),
      released: () => this.running?.releaseInput(),
      blankChanged: () => this.#blankChanged(),
      humanDriving: (driving) => {
        this.#browser.tell((browser) => browser.setHumanDriving(driving, this.control.info.driver.kind === 'both'))
        if (!driving) this.#blanking.focus(false)
      },
    })
    this.control.onSettle(() => this.running?.leaveTurn() ?? null)
    this.humanRequests.events.on('closed', () => this.timeouts.used())
    this.timeouts.events.on('expiring', (expiring) => {
      this.watchers.broadcast('session.expiring', expiring ?? { kind: null, endsAt: null })
      if (expiring) this.timeline.add('session.expiring', { kind: expiring.kind, ends_at: expiring.endsAt })
      else this.timeline.add('session.kept')
      this.#changed()
    })
    this.timeouts.events.on('expired', (reason) => void this.close(reason))
    this.timeouts.start()
    this.#browser.events.on('gone', ({ reason }) => void this.close(`browser-crashed: ${reason}`))
  }

  #blankChanged(): void {
    this.media.applyBlank()
    for (const watcher of this.watchers.all()) watcher.blank(this.blankReason(watcher.viewer.id))
  }

  /** Tells viewers of the session's new state; changes of the same turn are told once. */
  #changed(): void {
    if (this.#changedSoon) return
    this.#changedSoon = true
    setImmediate(() => {
      this.#changedSoon = false
      if (this.#end !== null) return
      this.watchers.broadcast('session.changed', this.resource())
      this.events.emit('changed')
    })
  }
}
