/**
 * The raw outlet: the picture as I420, what changed of it, and the sound as samples, for a process that encodes them
 * itself. Owns the worker that compares frames (rawWorker.ts); wire.ts takes patches out. Not for viewers.
 */
import { RAW_OUTLET, writeRawSound, type Quality, type RawOptions } from '@tandem/protocol'
import { askWaits } from './askWaits.ts'
import { monotonicNow } from './clock.ts'
import { log } from './emit.ts'
import { FedOutlet } from './fedOutlet.ts'
import type { Measured } from './outlet.ts'
import { platform } from './platform.ts'
import type { RawWorkerReply, RawWorkerRequest } from './rawWorker.ts'
import type { Wire } from './wire.ts'

/** Beside capture.js (build.ts). */
const WORKER = 'rawWorker.js'
/** A source brings its present picture to whoever begins to read it, and now and then does not. */
const ASK_WAITS_MS = [150, 300, 600, 1_200, 2_400] as const
/** Far below anything audible: -80 dB. */
const SILENCE_AMPLITUDE = 1e-4
/** Pauses of music and speech are sent; silence is what lasts longer. */
const HANGOVER_US = 500_000

export class RawFrames extends FedOutlet {
  readonly id = RAW_OUTLET
  readonly #wire: Wire
  #options: RawOptions
  readonly #worker = new Worker(WORKER, { type: 'module' })
  #sound: ReadableStreamDefaultReader<AudioData> | null = null
  #fed: MediaStreamTrack | null = null
  #heard: MediaStreamTrack | null = null
  #asking = 0
  #anyPatch = false
  #loudAt = -Infinity

  /** `onChange`: whether it watches may have changed. */
  constructor(options: RawOptions, wire: Wire, onChange: () => void) {
    super(onChange)
    this.#wire = wire
    this.#options = options
    this.#worker.onmessage = ({ data }: MessageEvent<RawWorkerReply>) => this.#take(data)
    this.#worker.onerror = ({ message }) => log('error', `the worker of raw frames failed: ${message}`)
  }

  /** Other wishes, from a reader that has nothing yet: the next patch is a whole picture. */
  change(options: RawOptions): void {
    this.#options = options
    this.#fed = null
    this.#post({ type: 'whole' })
    this.feed()
  }

  setQuality(_quality: Quality): void {
    // Raw is raw.
  }

  async measure(): Promise<Measured | null> {
    return null
  }

  async soundEnergy(): Promise<number | null> {
    return null
  }

  protected feed(): void {
    this.#listen(this.#options.audio ? this.audio : null)
    const track = this.video
    if (track === this.#fed) return
    this.#fed = track
    if (!track) return this.#post({ type: 'feed', frames: null, fps: this.#options.fps })
    const frames = new platform.MediaStreamTrackProcessor<VideoFrame>({ track, maxBufferSize: 1 }).readable
    this.#post({ type: 'feed', frames, fps: this.#options.fps }, [frames])
    this.#anyPatch = false
    void this.#ask(++this.#asking)
  }

  protected end(): void {
    this.feed()
    this.#worker.terminate()
  }

  async #ask(asking: number): Promise<void> {
    for (const wait of askWaits(ASK_WAITS_MS)) {
      await new Promise((resolve) => setTimeout(resolve, wait))
      if (asking !== this.#asking || this.#anyPatch || this.#fed === null) return
      this.refresh()
    }
  }

  #post(request: RawWorkerRequest, transfer: Transferable[] = []): void {
    this.#worker.postMessage(request, transfer)
  }

  #take(reply: RawWorkerReply): void {
    if (reply.type === 'failed') return log('warn', `a frame could not be read: ${reply.reason}`)
    this.#anyPatch = true
    const { buffer, length } = reply
    this.#wire.sendRaw(new Uint8Array(buffer, 0, length), () => this.#post({ type: 'arrived', buffer }, [buffer]))
  }

  #listen(track: MediaStreamTrack | null): void {
    if (track === this.#heard) return
    this.#heard = track
    void this.#sound?.cancel()
    this.#sound = null
    this.#loudAt = -Infinity
    if (!track) return
    const reader = new platform.MediaStreamTrackProcessor<AudioData>({ track }).readable.getReader()
    this.#sound = reader
    void this.#readSound(reader)
  }

  async #readSound(reader: ReadableStreamDefaultReader<AudioData>): Promise<void> {
    for (;;) {
      const { value: data, done } = await reader.read()
      if (done) return
      if (reader === this.#sound) this.#hear(data)
      data.close()
      if (reader !== this.#sound) return
    }
  }

  /** 10 ms of sound at a time, as Chromium gives it. Its timestamps begin with the stream, on no clock of ours. */
  #hear(data: AudioData): void {
    const { numberOfChannels: channels, numberOfFrames: frames, sampleRate, timestamp } = data
    const samples = new Int16Array(frames * channels)
    data.copyTo(samples, { planeIndex: 0, format: 's16' })
    const threshold = SILENCE_AMPLITUDE * 32_768
    if (samples.some((sample) => Math.abs(sample) > threshold)) this.#loudAt = timestamp
    if (timestamp - this.#loudAt > HANGOVER_US) return
    this.#wire.sendRaw(writeRawSound({ channels, sampleRate, at: monotonicNow() - data.duration / 1_000, samples }))
  }
}
