/**
 * Which codec suits what the page shows: AV1 for text (a tenth of the bits, sharp at once), VP8 for motion (an encoder
 * that keeps up with a full screen at 60 fps). Pure: measurements in, a choice out; main.ts measures and switches.
 */

/** One second of sending to one viewer. */
export interface Sending {
  /** Codecs that both sides have. */
  codecs: readonly string[]
  codec: string | null
  /** Those included that a slow encoder left out, where they are counted. */
  fps: number
  encodeMs: number
  /** Mean size of a frame. */
  bytesPerFrame: number
  /** Pixels of a frame. */
  pixels: number
  /** As limitation.ts says. */
  limitation: string
}

export interface Choice {
  codec: string
  reason: 'text' | 'motion' | 'viewer'
}

const TEXT = ['video/AV1', 'video/VP8', 'video/H264', 'video/VP9']
const MOTION = ['video/VP8', 'video/H264', 'video/AV1', 'video/VP9']
/** Of the frame's interval: beyond it AV1 frames begin to queue while the page draws the next. */
const MAX_ENCODE_SHARE = 0.6
/** Bits for each pixel of a frame, as measured: lines of text that change at 60 fps 0.004 in AV1 and 0.03 in VP8; a moving picture 0.08 and more in both. */
const MOTION_BITS_PER_PIXEL = 0.06
const TEXT_BITS_PER_PIXEL = 0.045
/** Motion is left quickly (frames are late meanwhile), text is returned to slowly. */
const MOTION_AFTER = 2
const TEXT_AFTER = 5
/** A narrow network: AV1 needs half the bits, and VP8 would drop most frames until the estimate has come up again. */
const NARROW_AFTER = 2
/**
 * Seconds for which AV1 is then kept, each time longer while the network stays narrow. Not for ever: the estimate grows
 * by 40 kbit/s a second under an encoder that uses all of it, and in a second or two to all there is under one that leaves room.
 */
const NARROW_HOLDS = [6, 12, 20]
/** Seconds without a limit after which the network counts as wide again. */
const WIDE_AFTER = 10
/** AV1 that takes longer than this for a frame is worse than few bits. */
const NARROW_MAX_ENCODE_MS = 40
const MIN_FPS = 5

export class CodecChoice {
  #content: 'text' | 'motion' = 'text'
  #votes = 0
  #narrowFor = 0
  #wideFor = 0
  #hold = 0
  #holds = 0

  get content(): 'text' | 'motion' {
    return this.#content
  }

  /** Called once a second; the answer may be what is used already. Null: the viewer has none of ours. */
  decide(sending: Sending): Choice | null {
    this.#weighNetwork(sending)
    if (this.#hold > 0) {
      this.#content = 'text'
      this.#votes = 0
    } else if (sending.fps >= MIN_FPS) this.#weigh(sending)
    else if (this.#content === 'motion') this.#vote(TEXT_AFTER, 'text')
    const wanted = this.#content === 'text' ? TEXT : MOTION
    const codec = wanted.find((candidate) => sending.codecs.includes(candidate))
    if (codec === undefined) return null
    return { codec, reason: codec === wanted[0] ? this.#content : 'viewer' }
  }

  #weighNetwork({ codec, limitation, encodeMs }: Sending): void {
    const narrow = limitation === 'bandwidth'
    this.#narrowFor = narrow ? this.#narrowFor + 1 : 0
    this.#wideFor = narrow ? 0 : this.#wideFor + 1
    if (this.#wideFor >= WIDE_AFTER) this.#holds = 0
    if (codec === 'video/AV1' && encodeMs > NARROW_MAX_ENCODE_MS) this.#hold = 0
    else if (this.#hold > 0) this.#hold--
    else if (this.#content === 'motion' && this.#narrowFor >= NARROW_AFTER) this.#hold = NARROW_HOLDS[Math.min(this.#holds++, NARROW_HOLDS.length - 1)] ?? 0
  }

  #weigh({ codec, encodeMs, fps, bytesPerFrame, pixels, limitation }: Sending): void {
    const bitsPerPixel = (bytesPerFrame * 8) / Math.max(1, pixels)
    const slow = codec === 'video/AV1' && (encodeMs > (MAX_ENCODE_SHARE * 1_000) / Math.max(fps, 30) || limitation === 'cpu')
    // An encoder that gave nothing this second says nothing of what the page shows.
    if (this.#content === 'motion' && bytesPerFrame === 0) return
    if (this.#content === 'text' && (slow || bitsPerPixel > MOTION_BITS_PER_PIXEL)) this.#vote(MOTION_AFTER, 'motion')
    else if (this.#content === 'motion' && bitsPerPixel < TEXT_BITS_PER_PIXEL) this.#vote(TEXT_AFTER, 'text')
    else this.#votes = 0
  }

  #vote(needed: number, content: 'text' | 'motion'): void {
    if (++this.#votes < needed) return
    this.#content = content
    this.#votes = 0
  }
}
