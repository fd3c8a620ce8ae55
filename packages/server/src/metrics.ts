/**
 * What operations see: one `Metrics` for a server, made in `app.ts` and passed down. Whoever knows that something
 * happened calls a method here; what is a state (sessions, viewers, memory) is asked of `MetricsSource` at each scrape.
 * Labels have few values: never an id, an address or a name. `docs/deploy.md` lists what there is,
 * `ops/grafana/tandem.json` draws it.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { Transport, ViewerStats } from '@tandem/protocol'
import { TRANSPORTS } from '@tandem/protocol'
import { Counter, Gauge, Histogram, Registry } from 'prom-client'

/** What is true at the moment of a scrape. */
export interface MetricsSnapshot {
  sessions: Readonly<Record<'active' | 'paused', number>>
  agents: number
  /** Browsers that wait for a session. */
  pool: number
  /** The last report of each viewer; null: it has not said anything yet. */
  viewers: readonly (ViewerStats | null)[]
  /** Mean encode time of each running stream, ms, and its captured frames per second. */
  streams: readonly { encodeMs: number | null; captureFps: number }[]
  /** Process ids of the browsers; their children are found. */
  browserPids: readonly number[]
}

/** A LiveKit server, as it was when it was asked last. */
export interface NodeSnapshot {
  id: string
  up: boolean
  sessions: number
  participants: number
}

const MS = 1_000
const LATENCY_S = [0.005, 0.01, 0.015, 0.02, 0.03, 0.04, 0.06, 0.1, 0.2, 0.5, 1, 2, 5]
const SHORT_S = [0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 2, 10]
const HTTP_S = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60]

type Rung = Transport | 'none'

export class Metrics {
  readonly #registry = new Registry()
  readonly #loop = monitorEventLoopDelay({ resolution: 20 })
  #source: (() => MetricsSnapshot) | null = null
  #nodeSource: () => readonly NodeSnapshot[] = () => []
  #memory: (pids: readonly number[]) => Promise<number> = async () => 0

  readonly #sessions = this.#gauge('tandem_sessions', 'Open sessions by status.', ['status'])
  readonly #agents = this.#gauge('tandem_agents', 'Clients of the gateway.')
  readonly #pool = this.#gauge('tandem_pool_browsers', 'Browsers that wait for a session.')
  readonly #viewers = this.#gauge('tandem_viewers', 'Viewers by the rung that they watch on.', ['rung'])
  readonly #fps = this.#gauge('tandem_viewer_fps', 'Frames per second that viewers show, mean by rung.', ['rung'])
  readonly #captureFps = this.#gauge('tandem_capture_fps', 'Frames per second that pages draw, mean over the streams.')
  readonly #encode = this.#gauge('tandem_encode_seconds', 'Encode time of a frame, mean over the streams.')
  readonly #glass = this.#histogram('tandem_glass_to_glass_seconds', 'From capture to the screen of a viewer, as viewers report each second.', LATENCY_S, [
    'rung',
  ])
  readonly #viewerDrops = this.#counter('tandem_viewer_frames_dropped_total', 'Frames that viewers received and did not show.', ['rung'])
  readonly #freezes = this.#counter('tandem_viewer_freezes_total', 'Times that the picture stood still for a viewer.', ['rung'])
  readonly #dropped = this.#counter('tandem_frames_dropped_total', 'Packets that the server did not send to a viewer that reads slowly.', ['rung'])
  readonly #cuts = this.#counter('tandem_viewer_cuts_total', 'Times that a slow viewer was cut to the next key frame.', ['rung'])
  readonly #starts = this.#counter('tandem_media_starts_total', 'Pictures that viewers asked for, by rung and outcome.', ['rung', 'outcome'])
  readonly #keyFrames = this.#counter('tandem_key_frames_asked_total', 'Key frames asked of the encoder.')
  readonly #created = this.#histogram('tandem_session_start_seconds', 'From the request to the session, by where its browser came from.', HTTP_S, ['from'])
  readonly #ended = this.#counter('tandem_sessions_closed_total', 'Sessions that ended, by cause.', ['cause'])
  readonly #control = this.#counter('tandem_control_transitions_total', 'Changes of who drives, by type.', ['type'])
  readonly #gateway = this.#histogram('tandem_gateway_command_seconds', "From an agent's command to its answer by Chromium.", SHORT_S)
  readonly #refused = this.#counter('tandem_gateway_refused_total', 'Commands of agents that were refused, by error.', ['code'])
  readonly #http = this.#histogram('tandem_http_request_seconds', 'HTTP requests by route.', HTTP_S, ['method', 'route', 'status'])
  readonly #sockets = this.#counter('tandem_sockets_refused_total', 'WebSockets that were refused, by error.', ['code'])
  readonly #packets = this.#counter('tandem_room_packets_refused_total', 'Data packets of rooms that were refused, by reason.', ['reason'])
  readonly #store = this.#counter('tandem_store_errors_total', 'Failures of the database, by reason.', ['reason'])
  readonly #webhooks = this.#counter('tandem_webhook_deliveries_total', 'Attempts to deliver a webhook, by outcome.', ['outcome'])
  readonly #nodes = this.#gauge('tandem_livekit_up', '1 while this LiveKit server answers.', ['node'])
  readonly #nodeSessions = this.#gauge('tandem_livekit_sessions', 'Sessions whose room is on this LiveKit server.', ['node'])
  readonly #nodeParticipants = this.#gauge('tandem_livekit_participants', 'Participants in all rooms of this LiveKit server, browsers included.', ['node'])
  readonly #resident = this.#gauge('tandem_memory_bytes', 'Resident memory of the server and of its browsers.', ['of'])
  readonly #cpu = this.#gauge('tandem_cpu_seconds_total', 'CPU time of the server process.')
  readonly #lag = this.#gauge('tandem_event_loop_lag_seconds', 'How late timers run, since the last scrape.', ['quantile'])
  readonly #draining = this.#gauge('tandem_draining', '1 while the server takes no new sessions.')
  readonly #started = this.#gauge('tandem_start_time_seconds', 'When the process began, seconds since the epoch.')

  constructor() {
    this.#loop.enable()
    this.#started.set(Math.round(Date.now() / MS - process.uptime()))
    this.#draining.set(0)
  }

  /** What the gauges show; asked at each scrape. `memoryOf` answers with the bytes of these processes and their children. */
  watch(source: () => MetricsSnapshot, memoryOf: (pids: readonly number[]) => Promise<number>): void {
    this.#source = source
    this.#memory = memoryOf
  }

  /** Asked at each scrape. */
  watchNodes(source: () => readonly NodeSnapshot[]): void {
    this.#nodeSource = source
  }

  /** A viewer's report, once a second; `before`: its last one on the same rung. Counters of a viewer begin at 0 with each picture. */
  viewerReport(stats: ViewerStats, before: ViewerStats | null): void {
    const rung = rungOf(stats)
    if (stats.glassToGlassMs !== null && stats.fps > 0) this.#glass.observe({ rung }, Math.max(0, stats.glassToGlassMs) / MS)
    this.#viewerDrops.inc({ rung }, grown(stats.framesDropped, before?.framesDropped))
    this.#freezes.inc({ rung }, grown(stats.freezes, before?.freezes))
  }

  /** A packet was not sent to a viewer that reads slowly. */
  frameDropped(rung: Transport, count = 1): void {
    this.#dropped.inc({ rung }, count)
  }

  /** A slow viewer waits for the next key frame. */
  viewerCut(rung: Transport): void {
    this.#cuts.inc({ rung })
  }

  keyFrameAsked(): void {
    this.#keyFrames.inc()
  }

  mediaStarted(rung: Transport, outcome: 'ok' | 'refused' | 'failed'): void {
    this.#starts.inc({ rung, outcome })
  }

  sessionStarted(from: 'pool' | 'cold' | 'restored', ms: number): void {
    this.#created.observe({ from }, ms / MS)
  }

  /** `reason` is a text for people: its first words decide. */
  sessionClosed(reason: string): void {
    this.#ended.inc({ cause: causeOf(reason) })
  }

  /** `type` as in the timeline: `control.granted`. */
  controlTransition(type: string): void {
    this.#control.inc({ type })
  }

  gatewayCommand(ms: number): void {
    this.#gateway.observe(ms / MS)
  }

  gatewayRefused(code: string): void {
    this.#refused.inc({ code })
  }

  /** `route` is the pattern (`/v1/agent-sessions/:id`), never the path. */
  httpRequest(method: string, route: string, status: number, ms: number): void {
    this.#http.observe({ method, route, status: `${Math.floor(status / 100)}xx` }, ms / MS)
  }

  socketRefused(code: string): void {
    this.#sockets.inc({ code })
  }

  /** `reason`: of the dialect (`not-json`), or the code of an error. */
  roomPacketRefused(reason: string, count = 1): void {
    this.#packets.inc({ reason }, count)
  }

  storeError(reason: string): void {
    this.#store.inc({ reason })
  }

  webhookDelivery(outcome: 'delivered' | 'failed' | 'dead'): void {
    this.#webhooks.inc({ outcome })
  }

  draining(on: boolean): void {
    this.#draining.set(on ? 1 : 0)
  }

  /** All of it in Prometheus' text format. */
  async text(): Promise<string> {
    await this.#collect()
    return this.#registry.metrics()
  }

  get contentType(): string {
    return this.#registry.contentType
  }

  close(): void {
    this.#loop.disable()
  }

  async #collect(): Promise<void> {
    const { rss } = process.memoryUsage()
    const { user, system } = process.cpuUsage()
    this.#cpu.set((user + system) / 1_000_000)
    this.#resident.set({ of: 'server' }, rss)
    for (const quantile of [50, 99]) this.#lag.set({ quantile: `0.${quantile}` }, this.#loop.percentile(quantile) / 1e9)
    this.#loop.reset()
    // Those that are gone are not shown any more.
    for (const gauge of [this.#nodes, this.#nodeSessions, this.#nodeParticipants]) gauge.reset()
    for (const { id: node, up, sessions: on, participants } of this.#nodeSource()) {
      this.#nodes.set({ node }, up ? 1 : 0)
      this.#nodeSessions.set({ node }, on)
      this.#nodeParticipants.set({ node }, participants)
    }
    if (!this.#source) return
    const { sessions, agents, pool, viewers, streams, browserPids } = this.#source()
    for (const status of ['active', 'paused'] as const) this.#sessions.set({ status }, sessions[status])
    this.#agents.set(agents)
    this.#pool.set(pool)
    for (const rung of [...TRANSPORTS, 'none'] as const) {
      const on = viewers.filter((stats) => rungOf(stats) === rung)
      this.#viewers.set({ rung }, on.length)
      this.#fps.set({ rung }, mean(on.map((stats) => stats?.fps ?? 0)))
    }
    this.#captureFps.set(mean(streams.map(({ captureFps }) => captureFps)))
    this.#encode.set(mean(streams.flatMap(({ encodeMs }) => encodeMs ?? [])) / MS)
    this.#resident.set({ of: 'browsers' }, await this.#memory(browserPids))
  }

  #gauge<T extends string>(name: string, help: string, labelNames: T[] = []): Gauge<T> {
    return new Gauge({ name, help, labelNames, registers: [this.#registry] })
  }

  #counter<T extends string>(name: string, help: string, labelNames: T[] = []): Counter<T> {
    return new Counter({ name, help, labelNames, registers: [this.#registry] })
  }

  #histogram<T extends string>(name: string, help: string, buckets: number[], labelNames: T[] = []): Histogram<T> {
    return new Histogram({ name, help, buckets, labelNames, registers: [this.#registry] })
  }
}

/** What a viewer says of itself may be anything: a label takes only what we know. */
function rungOf(stats: ViewerStats | null): Rung {
  return TRANSPORTS.find((transport) => transport === stats?.transport) ?? 'none'
}

/** A viewer may claim any number; in a second it cannot have seen more. */
const MOST_IN_A_REPORT = 1_000

function grown(now: number, before = 0): number {
  return Math.min(now >= before ? now - before : now, MOST_IN_A_REPORT)
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length
}

const CAUSES = ['closed by request', 'closed by a viewer', 'browser-crashed', 'idle', 'max-duration', 'launch-failed', 'not-restored', 'server-lost'] as const

function causeOf(reason: string): string {
  return CAUSES.find((cause) => reason.startsWith(cause))?.replaceAll(' ', '-') ?? 'other'
}
