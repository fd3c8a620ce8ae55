/**
 * Feeds one RTCRtpSender with the picture: tracks without renegotiation, what a quality may take, the picture of a page
 * at rest for whoever has none. What peers and the room have in common; knows nothing of connections and signalling.
 */
import type { Quality } from '@tandem/protocol'
import { askWaits } from './askWaits.ts'
import type { CodecChoice } from './codec.ts'
import { log, reasonOf } from './emit.ts'
import { bitrateFor, sizeFor } from './encodeSettings.ts'
import type { Measured } from './outlet.ts'
import { PeerMeter } from './peerMeter.ts'
import type { EncodingParameters } from './platform.ts'

/** `auto`: the bandwidth estimate finds what the network gives. */
const MAX_VIDEO_BPS = 12_000_000
/** The first is longer than Chromium keeps statistics for (50 ms): older ones would count frames of the track before. */
const REFRESH_WAITS_MS = [60, 80, 160, 320, 640, 1_280, 2_560] as const

interface Size {
  width: number
  height: number
}

export interface VideoSenderParts {
  sender: RTCRtpSender
  /** For the log. */
  id: string
  /** Its frames get out at the moment. */
  live(): boolean
  /** Has the track give its present picture once more. */
  refresh(): void
  choice?: CodecChoice
}

export class VideoSender {
  readonly #parts: VideoSenderParts
  readonly #sender: RTCRtpSender
  readonly #meter: PeerMeter
  #fed: MediaStreamTrack | null = null
  #closed = false
  /** setParameters fails when two run at once. */
  #queue: Promise<void> = Promise.resolve()
  /** Of several that ask for the picture the latest goes on. */
  #asking = 0
  #keyFrames = 0
  /** Key frames that had been asked for when the last one was sent. */
  #answered = 0

  constructor(parts: VideoSenderParts) {
    this.#parts = parts
    this.#sender = parts.sender
    this.#meter = new PeerMeter(parts.sender, parts.choice)
  }

  /** Sends this from now on; null: nothing. A page that rests sends its picture once: it is asked for again. */
  feed(track: MediaStreamTrack | null, size: Size, quality: Quality): void {
    this.#fed = track
    this.#sender
      .replaceTrack(track)
      .then(() => this.resend())
      .catch((error: unknown) => this.#warn(error))
    this.tune(size, quality)
  }

  /** What it may take now; no renegotiation. */
  tune(size: Size, quality: Quality): void {
    const scaleResolutionDownBy = Math.max(1, size.width / sizeFor(size, quality).width)
    this.#parameters((parameters) => {
      for (const encoding of parameters.encodings as EncodingParameters[]) {
        Object.assign(encoding, { active: this.#fed !== null, maxBitrate: maxBpsOf(quality), scaleResolutionDownBy })
        // Where a mode was given at all, one layer is what we want: more cost time in the encoder, and nobody takes them.
        if (encoding.scalabilityMode !== undefined) encoding.scalabilityMode = 'L1T1'
      }
      // A page that is typed into must move at once; sharpness comes back in the next frames.
      Object.assign(parameters, { degradationPreference: 'maintain-framerate' })
    })
  }

  /** Switches without renegotiation; ignored when the other side does not have it. */
  setCodec(mimeType: string): void {
    this.#parameters((parameters) => {
      const codec = parameters.codecs.find((candidate) => candidate.mimeType === mimeType)
      for (const encoding of parameters.encodings as EncodingParameters[]) if (codec) encoding.codec = codec
    })
  }

  /** One round of measuring; `codecs`: those to choose from. */
  measure(codecs: string[], quality: Quality): Promise<Measured | null> {
    return this.#meter.measure(codecs, maxBpsOf(quality))
  }

  /**
   * Asks the source for its present picture until one went out. A single request can be lost: the frame comes while
   * the track is being replaced, or carries a time that the encoder has passed already, or has no bits for.
   */
  async resend(): Promise<void> {
    const asking = ++this.#asking
    let before: number | null = null
    for (const wait of askWaits(REFRESH_WAITS_MS)) {
      if (asking !== this.#asking || !this.#fed || this.#closed || !this.#parts.live()) return
      this.#parts.refresh()
      await new Promise((resolve) => setTimeout(resolve, wait))
      const encoded = await this.#framesEncoded()
      if (before !== null && encoded !== null && encoded > before) return
      before ??= encoded
    }
  }

  /** Somebody asked for a key frame since the last one: a page at rest gives the frame that becomes it. */
  async answerKeyFrameRequests(): Promise<void> {
    if (!this.#fed || this.#closed || !this.#parts.live()) return
    const outbound = await this.#outbound()
    if (!outbound) return
    const { keyFramesEncoded = 0, pliCount = 0, firCount = 0 } = outbound
    const asked = pliCount + firCount
    if (keyFramesEncoded > this.#keyFrames) {
      this.#keyFrames = keyFramesEncoded
      this.#answered = asked
    } else if (asked > this.#answered) this.#parts.refresh()
  }

  /** Key frames encoded so far. */
  async keyFrames(): Promise<number> {
    return (await this.#outbound())?.keyFramesEncoded ?? 0
  }

  close(): void {
    this.#closed = true
    this.#fed = null
  }

  /**
   * Frames encoded so far, once the present track has given one; null before. The number is of all tracks together: only
   * one that grows after that says that a frame of this track went out.
   */
  async #framesEncoded(): Promise<number | null> {
    if (this.#closed) return null
    const reports = [...(await this.#sender.getStats()).values()]
    const source = reports.find(({ type }) => type === 'media-source')
    if (!source || source.trackIdentifier !== this.#sender.track?.id || !source.frames) return null
    return reports.find(({ type }) => type === 'outbound-rtp')?.framesEncoded ?? 0
  }

  async #outbound(): Promise<{ keyFramesEncoded?: number; pliCount?: number; firCount?: number } | undefined> {
    return [...(await this.#sender.getStats()).values()].find(({ type }) => type === 'outbound-rtp')
  }

  #parameters(change: (parameters: RTCRtpSendParameters) => void): void {
    this.#queue = this.#queue.then(async () => {
      if (this.#closed) return
      const parameters = this.#sender.getParameters()
      change(parameters)
      await this.#sender.setParameters(parameters).catch((error: unknown) => this.#warn(error))
    })
  }

  #warn(error: unknown): void {
    if (!this.#closed) log('warn', `${this.#parts.id}: ${reasonOf(error)}`)
  }
}

export function maxBpsOf(quality: Quality): number {
  // The bitrate of a quality is of the quality alone.
  return quality === 'auto' ? MAX_VIDEO_BPS : bitrateFor({ width: 1, height: 1 }, quality)
}
