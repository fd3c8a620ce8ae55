/**
 * The shared encode: one stream of video packets for all viewers that have no peer. Frames that come while the encoder
 * is busy are left out before they are encoded, never after: what was encoded belongs to a group of pictures. Owns
 * which frames are encoded and with which codec; videoEncoding.ts encodes. Must not know who receives the packets
 * (wire.ts sends them, the server hands them on) nor who watches.
 */
import { SHARED_ENCODE, type EncodeOptions, type Quality, type StreamInfo } from '@tandem/protocol'
import { askWaits } from './askWaits.ts'
import { monotonicNow } from './clock.ts'
import { CodecChoice, type Choice } from './codec.ts'
import { mimeTypesOf } from './encodeSettings.ts'
import { emit, log } from './emit.ts'
import { FedOutlet } from './fedOutlet.ts'
import type { Measured } from './outlet.ts'
import { platform } from './platform.ts'
import { SoundEncoder } from './soundEncoder.ts'
import { VideoEncoding } from './videoEncoding.ts'
import type { Wire } from './wire.ts'

/** An encoder that leaves out more of a second's frames cannot keep up; a key frame alone costs a few. */
const MAX_DROPPED_SHARE = 0.25
/** A moving page brings its next frame within this time: it becomes the key frame that was asked for. */
const NEXT_FRAME_MS = 20
const CATCH_UP_MS = 50
/** How long the last codec that is left rests each time it failed before it gave anything; then it is over. */
const REST_MS = [200, 800, 3_200]
const FAILED = 'the video encoder fails again and again'
/** A source brings its present picture to whoever begins to read it, and now and then does not. */
const ASK_WAITS_MS = [150, 300, 600, 1_200, 2_400] as const

export class SharedEncode extends FedOutlet {
  readonly id = SHARED_ENCODE
  readonly #wire: Wire
  readonly #encoding: VideoEncoding
  readonly #sound: SoundEncoder
  #options: EncodeOptions
  #codecs: string[]
  #quality: Quality
  #choice = new CodecChoice()
  #chosen: Choice | null = null
  #reader: ReadableStreamDefaultReader<VideoFrame> | null = null
  /** The newest frame, kept for whoever comes while the page rests. */
  #last: VideoFrame | null = null
  /** It has not been encoded yet: the encoder was busy. */
  #lastWaits = false
  #keyTimer: ReturnType<typeof setTimeout> | undefined
  #catchUpTimer: ReturnType<typeof setTimeout> | undefined
  /** How often in a row the last codec failed at once, and until when it rests. */
  #failures = 0
  #restsUntil = 0
  #config = 0
  #dropped = 0
  #info: StreamInfo['shared'] = null
  #count = { since: performance.now(), captured: 0, dropped: 0 }

  /** `onChange`: whether it watches may have changed. Throws when the viewers can decode nothing that we encode. */
  constructor(options: EncodeOptions, wire: Wire, onChange: () => void) {
    super(onChange)
    this.#wire = wire
    this.#options = options
    this.#codecs = ours(options)
    this.#quality = options.quality
    const nextConfig = (): number => ++this.#config
    this.#sound = new SoundEncoder(wire, nextConfig)
    this.#encoding = new VideoEncoding(wire, { nextConfig, free: () => this.#catchUp(), failed: (...why) => this.#failed(...why) })
  }

  /** As StreamInfo tells it; null before it was measured. */
  get info(): StreamInfo['shared'] {
    return this.#info
  }

  /** Other viewers, other codecs, another quality: the next packet is a key frame. Throws once the encoder has failed for good. */
  change(options: EncodeOptions): void {
    if (this.closed) throw new Error(FAILED)
    this.#codecs = ours(options)
    this.#options = options
    this.#quality = options.quality
    if (this.#chosen && !this.#codecs.includes(this.#chosen.codec)) this.#chosen = null
    this.#feedSound()
    this.keyFrame()
  }

  setQuality(quality: Quality): void {
    this.#quality = quality
    this.#encodeSoon()
  }

  /** The next packet is a key frame; a page at rest is encoded once more for it. */
  keyFrame(): void {
    this.#encoding.wantKeyFrame()
    this.#encodeSoon()
  }

  async measure(): Promise<Measured | null> {
    const { since, captured, dropped } = this.#count
    const { bytes, encodeMs } = this.#encoding.take()
    const frames = encodeMs.length
    const now = performance.now()
    const seconds = (now - since) / 1_000
    this.#count = { since: now, captured: 0, dropped: 0 }
    const { running } = this.#encoding
    if (!running || seconds <= 0) return null
    const sending = {
      codecs: this.#codecs,
      codec: running.mimeType,
      fps: frames / seconds,
      encodeMs: median(encodeMs),
      bytesPerFrame: frames > 0 ? bytes / frames : 0,
      pixels: running.width * running.height,
      limitation: dropped > frames * MAX_DROPPED_SHARE ? 'cpu' : 'none',
    }
    // A page that moves, though the encoder leaves out most of it, does not rest.
    this.#chosen = this.#choice.decide({ ...sending, fps: (frames + dropped) / seconds })
    this.#info = {
      codec: running.mimeType,
      width: running.width,
      height: running.height,
      fps: Math.round(sending.fps),
      encodeMs: Math.round(sending.encodeMs * 2) / 2,
      kbps: Math.round((bytes * 8) / seconds / 1_000),
      framesDropped: (this.#dropped += dropped),
    }
    return { sending, choice: this.#chosen, captureFps: captured / seconds }
  }

  async soundEnergy(): Promise<number | null> {
    return this.#options.audio ? this.#sound.energy : null
  }

  /** Another source or none: what was captured before must not be seen again. */
  protected feed(): void {
    void this.#reader?.cancel()
    this.#reader = null
    clearTimeout(this.#keyTimer)
    clearTimeout(this.#catchUpTimer)
    this.#keep(null)
    this.#encoding.stop()
    this.#feedSound()
    const track = this.video
    if (!track) return
    const reader = new platform.MediaStreamTrackProcessor<VideoFrame>({ track, maxBufferSize: 1 }).readable.getReader()
    this.#reader = reader
    void this.#read(reader)
    void this.#ask(reader)
  }

  protected end(): void {
    this.feed()
  }

  async #ask(reader: ReadableStreamDefaultReader<VideoFrame>): Promise<void> {
    for (const wait of askWaits(ASK_WAITS_MS)) {
      await new Promise((resolve) => setTimeout(resolve, wait))
      if (reader !== this.#reader || this.#last) return
      this.refresh()
    }
  }

  #feedSound(): void {
    this.#sound.listen(this.#options.audio ? this.audio : null)
  }

  async #read(reader: ReadableStreamDefaultReader<VideoFrame>): Promise<void> {
    for (;;) {
      const { value: frame, done } = await reader.read()
      if (done) return
      if (reader !== this.#reader) return frame.close()
      this.#count.captured++
      this.#keep(frame)
      if (this.#wire.full) this.#encoding.wantKeyFrame()
      if (this.#busy) {
        // Encoded as soon as the encoder is free, unless a newer one has come by then: the last of a movement always is.
        if (this.#lastWaits) this.#count.dropped++
        this.#lastWaits = true
        this.#catchUpLater()
      } else this.#encode(frame, frame.timestamp)
    }
  }

  get #busy(): boolean {
    return this.#wire.full || this.#encoding.busy || performance.now() < this.#restsUntil
  }

  #keep(frame: VideoFrame | null): void {
    this.#last?.close()
    this.#last = frame
    if (!frame) this.#lastWaits = false
  }

  #catchUp(): void {
    if (this.#lastWaits && this.#last && !this.#busy) this.#encode(this.#last, this.#last.timestamp)
  }

  /** The encoder says when it is free; the wire does not. */
  #catchUpLater(): void {
    clearTimeout(this.#catchUpTimer)
    this.#catchUpTimer = setTimeout(() => {
      this.#catchUp()
      if (this.#lastWaits) this.#catchUpLater()
    }, CATCH_UP_MS)
  }

  #encodeSoon(): void {
    clearTimeout(this.#keyTimer)
    this.#keyTimer = setTimeout(() => this.#again(), NEXT_FRAME_MS)
  }

  /** The page's present picture once more, where no newer one has come. */
  #again(): void {
    if (!this.#last || this.#lastWaits) return
    if (!this.#busy) return this.#encode(this.#last, monotonicNow() * 1_000)
    this.#lastWaits = true
    this.#catchUpLater()
  }

  #encode(frame: VideoFrame, timestamp: number): void {
    this.#lastWaits = false
    const wasWanted = this.#encoding.keyFrameWanted
    this.#encoding.encode(frame, timestamp, this.#chosen?.codec ?? this.#preferred, this.#quality)
    if (wasWanted && !this.#encoding.keyFrameWanted) clearTimeout(this.#keyTimer)
  }

  /** Before anything was measured: as for a page of text. */
  get #preferred(): string {
    const codec = ['video/AV1', 'video/VP8'].find((type) => this.#codecs.includes(type))
    return codec ?? 'video/VP8'
  }

  /** It goes on with another codec; the last one is tried again, later each time, and then it is said that there is none. */
  #failed(mimeType: string, gave: boolean): void {
    const others = this.#codecs.filter((codec) => codec !== mimeType)
    this.#chosen = null
    if (others.length > 0) this.#codecs = others
    else {
      if (gave) this.#failures = 0
      const rest = REST_MS[this.#failures++]
      if (rest === undefined) return this.#giveUp()
      this.#restsUntil = performance.now() + rest
    }
    this.keyFrame()
  }

  #giveUp(): void {
    log('error', FAILED)
    this.close()
    emit({ type: 'peer', peerId: this.id, state: 'failed' })
  }
}

function ours({ codecs }: EncodeOptions): string[] {
  const known = mimeTypesOf(codecs)
  if (known.length === 0) throw new Error('the viewers can decode none of our codecs')
  return known
}

/** Of a second with a key frame in it the mean says little. */
function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0
}
