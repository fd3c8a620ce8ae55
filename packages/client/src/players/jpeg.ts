/**
 * Rung `jpeg`: whole pictures over the live socket, as the browser's screencast gives them; for pages without
 * WebCodecs and sessions whose capture page cannot run. Each picture stands alone, so only the newest is decoded.
 * Knows no DOM and no other rung; packetPlayer.ts has what it shares with `websocket`.
 */
import type { MediaPacket } from '@tandem/protocol'
import { PacketPlayer } from './packetPlayer.ts'
import type { Signals } from './player.ts'

/** Pictures in a row that cannot be decoded. */
const FAILURES_MAX = 5

export class JpegPlayer extends PacketPlayer {
  #next: MediaPacket | null = null
  #last: MediaPacket | null = null
  #decoding = false
  #failures = 0

  constructor(signals: Signals) {
    super(signals, 'jpeg')
    this.meter.codec = 'image/jpeg'
  }

  static get impossible(): string | null {
    return typeof createImageBitmap === 'undefined' ? 'This environment decodes no pictures.' : null
  }

  start(): void {
    this.subscription.want()
    if (JpegPlayer.impossible !== null) return this.failed(JpegPlayer.impossible, true)
    if (this.subscription.peerId === null && !this.subscription.starting) this.subscription.anew()
  }

  override async pause(paused: boolean): Promise<void> {
    this.#forget()
    await super.pause(paused)
  }

  /** The last one is the present one: pictures come whenever the page changes. */
  async refresh(): Promise<void> {
    this.#next ??= this.#last
    if (!this.#decoding) await this.#decode()
  }

  protected params(): object {
    return {}
  }

  protected event(): void {}

  protected takes(packet: MediaPacket): boolean {
    return packet.kind === 'picture'
  }

  protected play(packet: MediaPacket): void {
    if (this.#next) this.meter.dropped++
    this.#next = packet
    if (!this.#decoding) void this.#decode()
  }

  protected override dropped(): void {
    super.dropped()
    this.#forget()
  }

  #forget(): void {
    this.#next = this.#last = null
  }

  async #decode(): Promise<void> {
    this.#decoding = true
    for (let packet = this.#next; packet; packet = this.#next) {
      this.#next = null
      this.#last = packet
      try {
        // The payload is a view into a message of its own, never of shared memory.
        const image = await createImageBitmap(new Blob([packet.payload as Uint8Array<ArrayBuffer>], { type: 'image/jpeg' }))
        const { width, height } = image
        if (this.playing) this.paint({ image, width, height, capturedAt: packet.capturedAt })
        else image.close()
        this.#failures = 0
      } catch (error) {
        this.meter.dropped++
        if (++this.#failures === FAILURES_MAX) this.failed(`The pictures cannot be decoded: ${String(error)}`, false)
      }
    }
    this.#decoding = false
  }
}
