/**
 * Rung `jpeg`: whole pictures over the live socket, as the browser's screencast gives them; for pages without
 * WebCodecs and sessions whose capture page cannot run. Each picture stands alone, so only the newest is decoded.
 * Asks the server by subscription.ts; knows no DOM and no other rung.
 */
import type { MediaPacket, Quality } from '@tandem/protocol'
import { Emitter } from '../emitter.ts'
import { wallNow } from '../live/serverClock.ts'
import type { PeerState } from '../status.ts'
import { FrameCount } from './frameCount.ts'
import { Meter } from './meter.ts'
import type { MediaEvent, Player, PlayerEvents, Signals } from './player.ts'
import { Subscription } from './subscription.ts'

/** Pictures in a row that cannot be decoded. */
const FAILURES_MAX = 5

export class JpegPlayer implements Player {
  readonly transport = 'jpeg'
  readonly events = new Emitter<PlayerEvents>()
  readonly #subscription: Subscription
  readonly #count = new FrameCount({ everyFrameIsNew: true })
  readonly #meter = new Meter((sample) => this.events.emit('sampled', sample))
  #next: MediaPacket | null = null
  #last: MediaPacket | null = null
  #decoding = false
  #failures = 0

  constructor(signals: Signals) {
    this.#meter.codec = 'image/jpeg'
    this.#subscription = new Subscription({
      signals,
      transport: 'jpeg',
      params: () => ({}),
      started: () => {
        this.#meter.start()
        this.#count.heard(wallNow())
        this.#subscription.settled()
        this.events.emit('changed', undefined)
      },
      event: () => {},
      dropped: () => {
        this.#meter.stop()
        this.#next = this.#last = null
        this.#count.reset()
      },
      changed: () => this.events.emit('changed', undefined),
      failed: (reason, fatal) => this.events.emit('failed', { reason, fatal }),
    })
  }

  static get impossible(): string | null {
    return typeof createImageBitmap === 'undefined' ? 'This environment decodes no pictures.' : null
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
    if (JpegPlayer.impossible !== null) return this.events.emit('failed', { reason: JpegPlayer.impossible, fatal: true })
    if (this.#subscription.peerId === null && !this.#subscription.starting) this.#subscription.anew()
  }

  async pause(paused: boolean): Promise<void> {
    this.#next = this.#last = null
    if (!paused) this.#count.restart()
    await this.#subscription.pause(paused)
  }

  setQuality(quality: Quality): void {
    this.#subscription.setQuality(quality)
  }

  /** The last one is the present one: pictures come whenever the page changes. */
  async refresh(): Promise<void> {
    this.#next ??= this.#last
    if (!this.#decoding) await this.#decode()
  }

  handle(message: MediaEvent): void {
    this.#subscription.handle(message)
  }

  packet(packet: MediaPacket): void {
    if (packet.kind !== 'picture' || !this.#subscription.wanted || this.#subscription.paused) return
    this.#meter.packets++
    this.#meter.bytes += packet.payload.byteLength
    this.#count.heard(wallNow())
    if (this.#next) this.#meter.dropped++
    this.#next = packet
    if (!this.#decoding) void this.#decode()
  }

  networkChanged(): void {}

  signalsLost(): void {
    this.#subscription.forget()
    this.events.emit('changed', undefined)
  }

  stop(): void {
    this.#subscription.stop()
  }

  close(): void {
    this.#subscription.close()
    this.events.clear()
  }

  async #decode(): Promise<void> {
    this.#decoding = true
    for (let packet = this.#next; packet; packet = this.#next) {
      this.#next = null
      this.#last = packet
      try {
        // The payload is a view into a message of its own, never of shared memory.
        const image = await createImageBitmap(new Blob([packet.payload as Uint8Array<ArrayBuffer>], { type: 'image/jpeg' }))
        if (this.#subscription.wanted && !this.#subscription.paused) this.#frame(image, packet.capturedAt)
        image.close()
        this.#failures = 0
      } catch (error) {
        this.#meter.dropped++
        if (++this.#failures === FAILURES_MAX) this.events.emit('failed', { reason: `The pictures cannot be decoded: ${String(error)}`, fatal: false })
      }
    }
    this.#decoding = false
  }

  #frame(image: ImageBitmap, capturedAt: number): void {
    const { width, height } = image
    this.#meter.frames++
    this.#meter.width = width
    this.#meter.height = height
    const first = this.#count.frame(wallNow())
    this.events.emit('frame', { image, width, height, capturedAt })
    if (first) this.events.emit('changed', undefined)
  }
}
