/**
 * The shared encode: one stream of video packets for all viewers that have no peer, over WebCodecs. Frames that come
 * while the encoder is busy are left out before they are encoded, never after: what was encoded belongs to a group of
 * pictures. Must not know who receives the packets (wire.ts sends them, the server hands them on) nor who watches.
 */
import { SHARED_ENCODE, type EncodeOptions, type Quality, type StreamInfo } from '@tandem/protocol'
import { monotonicNow } from './clock.ts'
import { CodecChoice, type Choice } from './codec.ts'
import { log, reasonOf } from './emit.ts'
import { bitrateFor, encoderConfig, mimeTypesOf, sizeFor } from './encodeSettings.ts'
import { blackTrack, type FrameTrack } from './frameTrack.ts'
import type { Measured, Outlet } from './outlet.ts'
import { platform } from './platform.ts'
import { SoundEncoder } from './soundEncoder.ts'
import type { Source } from './tab.ts'
import type { Wire } from './wire.ts'

/** One frame in work and one that waits: a third would only be late. */
const MAX_QUEUED = 1
/** An encoder that leaves out more of a second's frames cannot keep up; a key frame alone costs a few. */
const MAX_DROPPED_SHARE = 0.25
/** A moving page brings its next frame within this time: it becomes the key frame that was asked for. */
const NEXT_FRAME_MS = 20
const CATCH_UP_MS = 50
/** A frame that the encoder has had for so long it has left out itself. */
const LOST_MS = 1_000
/** A source brings its present picture to whoever begins to read it, and now and then does not. */
const ASK_WAITS_MS = [150, 300, 600, 1_200, 2_400]

interface Running {
  encoder: VideoEncoder
  mimeType: string
  width: number
  height: number
  bitrate: number
}

export class SharedEncode implements Outlet {
  readonly id = SHARED_ENCODE
  readonly #wire: Wire
  readonly #onChange: () => void
  readonly #sound: SoundEncoder
  #options: EncodeOptions
  #codecs: string[]
  #quality: Quality
  #choice = new CodecChoice()
  #chosen: Choice | null = null
  #source: Source | null = null
  #black: FrameTrack | null = null
  #paused = false
  #closed = false
  #reader: ReadableStreamDefaultReader<VideoFrame> | null = null
  #running: Running | null = null
  /** The newest frame, kept for whoever comes while the page rests. */
  #last: VideoFrame | null = null
  /** It has not been encoded yet: the encoder was busy. */
  #lastWaits = false
  #keyWanted = true
  #keyTimer: ReturnType<typeof setTimeout> | undefined
  #catchUpTimer: ReturnType<typeof setTimeout> | undefined
  #config = 0
  #seq = 0
  #lastTimestamp = 0
  /** When each frame that is being encoded was handed over, by its timestamp. */
  readonly #begun = new Map<number, number>()
  #dropped = 0
  #info: StreamInfo['shared'] = null
  #count = { since: performance.now(), captured: 0, bytes: 0, encodeMs: new Array<number>(), dropped: 0 }

  /** `onChange`: whether it watches may have changed. Throws when the viewers can decode nothing that we encode. */
  constructor(options: EncodeOptions, wire: Wire, onChange: () => void) {
    this.#wire = wire
    this.#onChange = onChange
    this.#options = options
    this.#codecs = ours(options)
    this.#quality = options.quality
    this.#sound = new SoundEncoder(wire, () => ++this.#config)
  }

  /** As StreamInfo tells it; null before it was measured. */
  get info(): StreamInfo['shared'] {
    return this.#info
  }

  get watching(): boolean {
    return !this.#closed && !this.#paused && this.#black === null
  }

  /** Other viewers, other codecs, another quality: the next packet is a key frame. */
  change(options: EncodeOptions): void {
    this.#codecs = ours(options)
    this.#options = options
    this.#quality = options.quality
    this.#chosen = null
    this.#feedSound()
    this.keyFrame()
  }

  setSource(source: Source | null): void {
    this.#source = source
    this.#feed()
  }

  pause(paused: boolean): void {
    if (this.#paused === paused) return
    this.#paused = paused
    this.#feed()
    this.#onChange()
  }

  blank(blank: boolean): void {
    if ((this.#black !== null) === blank) return
    this.#black?.close()
    const { width = 1280, height = 720, scale = 1 } = this.#source?.target ?? {}
    this.#black = blank ? blackTrack(Math.round(width * scale), Math.round(height * scale)) : null
    this.#feed()
    this.#onChange()
  }

  setQuality(quality: Quality): void {
    this.#quality = quality
    this.#encodeSoon()
  }

  /** The next packet is a key frame; a page at rest is encoded once more for it. */
  keyFrame(): void {
    this.#keyWanted = true
    this.#encodeSoon()
  }

  async measure(): Promise<Measured | null> {
    const { since, captured, bytes, encodeMs, dropped } = this.#count
    const frames = encodeMs.length
    const now = performance.now()
    const seconds = (now - since) / 1_000
    this.#count = { since: now, captured: 0, bytes: 0, encodeMs: new Array<number>(), dropped: 0 }
    const running = this.#running
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
    this.#chosen = this.#choice.decide(sending)
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

  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#black?.close()
    this.#feed()
    this.#onChange()
  }

  /** Another source or none: what was captured before must not be seen again. */
  #feed(): void {
    void this.#reader?.cancel()
    this.#reader = null
    clearTimeout(this.#keyTimer)
    clearTimeout(this.#catchUpTimer)
    this.#keep(null)
    this.#stop()
    this.#feedSound()
    const track = this.#closed || this.#paused ? null : (this.#black?.track ?? this.#source?.video ?? null)
    if (!track) return
    const reader = new platform.MediaStreamTrackProcessor<VideoFrame>({ track, maxBufferSize: 1 }).readable.getReader()
    this.#reader = reader
    void this.#read(reader)
    void this.#ask(reader)
  }

  async #ask(reader: ReadableStreamDefaultReader<VideoFrame>): Promise<void> {
    for (const wait of ASK_WAITS_MS) {
      await new Promise((resolve) => setTimeout(resolve, wait))
      if (reader !== this.#reader || this.#last) return
      if (this.#black) this.#black.refresh()
      else this.#source?.refresh()
    }
  }

  #feedSound(): void {
    const wanted = this.#options.audio && this.watching
    this.#sound.listen(wanted ? (this.#source?.audio ?? null) : null)
  }

  async #read(reader: ReadableStreamDefaultReader<VideoFrame>): Promise<void> {
    for (;;) {
      const { value: frame, done } = await reader.read()
      if (done) return
      if (reader !== this.#reader) return frame.close()
      this.#count.captured++
      this.#keep(frame)
      if (this.#wire.full) this.#keyWanted = true
      if (this.#busy) {
        // Encoded as soon as the encoder is free, unless a newer one has come by then: the last of a movement always is.
        if (this.#lastWaits) this.#count.dropped++
        this.#lastWaits = true
        this.#catchUpLater()
      } else this.#encode(frame, frame.timestamp)
    }
  }

  get #busy(): boolean {
    // Counted here: `encodeQueueSize` leaves out the five frames that Chromium gives a slow encoder to work on at once.
    const [oldest = -Infinity] = this.#begun.values()
    return this.#wire.full || (this.#begun.size > MAX_QUEUED && performance.now() - oldest < LOST_MS)
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
    try {
      const { encoder } = this.#prepare(frame)
      // Encoders want times that rise; those of two sources need not.
      this.#lastTimestamp = Math.max(Math.round(timestamp), this.#lastTimestamp + 1)
      const stamped = new VideoFrame(frame, { timestamp: this.#lastTimestamp })
      this.#begun.set(this.#lastTimestamp, performance.now())
      encoder.encode(stamped, { keyFrame: this.#keyWanted })
      stamped.close()
      if (this.#keyWanted) clearTimeout(this.#keyTimer)
      this.#keyWanted = false
    } catch (error) {
      log('error', `a frame could not be encoded: ${reasonOf(error)}`)
      this.#stop()
    }
  }

  /** The encoder for a frame like this, as quality and codec are wanted now. */
  #prepare(frame: VideoFrame): Running {
    const picture = { width: frame.displayWidth, height: frame.displayHeight }
    const size = sizeFor(picture, this.#quality)
    const bitrate = bitrateFor(picture, this.#quality)
    const mimeType = this.#chosen?.codec ?? this.#preferred
    const before = this.#running
    if (before && before.mimeType === mimeType && before.width === size.width && before.height === size.height) {
      if (before.bitrate !== bitrate) {
        before.encoder.configure(encoderConfig(mimeType, size, bitrate))
        before.bitrate = bitrate
      }
      return before
    }
    this.#stop()
    this.#running = { encoder: this.#open(mimeType), mimeType, ...size, bitrate }
    this.#running.encoder.configure(encoderConfig(mimeType, size, bitrate))
    this.#keyWanted = true
    return this.#running
  }

  /** Before anything was measured: as for a page of text. */
  get #preferred(): string {
    const codec = ['video/AV1', 'video/VP8'].find((type) => this.#codecs.includes(type))
    return codec ?? 'video/VP8'
  }

  /** One encoder has one configuration: what it gives belongs to it without asking. */
  #open(mimeType: string): VideoEncoder {
    const config = ++this.#config & 0xffff
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
        this.#running = null
        this.#codecs = this.#codecs.filter((codec) => codec !== mimeType)
        this.#chosen = null
        this.keyFrame()
      },
    })
    encoder.ondequeue = () => this.#catchUp()
    return encoder
  }

  #send(chunk: EncodedVideoChunk, config: number, { width, height }: Running): void {
    const begun = this.#begun.get(chunk.timestamp)
    for (const timestamp of this.#begun.keys()) if (timestamp <= chunk.timestamp) this.#begun.delete(timestamp)
    this.#count.bytes += chunk.byteLength
    if (begun !== undefined) this.#count.encodeMs.push(performance.now() - begun)
    const keyFrame = chunk.type === 'key'
    this.#wire.send({ kind: 'video', keyFrame, config, seq: this.#seq++, capturedAt: chunk.timestamp / 1_000, durationUs: 0, width, height }, chunk)
    this.#catchUp()
  }

  #stop(): void {
    const { encoder } = this.#running ?? {}
    this.#running = null
    this.#begun.clear()
    if (encoder && encoder.state !== 'closed') encoder.close()
    this.#keyWanted = true
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
