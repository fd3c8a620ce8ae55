/**
 * Rung `websocket`: the shared encode, packet by packet over the live socket, decoded by WebCodecs. For networks that
 * let no UDP through, and for everybody beyond the first few viewers. Joins what the server is asked for
 * (subscription.ts), the decoding (videoDecoding.ts) and the sound (sound.ts); knows no DOM and no other rung.
 */
import type { MediaPacket, Quality } from '@tandem/protocol'
import { Emitter } from '../emitter.ts'
import { wallNow } from '../live/serverClock.ts'
import type { PeerState } from '../status.ts'
import { packetCodecs } from './codecs.ts'
import { FrameCount } from './frameCount.ts'
import { Meter } from './meter.ts'
import type { MediaEvent, Player, PlayerEvents, Signals } from './player.ts'
import { Sound } from './sound.ts'
import { Subscription } from './subscription.ts'
import { VideoDecoding } from './videoDecoding.ts'

export class WebSocketPlayer implements Player {
  readonly transport = 'websocket'
  readonly events = new Emitter<PlayerEvents>()
  readonly #signals: Signals
  readonly #subscription: Subscription
  readonly #decoding: VideoDecoding
  readonly #sound: Sound | null
  readonly #count = new FrameCount({ everyFrameIsNew: true })
  readonly #meter = new Meter((sample) => this.events.emit('sampled', sample))
  #codecs: string[] | null = null

  constructor(signals: Signals, options: { audio: boolean }) {
    this.#signals = signals
    this.#sound = options.audio && Sound.possible ? new Sound((stream) => this.events.emit('audio', stream)) : null
    this.#subscription = new Subscription({
      signals,
      transport: 'websocket',
      params: () => ({ codecs: this.#codecs ?? [], audio: this.#sound !== null }),
      started: () => {
        this.#meter.start()
        this.#count.heard(wallNow())
        this.#subscription.settled()
        this.events.emit('changed', undefined)
      },
      event: (message) => message.event === 'media.config' && this.#configure(message.data),
      dropped: () => this.#drop(),
      changed: () => this.events.emit('changed', undefined),
      failed: (reason, fatal) => this.events.emit('failed', { reason, fatal }),
    })
    this.#decoding = new VideoDecoding({
      frame: (frame, packet) => this.#frame(frame, packet),
      keyFrame: () => this.#keyFrame(),
      dropped: (packets) => {
        this.#meter.dropped += packets
      },
      failed: (reason, fatal) => this.events.emit('failed', { reason, fatal }),
    })
  }

  /** WebCodecs exist in secure contexts only: a page over plain http on a LAN has none. */
  static get impossible(): string | null {
    return typeof VideoDecoder === 'undefined' ? 'This page has no WebCodecs (a browser from before them, or a page over plain http).' : null
  }

  get state(): PeerState {
    if (this.#subscription.peerId !== null) return 'connected'
    return this.#subscription.starting ? 'connecting' : 'none'
  }

  get why(): string | null {
    return this.#subscription.why
  }

  get frames(): number {
    return this.#count.frames
  }

  get lastMotionAt(): number | null {
    return this.#count.lastMotionAt
  }

  get heardAt(): number | null {
    return this.#count.heardAt
  }

  start(): void {
    this.#subscription.want()
    if (WebSocketPlayer.impossible !== null) return this.events.emit('failed', { reason: WebSocketPlayer.impossible, fatal: true })
    if (this.#subscription.peerId !== null || this.#subscription.starting) return
    if (this.#codecs) this.#subscription.anew()
    else void this.#learn()
  }

  async pause(paused: boolean): Promise<void> {
    // What comes after the pause begins with a key frame.
    this.#decoding.close()
    if (!paused) this.#count.restart()
    await this.#subscription.pause(paused)
  }

  setQuality(quality: Quality): void {
    this.#subscription.setQuality(quality)
  }

  async refresh(): Promise<void> {
    await this.#keyFrame()
  }

  handle(message: MediaEvent): void {
    this.#subscription.handle(message)
  }

  packet(packet: MediaPacket): void {
    if (packet.kind === 'picture' || !this.#subscription.wanted || this.#subscription.paused) return
    this.#meter.packets++
    this.#meter.bytes += packet.payload.byteLength
    this.#count.heard(wallNow())
    if (packet.kind === 'audio') this.#sound?.decode(packet)
    else this.#decoding.decode(packet)
  }

  networkChanged(): void {}

  /** All of it came over the socket: the next one begins anew. */
  signalsLost(): void {
    this.#subscription.forget()
    this.events.emit('changed', undefined)
  }

  stop(): void {
    this.#subscription.stop()
    this.#sound?.close()
  }

  close(): void {
    this.#subscription.close()
    this.#sound?.close()
    this.events.clear()
  }

  /** Which codecs there are is asked of the browser once. */
  async #learn(): Promise<void> {
    this.#codecs = await packetCodecs()
    if (!this.#subscription.wanted || this.#subscription.peerId !== null || this.#subscription.starting) return
    if (this.#codecs.length === 0) this.events.emit('failed', { reason: 'This browser decodes no video that the server can send.', fatal: true })
    else this.#subscription.anew()
  }

  #configure(config: (MediaEvent & { event: 'media.config' })['data']): void {
    if (config.kind === 'audio') return this.#sound?.configure(config)
    this.#decoding.configure(config)
    this.#meter.codec = config.codec
  }

  #frame(frame: VideoFrame, { capturedAt }: MediaPacket): void {
    const [width, height] = [frame.displayWidth, frame.displayHeight]
    this.#meter.frames++
    this.#meter.width = width
    this.#meter.height = height
    const first = this.#count.frame(wallNow())
    this.events.emit('frame', { image: frame, width, height, capturedAt })
    frame.close()
    if (first) this.events.emit('changed', undefined)
  }

  async #keyFrame(): Promise<void> {
    const { peerId } = this.#subscription
    if (peerId !== null) await this.#signals.call('media.keyFrame', { peerId }).catch(() => {})
  }

  #drop(): void {
    this.#meter.stop()
    this.#decoding.close()
    this.#count.reset()
  }
}
