/**
 * The picture's ways from one browser to its viewers: joins the feeds (peers, relay, pictures) behind what
 * `live/methods.ts` asks, and says what each viewer is offered, on which rung it is, and when the picture stands still.
 * Knows no rule of control: whether a viewer may see the page it asks of `blankReason`.
 */
import type { LiveBrowser, MediaMessage } from '@tandem/browser'
import { PEER_VIEWERS, SHARED_ENCODE, TandemError, TRANSPORTS } from '@tandem/protocol'
import type { Candidate, CaptureMessage, MediaConfig, Quality, Rungs, StreamInfo, Transport, ViewerStats } from '@tandem/protocol'
import type { Metrics } from '../metrics.ts'
import type { Watcher } from '../sessions/watchers.ts'
import { OWN_CANDIDATES } from './candidates.ts'
import type { CandidateRules } from './candidates.ts'
import type { Feed, FeedOptions, IceOptions, Rung, StartOptions } from './feed.ts'
import { toPacket } from './packet.ts'
import { Peers } from './peers.ts'
import { Pictures } from './pictures.ts'
import { Pulse } from './pulse.ts'
import { Relay } from './relay.ts'
import { RoomFeed } from './rooms.ts'
import type { RoomFeedOptions } from './rooms.ts'
import { rungsFor } from './rungs.ts'
import { Thumbnails } from './thumbnails.ts'
import type { UdpPorts } from './udpPorts.ts'

export interface MediaOptions extends Omit<FeedOptions, 'changed' | 'metrics'>, IceOptions {
  /** Null or absent: this server has no rooms. */
  room?: RoomFeedOptions['room']
  metrics: FeedOptions['metrics'] & Pick<Metrics, 'viewerReport'>
  /** @throws TandemError `browser/crashed`, `session/closed` */
  browser(): LiveBrowser
  candidates?: CandidateRules
  /** Where peers are reached on ports of a range. */
  udpPorts?: UdpPorts | null
  /** So many viewers get a peer each. */
  peerViewers?: number
  /** A viewer's transport changed. */
  viewersChanged(): void
}

export class Media {
  readonly thumbnails: Thumbnails
  readonly #options: MediaOptions
  readonly #peers: Peers
  readonly #room: RoomFeed
  readonly #relay: Relay
  readonly #pictures: Pictures
  readonly #feeds: readonly Feed[]
  readonly #pulse: Pulse
  /** What each viewer was told last of its rungs. */
  readonly #told = new WeakMap<Watcher, Rungs>()
  #stream: StreamInfo | null = null
  #captureDown: string | null = null
  /** Resolves when the browser is there again, or never will be; null while it is there. */
  #back: PromiseWithResolvers<void> | null = null
  #lookSoon = false
  #closed = false

  constructor(options: MediaOptions) {
    this.#options = options
    const capture = (): LiveBrowser['capture'] => options.browser().capture
    const shared = { ...options, changed: () => this.#changed() }
    const { candidates = OWN_CANDIDATES, peerViewers = PEER_VIEWERS, udpPorts = null, room = null } = options
    this.#peers = new Peers({ ...shared, capture, candidates, udpPorts, peerViewers })
    this.#room = new RoomFeed({ ...shared, room })
    this.#relay = new Relay({ ...shared, capture })
    this.#pictures = new Pictures({ ...shared, screencast: async (wanted) => options.browser().setScreencast(wanted) })
    this.#feeds = [this.#peers, this.#room, this.#relay, this.#pictures]
    this.#pulse = new Pulse({ capture, clock: options.clock, changed: (reason) => options.watchers.broadcast('stream.stalled', { reason }) })
    this.thumbnails = new Thumbnails(options)
  }

  get stream(): StreamInfo | null {
    return this.#stream
  }

  get stalled(): string | null {
    return this.#pulse.stalled
  }

  /** What this viewer is offered; what it is told here it is not told again. */
  rungs(watcher: Watcher): Rungs {
    const rungs = this.#rungsOf(watcher)
    this.#told.set(watcher, rungs)
    return rungs
  }

  /** @throws TandemError `media/rung-unavailable`, `media/unavailable` */
  async start(watcher: Watcher, rung: Rung, options: StartOptions): Promise<string> {
    const { metrics } = this.#options
    await this.#back?.promise
    // If the viewer has left meanwhile, nothing would ever end what is begun now.
    if (this.#closed || !this.#options.watchers.has(watcher)) throw new TandemError('media/no-peer')
    const feed = this.#feeds.find((candidate) => candidate.rung === rung)
    const refusal = rung === 'webrtc' ? this.#captureDown : this.#rungsOf(watcher)[rung]
    try {
      if (!feed || refusal !== null) throw new TandemError('media/rung-unavailable', refusal ?? undefined)
      const id = await feed.start(watcher, options)
      metrics.mediaStarted(rung, 'ok')
      return id
    } catch (error) {
      metrics.mediaStarted(rung, error instanceof TandemError && error.code === 'media/rung-unavailable' ? 'refused' : 'failed')
      throw error
    }
  }

  async answer(watcher: Watcher, id: string, sdp: string, offerId?: number): Promise<void> {
    this.#own(this.#peers, watcher, id)
    await this.#peers.answer(id, sdp, offerId)
  }

  candidate(watcher: Watcher, id: string, candidate: Candidate | null): void {
    this.#peers.candidate(watcher, id, candidate)
  }

  async restart(watcher: Watcher, id: string): Promise<void> {
    this.#own(this.#peers, watcher, id)
    await this.#peers.restart(watcher, id)
  }

  async pause(watcher: Watcher, id: string, paused: boolean): Promise<void> {
    await this.#feedOf(watcher, id).pause(id, paused)
  }

  async quality(watcher: Watcher, id: string, quality: Quality): Promise<void> {
    await this.#feedOf(watcher, id).quality(id, quality)
  }

  keyFrame(watcher: Watcher, id: string): void {
    this.#own(this.#relay, watcher, id)
    this.#relay.keyFrame(id)
  }

  stop(watcher: Watcher, id: string): void {
    this.#feedOf(watcher, id).stop(id)
  }

  leave(watcher: Watcher): void {
    for (const feed of this.#feeds) feed.leave(watcher)
  }

  /** The viewer's socket was lost. */
  lose(watcher: Watcher): void {
    for (const feed of this.#feeds) feed.lose(watcher)
  }

  /** A viewer whose socket was lost may not come back. */
  forget(viewerId: string): void {
    this.#peers.forget(viewerId)
    this.#room.forget(viewerId)
  }

  /** A viewer joins, maybe one that is back on another socket. */
  adopt(watcher: Watcher): void {
    this.#peers.adopt(watcher)
    this.#room.adopt(watcher)
    watcher.viewer.transport = this.#transportOf(watcher)
  }

  /** A viewer said what it measures: of two rungs at a time it knows which it shows. */
  reported(watcher: Watcher, before: ViewerStats | null): void {
    const { stats } = watcher
    if (stats) this.#options.metrics.viewerReport(stats, before?.transport === stats.transport ? before : null)
    if (this.#place(watcher)) this.#options.viewersChanged()
  }

  /** What the capture page says. */
  handle(message: CaptureMessage): void {
    switch (message.type) {
      case 'offer':
      case 'candidate':
      case 'peer':
        if (message.peerId !== SHARED_ENCODE) this.#peers.handle(message)
        else if (message.type === 'peer' && message.state === 'failed') this.#relay.failed()
        break
      case 'stream':
        this.#stream = message.info
        this.#options.watchers.broadcast('stream.changed', message.info)
        break
      case 'log':
        this.#options.log[message.level]({ from: 'capture page' }, message.message)
        break
      case 'ended':
        this.#options.log.debug({ tab: message.tabId }, message.reason)
        break
      case 'ready':
      case 'stuck':
      case 'quietFrameWanted':
        // The browser package acts on these itself.
        break
      case 'roomState':
      case 'roomParticipants':
      case 'roomData':
      case 'roomRefused':
        // rooms/ hears these.
        break
      default:
        message satisfies never
    }
  }

  configure(config: MediaConfig): void {
    this.#relay.configure(config)
  }

  packet(message: MediaMessage): void {
    const packet = toPacket(message)
    if (packet.kind === 'picture') this.#pictures.packet(packet)
    else this.#relay.packet(packet)
  }

  /** The capture page is gone; `made`: there is a new one already. The browser's own screencast goes on. */
  captureLost(reason: string, made: boolean): void {
    this.#captureDown = made ? null : reason
    this.#stream = null
    this.#peers.lost(reason, made)
    this.#relay.lost(reason, made)
    this.#pulse.reset()
    if (made) this.#relay.back()
    this.#changed()
  }

  /** The whole browser is gone, and being started again. */
  browserLost(reason: string): void {
    this.#stream = null
    this.#back ??= Promise.withResolvers()
    for (const feed of this.#feeds) feed.lost(reason, true)
    this.#pulse.reset()
  }

  /** A browser is there: those who waited for it get their picture. */
  browserBack(): void {
    this.#captureDown = null
    this.#back?.resolve()
    this.#back = null
    for (const feed of this.#feeds) feed.back()
    this.#changed()
  }

  /** Who may see the picture may have changed: hides it, or shows it again, before anything else is sent. */
  applyBlank(): void {
    for (const feed of this.#feeds) feed.applyBlank()
    this.thumbnails.hide(this.#options.blankReason('') !== null)
  }

  close(): void {
    this.#closed = true
    this.#back?.resolve()
    this.#pulse.run(false)
    for (const feed of this.#feeds) feed.close()
  }

  #changed(): void {
    if (this.#lookSoon || this.#closed) return
    this.#lookSoon = true
    // Once for what many do in the same turn.
    setImmediate(() => {
      this.#lookSoon = false
      if (this.#closed) return
      this.#pulse.run(this.#peers.size > 0 || this.#room.active || this.#relay.active)
      let moved = false
      for (const watcher of this.#options.watchers.all()) {
        if (this.#place(watcher)) moved = true
        const before = this.#told.get(watcher)
        const rungs = this.#rungsOf(watcher)
        if (before && (before.webrtc !== rungs.webrtc || before.room !== rungs.room || before.websocket !== rungs.websocket))
          watcher.send('media.rungs', this.rungs(watcher))
      }
      if (moved) this.#options.viewersChanged()
    })
  }

  /** True: the viewer is on another rung now. */
  #place(watcher: Watcher): boolean {
    const transport = this.#transportOf(watcher)
    const moved = watcher.viewer.transport !== transport
    watcher.viewer.transport = transport
    return moved
  }

  /** What the viewer says that it shows, when that runs; else the best that runs. */
  #transportOf(watcher: Watcher): Transport | null {
    const running = this.#feeds.filter((feed) => feed.carries(watcher)).map((feed): Transport => feed.rung)
    const said = saidTransport(watcher.stats)
    if (said !== null && running.includes(said)) return said
    if (running.length > 0) return running[0] ?? null
    // Screenshots are asked for one by one: nothing runs here.
    return said === 'screenshots' ? said : null
  }

  #rungsOf(watcher: Watcher): Rungs {
    return rungsFor({
      roomDown: this.#room.refusal(watcher.viewer.id, this.#options.blankReason),
      captureDown: this.#captureDown,
      hasPeer: this.#peers.carries(watcher),
      peers: this.#peers.size,
      peerViewers: this.#options.peerViewers ?? PEER_VIEWERS,
    })
  }

  #feedOf(watcher: Watcher, id: string): Feed {
    const feed = this.#feeds.find((candidate) => candidate.has(watcher, id))
    if (!feed) throw new TandemError('media/no-peer')
    return feed
  }

  #own(feed: Feed, watcher: Watcher, id: string): void {
    if (!feed.has(watcher, id)) throw new TandemError('media/no-peer')
  }
}

function saidTransport(stats: ViewerStats | null): Transport | null {
  return TRANSPORTS.find((transport) => transport === stats?.transport) ?? null
}
