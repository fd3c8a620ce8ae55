/**
 * Rung `websocket`: the shared encode, packet by packet over the live socket, decoded by WebCodecs. For networks that
 * let no UDP through, and for everybody beyond the first few viewers. Joins the decoding (videoDecoding.ts) and the
 * sound (sound.ts) to what it shares with `jpeg` (packetPlayer.ts); knows no DOM and no other rung.
 */
import type { LiveParams, MediaPacket } from '@tandem/protocol'
import { packetCodecs } from './codecs.ts'
import { PacketPlayer } from './packetPlayer.ts'
import type { MediaEvent, Signals } from './player.ts'
import { Sound } from './sound.ts'
import { VideoDecoding } from './videoDecoding.ts'

export class WebSocketPlayer extends PacketPlayer {
  readonly #decoding: VideoDecoding
  readonly #sound: Sound | null
  #codecs: string[] | null = null

  constructor(signals: Signals, options: { audio: boolean }) {
    super(signals, 'websocket')
    this.#sound = options.audio && Sound.possible ? new Sound((stream) => this.events.emit('audio', stream)) : null
    this.#decoding = new VideoDecoding({
      frame: (image, { capturedAt }) => this.paint({ image, width: image.displayWidth, height: image.displayHeight, capturedAt }),
      keyFrame: () => this.refresh(),
      dropped: (packets) => {
        this.meter.dropped += packets
      },
      failed: (reason, fatal) => this.failed(reason, fatal),
    })
  }

  /** WebCodecs exist in secure contexts only: a page over plain http on a LAN has none. */
  static get impossible(): string | null {
    return typeof VideoDecoder === 'undefined' ? 'This page has no WebCodecs (a browser from before them, or a page over plain http).' : null
  }

  start(): void {
    this.subscription.want()
    if (WebSocketPlayer.impossible !== null) return this.failed(WebSocketPlayer.impossible, true)
    if (this.subscription.peerId !== null || this.subscription.starting) return
    if (this.#codecs) this.subscription.anew()
    else void this.#learn()
  }

  override async pause(paused: boolean): Promise<void> {
    // What comes after the pause begins with a key frame.
    this.#decoding.close()
    await super.pause(paused)
  }

  async refresh(): Promise<void> {
    const { peerId } = this.subscription
    if (peerId !== null) await this.signals.call('media.keyFrame', { peerId }).catch(() => {})
  }

  override stop(): void {
    super.stop()
    this.#sound?.close()
  }

  override close(): void {
    super.close()
    this.#sound?.close()
  }

  protected params(): Partial<LiveParams<'media.start'>> {
    return { codecs: this.#codecs ?? [], audio: this.#sound !== null }
  }

  protected event(message: MediaEvent): void {
    if (message.event !== 'media.config') return
    if (message.data.kind === 'audio') return this.#sound?.configure(message.data)
    this.#decoding.configure(message.data)
    this.meter.codec = message.data.codec
  }

  protected takes(packet: MediaPacket): boolean {
    return packet.kind !== 'picture'
  }

  protected play(packet: MediaPacket): void {
    if (packet.kind === 'audio') this.#sound?.decode(packet)
    else this.#decoding.decode(packet)
  }

  protected override dropped(): void {
    super.dropped()
    this.#decoding.close()
  }

  /** Which codecs there are is asked of the browser once. */
  async #learn(): Promise<void> {
    this.#codecs = await packetCodecs()
    if (!this.subscription.wanted || this.subscription.peerId !== null || this.subscription.starting) return
    if (this.#codecs.length === 0) this.failed('This browser decodes no video that the server can send.', true)
    else this.subscription.anew()
  }
}
