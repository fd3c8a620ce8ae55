/**
 * Packets of the shared encode into frames, at once: a WebCodecs decoder that holds nothing back, begins with a key
 * frame, and asks for another one when packets are missing or it failed. Knows packets and frames, no sockets.
 * Neighbour: websocket.ts.
 */
import { KEY_FRAME_EVERY_MS } from '@tandem/protocol'
import type { MediaConfig, MediaPacket } from '@tandem/protocol'
import { wallNow } from '../live/serverClock.ts'

/** More than these wait: this machine cannot keep up, and goes on with the next key frame instead of ever later. */
const QUEUE_MAX = 10
/** So many were taken without a picture: some decoders say nothing about what they cannot read. */
const SWALLOWED_MAX = 15
/** Or for so long, on a page that brings few. */
const SWALLOWED_MS = 1_500
/** A decoder that fails on so many key frames in a row will not learn it. */
const FAILURES_MAX = 3

export type VideoConfig = Extract<MediaConfig, { kind: 'video' }>

export interface DecodingTarget {
  /** The target closes the frame. */
  frame(frame: VideoFrame, packet: MediaPacket): void
  /** A key frame is needed; asked at most once in KEY_FRAME_EVERY_MS. */
  keyFrame(): void
  /** Packets that were not decoded. */
  dropped(packets: number): void
  failed(reason: string, fatal: boolean): void
}

export class VideoDecoding {
  readonly #target: DecodingTarget
  readonly #waiting = new Map<number, { packet: MediaPacket; at: number }>()
  #configs = new Map<number, VideoConfig>()
  #decoder: VideoDecoder | null = null
  #config: number | null = null
  #lastSeq: number | null = null
  #timestamp = 0
  /** Nothing can be decoded before the next key frame. */
  #cut = true
  #failures = 0
  #askedAt = -Infinity
  #askAgain: ReturnType<typeof setTimeout> | undefined

  constructor(target: DecodingTarget) {
    this.#target = target
  }

  /** How packets with this number are decoded, from now on. */
  configure(config: VideoConfig): void {
    this.#configs.set(config.config, config)
  }

  decode(packet: MediaPacket): void {
    const missed = this.#lastSeq !== null && packet.seq !== (this.#lastSeq + 1) >>> 0
    this.#lastSeq = packet.seq
    if (missed || (this.#decoder?.decodeQueueSize ?? 0) > QUEUE_MAX) this.#cut = true
    if (this.#cut && !packet.keyFrame) {
      this.#target.dropped(1)
      return this.#ask()
    }
    const decoder = this.#ready(packet)
    if (!decoder) return
    if (this.#cut && decoder.decodeQueueSize > 0) {
      // What waits is of before the cut.
      this.#target.dropped(decoder.decodeQueueSize)
      this.close()
      return this.decode(packet)
    }
    if (this.#swallows(decoder)) return this.#broke('it gives no pictures', false)
    this.#cut = false
    // Only for telling frames apart: they are shown as they come.
    const timestamp = (this.#timestamp += 1_000)
    this.#waiting.set(timestamp, { packet, at: wallNow() })
    try {
      decoder.decode(new EncodedVideoChunk({ type: packet.keyFrame ? 'key' : 'delta', timestamp, data: packet.payload }))
    } catch (error) {
      this.#broke(error instanceof Error ? error.message : String(error), false)
    }
  }

  /** Begins anew with the next key frame. */
  close(): void {
    clearTimeout(this.#askAgain)
    this.#askAgain = undefined
    if (this.#decoder && this.#decoder.state !== 'closed') this.#decoder.close()
    this.#decoder = null
    this.#config = null
    this.#lastSeq = null
    this.#cut = true
    this.#waiting.clear()
  }

  /** The decoder for this packet; null: it cannot be decoded. */
  #ready(packet: MediaPacket): VideoDecoder | null {
    if (this.#decoder && this.#config === packet.config) return this.#decoder
    const config = this.#configs.get(packet.config)
    if (!config) {
      this.#cut = true
      this.#ask()
      return null
    }
    const seq = this.#lastSeq
    this.close()
    this.#lastSeq = seq
    const decoder = new VideoDecoder({
      output: (frame) => this.#output(decoder, frame),
      error: (error) => decoder === this.#decoder && this.#broke(error.message, error.name === 'NotSupportedError'),
    })
    try {
      decoder.configure(settingsOf(config))
    } catch (error) {
      this.#target.failed(`This browser cannot decode ${config.codec}: ${error instanceof Error ? error.message : String(error)}`, true)
      return null
    }
    this.#decoder = decoder
    this.#config = packet.config
    return decoder
  }

  #output(decoder: VideoDecoder, frame: VideoFrame): void {
    const waited = this.#waiting.get(frame.timestamp)
    if (decoder !== this.#decoder || !waited) return frame.close()
    // Frames come in order: what was before and did not come will not.
    for (const timestamp of this.#waiting.keys()) if (timestamp <= frame.timestamp) this.#waiting.delete(timestamp)
    this.#failures = 0
    this.#target.frame(frame, waited.packet)
  }

  #swallows({ decodeQueueSize }: VideoDecoder): boolean {
    const [oldest] = this.#waiting.values()
    const long = decodeQueueSize === 0 && oldest !== undefined && wallNow() - oldest.at > SWALLOWED_MS
    return long || this.#waiting.size - decodeQueueSize > SWALLOWED_MAX
  }

  #broke(why: string, unsupported: boolean): void {
    this.close()
    if (unsupported || ++this.#failures >= FAILURES_MAX) {
      this.#failures = 0
      this.#target.failed(`The video decoder of this browser failed: ${why}`, unsupported)
    } else this.#ask()
  }

  #ask(): void {
    const wait = this.#askedAt + KEY_FRAME_EVERY_MS - wallNow()
    // Not forgotten: the page may rest from here on, and then nothing else would ask.
    if (wait > 0) return void (this.#askAgain ??= setTimeout(() => this.#askLater(), wait))
    this.#askedAt = wallNow()
    this.#target.keyFrame()
  }

  #askLater(): void {
    this.#askAgain = undefined
    if (this.#cut) this.#ask()
  }
}

function settingsOf({ codec, width, height, description }: VideoConfig): VideoDecoderConfig {
  return {
    codec,
    codedWidth: width,
    codedHeight: height,
    // Frames come out as soon as they are in: without this, decoders of several threads hold some back.
    optimizeForLatency: true,
    ...(description === undefined ? {} : { description: Uint8Array.from(atob(description), (character) => character.charCodeAt(0)) }),
  }
}
