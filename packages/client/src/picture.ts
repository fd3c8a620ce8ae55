/**
 * The picture of a live view: the rungs that make it, the stages that show it, and what is measured on the way. Joins
 * players/ and stage/; knows nothing of control, the snapshot or the socket's state. liveView.ts tells it when the
 * picture is wanted, facts.ts asks it how it fares.
 */
import type { Quality, Transport, ViewerStats } from '@tandem/protocol'
import { wallNow } from './live/serverClock.ts'
import { GlassToGlass } from './players/glassToGlass.ts'
import { JpegPlayer } from './players/jpeg.ts'
import type { Wish } from './players/ladder.ts'
import type { IceSettings } from './players/peer.ts'
import type { PaintedFrame, Signals, VideoStream } from './players/player.ts'
import type { Rates, Reading, Route } from './players/reading.ts'
import { RoomPlayer } from './players/room.ts'
import { Rungs } from './players/rungs.ts'
import type { RungsOptions } from './players/rungs.ts'
import { ScreenshotsPlayer } from './players/screenshots.ts'
import { WebRtcPlayer } from './players/webrtc.ts'
import { WebSocketPlayer } from './players/websocket.ts'
import type { Rest } from './rest.ts'
import { Stage } from './stage/stage.ts'
import { FRESH_MS } from './status.ts'
import type { StageTarget } from './stage/stage.ts'

export interface PictureOptions {
  signals: Signals
  audio: boolean
  wish: Wish
  quality: Quality
  /** Of the session. */
  rest(): Rest
  facts(): Omit<ReturnType<RungsOptions['facts']>, 'behindMs'>
  /** The server's clock minus ours; null until known. */
  clockOffsetMs(): number | null
  socketRttMs(): number | null
  /** By how much frames are drawn late before they are captured, ms, as the capture page estimates it. */
  lateMs(): number
  onChange(): void
  onStats(stats: ViewerStats, route: Route | null): void
}

/** A hidden page keeps its picture for so long: most come back soon. */
const PAUSE_HIDDEN_MS = 10_000
const FRAME_WAIT_MS = 200
/** What is drawn in one animation frame is on the screen an interval later. */
const DISPLAY_INTERVAL_MS = 1_000 / 60

export class Picture {
  readonly rungs: Rungs
  readonly #options: PictureOptions
  readonly #glass = new GlassToGlass()
  readonly #stages = new Set<Stage>()
  #ice: IceSettings = { iceServers: [], iceTransportPolicy: 'all' }
  readonly #videos = new Map<Transport, VideoStream>()
  #audio: MediaStream | null = null
  #paused = false
  #droppedLastSecond = 0
  /** Captured when, of the last frame painted in this display interval. */
  #painted: number | null = null
  #last: { capturedAt: number; paintedAt: number; behindMs: number | null } | null = null
  #hiding: ReturnType<typeof setTimeout> | undefined

  constructor(options: PictureOptions) {
    this.#options = options
    const { signals, audio } = options
    this.rungs = new Rungs({
      kinds: {
        webrtc: {
          impossible: WebRtcPlayer.impossible,
          make: () => new WebRtcPlayer(signals, { audio, ice: () => this.#iceSettings(), relayOnly: () => this.rungs.wish === 'relay' }),
        },
        room: { impossible: RoomPlayer.impossible, make: () => new RoomPlayer(signals, { audio }) },
        websocket: { impossible: WebSocketPlayer.impossible, make: () => new WebSocketPlayer(signals, { audio }) },
        jpeg: { impossible: JpegPlayer.impossible, make: () => new JpegPlayer(signals) },
        screenshots: { impossible: ScreenshotsPlayer.impossible, make: () => new ScreenshotsPlayer(() => options.rest()) },
      },
      wish: options.wish,
      quality: options.quality,
      facts: () => ({ ...options.facts(), behindMs: this.behindMs }),
    })
    this.rungs.events.on('shown', () => {
      this.#last = null
      this.#prefer()
    })
    this.rungs.events.on('video', ({ transport, video }) => {
      if (video) this.#videos.set(transport, video)
      else this.#videos.delete(transport)
      for (const stage of this.#stages) stage.show(transport, video)
    })
    this.rungs.events.on('frame', (frame) => this.#paint(frame))
    this.rungs.events.on('audio', (stream) => {
      this.#audio = stream
      for (const stage of this.#stages) stage.sound(stream)
    })
    this.rungs.events.on('changed', () => options.onChange())
    this.rungs.events.on('sampled', (sample) => this.#sampled(sample))
  }

  get stages(): ReadonlySet<Stage> {
    return this.#stages
  }

  get paused(): boolean {
    return this.#paused
  }

  get hasAudio(): boolean {
    return this.#audio !== null
  }

  get droppedLastSecond(): number {
    return this.#droppedLastSecond
  }

  /** The element that shows the picture in the stage attached last. */
  get element(): HTMLVideoElement | HTMLCanvasElement | null {
    return [...this.#stages].at(-1)?.element ?? null
  }

  /** How long after it was drawn the last frame was shown, while frames follow each other: a page at rest is shown as it was drawn long ago. */
  get behindMs(): number | null {
    return this.#last && wallNow() - this.#last.paintedAt < FRESH_MS ? this.#last.behindMs : null
  }

  configure(ice: IceSettings): void {
    this.#ice = ice
  }

  attach(host: HTMLElement, target: Omit<StageTarget, 'videoFrame'>): Stage {
    const stage = new Stage(host, { ...target, videoFrame: (source, now, metadata) => this.#videoFrame(source, now, metadata) })
    this.#stages.add(stage)
    for (const [transport, video] of this.#videos) stage.show(transport, video)
    if (this.#audio) stage.sound(this.#audio)
    this.#prefer()
    // An element begins with the next frame, and a page at rest has none.
    const missing = (): boolean => this.#stages.has(stage) && !stage.hasFrame && (this.rungs.shown?.frames ?? 0) > 0
    setTimeout(() => missing() && void this.rungs.refresh(), FRAME_WAIT_MS)
    return stage
  }

  detach(stage: Stage): void {
    this.#stages.delete(stage)
    stage.close()
  }

  /** Resolves with whether it is muted now: browsers refuse sound before a gesture. */
  async mute(muted: boolean): Promise<boolean> {
    const plays = await Promise.all([...this.#stages].map((stage) => stage.mute(muted)))
    return muted || !plays.includes(true)
  }

  /** The local page was hidden or shown; `keep`: sound plays, so somebody keeps it in the background on purpose. */
  visible(visible: boolean, keep: () => boolean): void {
    clearTimeout(this.#hiding)
    if (visible) this.#pause(false)
    else this.#hiding = setTimeout(() => !keep() && this.#pause(true), PAUSE_HIDDEN_MS)
  }

  /** Over for good: no frames, no stages. */
  close(): void {
    clearTimeout(this.#hiding)
    for (const stage of this.#stages) stage.close()
    this.#stages.clear()
    this.rungs.close()
    this.#videos.clear()
    this.#audio = null
  }

  #iceSettings(): IceSettings {
    return this.rungs.wish === 'relay' ? { ...this.#ice, iceTransportPolicy: 'relay' } : this.#ice
  }

  #prefer(): void {
    const { shown } = this.rungs
    if (shown) for (const stage of this.#stages) stage.prefer(shown.transport)
  }

  #pause(paused: boolean): void {
    if (paused === this.#paused) return
    this.#paused = paused
    this.rungs.pause(paused)
    this.#options.onChange()
  }

  #videoFrame(source: VideoStream, now: number, metadata: VideoFrameCallbackMetadata): void {
    source.frameShown(performance.timeOrigin + now)
    const offset = this.#options.clockOffsetMs()
    if (offset !== null) this.#glass.add(metadata, source.stamps(), offset, performance.timeOrigin)
  }

  #paint(frame: PaintedFrame): void {
    for (const stage of this.#stages) stage.paint(frame)
    this.#note(frame.capturedAt)
    if (frame.capturedAt === null || this.#stages.size === 0 || typeof requestAnimationFrame === 'undefined') return
    // Of several frames in one display interval the last is seen.
    const waiting = this.#painted !== null
    this.#painted = frame.capturedAt
    if (!waiting) requestAnimationFrame((now) => this.#displayed(now))
  }

  #note(capturedAt: number | null): void {
    const offset = this.#options.clockOffsetMs()
    const before = this.#last
    this.#last = null
    if (capturedAt === null || offset === null) return
    const paintedAt = wallNow()
    const follows = before !== null && capturedAt - before.capturedAt < FRESH_MS
    this.#last = { capturedAt, paintedAt, behindMs: follows ? paintedAt + offset - capturedAt : null }
  }

  #displayed(now: number): void {
    const offset = this.#options.clockOffsetMs()
    if (this.#painted !== null && offset !== null) this.#glass.addPainted(this.#painted, performance.timeOrigin + now + DISPLAY_INTERVAL_MS + offset)
    this.#painted = null
  }

  #sampled({ reading, rates, route, transport }: { reading: Reading; rates: Rates; route: Route | null; transport: Transport }): void {
    this.#droppedLastSecond = rates.dropped
    const { codec, width, height, framesDropped, freezes, rttMs } = reading
    const sinceCapture = this.#glass.take()
    // The stamp is the capture's; what the page painted may have waited for it.
    const glassToGlassMs = sinceCapture === null ? null : Math.round((sinceCapture + this.#options.lateMs()) * 10) / 10
    const { fps, kbps } = rates
    const counts = { fps, kbps, rttMs: rttMs ?? this.#options.socketRttMs(), glassToGlassMs, framesDropped, freezes }
    this.#options.onStats({ transport, codec, width, height, ...counts }, route)
  }
}
