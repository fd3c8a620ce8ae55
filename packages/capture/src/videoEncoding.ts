/**
 * Frames into packets: one WebCodecs encoder at a time, and another for each new codec or size. Says when it is busy,
 * so that frames are left out before they are encoded, and stamps each packet with the time of its frame. Knows frames
 * and the wire; which frames, which codec and when a key frame is for encoder.ts to say.
 */
import type { Quality } from '@tandem/protocol'
import { log, reasonOf } from './emit.ts'
import { bitrateFor, encoderConfig, sizeFor } from './encodeSettings.ts'
import type { Wire } from './wire.ts'

/** One frame in work and one that waits: a third would only be late. */
const MAX_QUEUED = 1
/** Silent for so long, an encoder is slow, or has left frames out itself: it is asked which. */
const SILENT_MS = 1_000

export interface EncodingTarget {
  /** A number for another configuration; packets carry its low 16 bits. */
  nextConfig(): number
  /** It may have room for another frame. */
  free(): void
  /** The encoder of this codec broke; `gave`: after it had given packets. */
  failed(mimeType: string, gave: boolean): void
}

interface Running {
  encoder: VideoEncoder
  mimeType: string
  width: number
  height: number
  bitrate: number
  /** Packets came of it. */
  gave: boolean
}

export class VideoEncoding {
  readonly #wire: Wire
  readonly #target: EncodingTarget
  #running: Running | null = null
  #keyFrameWanted = true
  #seq = 0
  #lastTimestamp = 0
  /** When each frame that is being encoded was handed over, by its timestamp. */
  readonly #begun = new Map<number, number>()
  #silence: ReturnType<typeof setTimeout> | undefined
  #count = { bytes: 0, encodeMs: new Array<number>() }

  constructor(wire: Wire, target: EncodingTarget) {
    this.#wire = wire
    this.#target = target
  }

  /** What is encoded at present; null before the first frame. */
  get running(): Pick<Running, 'mimeType' | 'width' | 'height'> | null {
    return this.#running
  }

  get busy(): boolean {
    // Counted here: `encodeQueueSize` leaves out the five frames that Chromium gives a slow encoder to work on at once.
    return this.#begun.size > MAX_QUEUED
  }

  /** The next frame becomes a key frame. */
  get keyFrameWanted(): boolean {
    return this.#keyFrameWanted
  }

  wantKeyFrame(): void {
    this.#keyFrameWanted = true
  }

  /** Bytes sent since the last call, and how long each frame of them took, ms. */
  take(): { bytes: number; encodeMs: number[] } {
    const count = this.#count
    this.#count = { bytes: 0, encodeMs: [] }
    return count
  }

  /** The frame stays the caller's. `timestamp`: µs on the monotonic clock. */
  encode(frame: VideoFrame, timestamp: number, mimeType: string, quality: Quality): void {
    try {
      const { encoder } = this.#prepare(frame, mimeType, quality)
      // Encoders want times that rise; those of two sources need not.
      this.#lastTimestamp = Math.max(Math.round(timestamp), this.#lastTimestamp + 1)
      const stamped = new VideoFrame(frame, { timestamp: this.#lastTimestamp })
      this.#begun.set(this.#lastTimestamp, performance.now())
      try {
        encoder.encode(stamped, { keyFrame: this.#keyFrameWanted })
      } finally {
        stamped.close()
      }
      this.#keyFrameWanted = false
      this.#awaitPacket(encoder)
    } catch (error) {
      log('error', `a frame could not be encoded: ${reasonOf(error)}`)
      this.#broke(mimeType)
    }
  }

  /** What is being encoded is dropped; the next frame begins anew. */
  stop(): void {
    const { encoder } = this.#running ?? {}
    this.#running = null
    this.#begun.clear()
    clearTimeout(this.#silence)
    if (encoder && encoder.state !== 'closed') encoder.close()
    this.#keyFrameWanted = true
  }

  /** The encoder for a frame like this, as quality and codec are wanted now. */
  #prepare(frame: VideoFrame, mimeType: string, quality: Quality): Running {
    const picture = { width: frame.displayWidth, height: frame.displayHeight }
    const size = sizeFor(picture, quality)
    const bitrate = bitrateFor(picture, quality)
    const before = this.#running
    if (before && before.mimeType === mimeType && before.width === size.width && before.height === size.height) {
      if (before.bitrate !== bitrate) {
        before.encoder.configure(encoderConfig(mimeType, size, bitrate))
        before.bitrate = bitrate
      }
      return before
    }
    this.stop()
    this.#running = { encoder: this.#open(mimeType), mimeType, ...size, bitrate, gave: false }
    this.#running.encoder.configure(encoderConfig(mimeType, size, bitrate))
    return this.#running
  }

  /** One encoder has one configuration: what it gives belongs to it without asking. */
  #open(mimeType: string): VideoEncoder {
    const config = this.#target.nextConfig() & 0xffff
    let told: VideoDecoderConfig | undefined
    const encoder = new VideoEncoder({
      output: (chunk, metadata) => {
        if (this.#running?.encoder !== encoder) return
        const { decoderConfig } = metadata ?? {}
        if (decoderConfig && !told) {
          told = decoderConfig
          this.#wire.configure({ kind: 'video', config, codec: decoderConfig.codec, width: this.#running.width, height: this.#running.height })
        }
        this.#send(chunk, config, this.#running)
      },
      error: (error) => {
        if (this.#running?.encoder !== encoder) return
        log('error', `the encoder for ${mimeType} failed: ${reasonOf(error)}`)
        this.#broke(mimeType)
      },
    })
    encoder.ondequeue = () => this.#target.free()
    return encoder
  }

  #broke(mimeType: string): void {
    const gave = this.#running?.gave ?? false
    this.stop()
    this.#target.failed(mimeType, gave)
  }

  /**
   * A frame that the encoder leaves out gives no packet, and one that it is slow with none yet. More frames for a slow
   * one would each come later than the last: only once a flush says that all are done are the missing ones given up.
   */
  #awaitPacket(encoder: VideoEncoder): void {
    clearTimeout(this.#silence)
    this.#silence = setTimeout(() => {
      const upTo = this.#lastTimestamp
      encoder.flush().then(
        () => {
          if (this.#running?.encoder === encoder) this.#done(upTo)
        },
        // Closed meanwhile, or broken, which it says itself.
        () => {},
      )
    }, SILENT_MS)
  }

  /** All frames up to this one have left the encoder. */
  #done(upTo: number): void {
    for (const timestamp of this.#begun.keys()) if (timestamp <= upTo) this.#begun.delete(timestamp)
    clearTimeout(this.#silence)
    this.#target.free()
  }

  #send(chunk: EncodedVideoChunk, config: number, running: Running): void {
    const { width, height } = running
    running.gave = true
    const begun = this.#begun.get(chunk.timestamp)
    this.#count.bytes += chunk.byteLength
    if (begun !== undefined) this.#count.encodeMs.push(performance.now() - begun)
    const keyFrame = chunk.type === 'key'
    this.#wire.send({ kind: 'video', keyFrame, config, seq: this.#seq++, capturedAt: chunk.timestamp / 1_000, durationUs: 0, width, height }, chunk)
    this.#done(chunk.timestamp)
  }
}
