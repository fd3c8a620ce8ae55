/**
 * The sound of the shared encode: Opus over WebCodecs, while it is wanted and something is heard. A captured tab always
 * has a sound track, mostly a silent one, and silence costs nothing here. Used by encoder.ts; wire.ts sends.
 */
import { monotonicNow } from './clock.ts'
import { log, reasonOf } from './emit.ts'
import { platform } from './platform.ts'
import type { Wire } from './wire.ts'

const BITRATE = 96_000
/** Far below anything audible: -80 dB. */
const SILENCE_AMPLITUDE = 1e-4
/** Pauses of music and speech are sent; silence is what lasts longer. */
const HANGOVER_US = 500_000

export class SoundEncoder {
  readonly #wire: Wire
  readonly #nextConfig: () => number
  #track: MediaStreamTrack | null = null
  #reader: ReadableStreamDefaultReader<AudioData> | null = null
  #encoder: AudioEncoder | null = null
  #loudAt = -Infinity
  #energy = 0
  /** When the newest sound was here, in ms of the monotonic clock: timestamps of sound begin with its stream, on no clock of ours. */
  #takenAt = 0
  #seq = 0

  constructor(wire: Wire, nextConfig: () => number) {
    this.#wire = wire
    this.#nextConfig = nextConfig
  }

  /** Of all that was heard so far, as WebRTC's `totalAudioEnergy` counts it. */
  get energy(): number {
    return this.#energy
  }

  /** What is listened to from now on; null: nothing. */
  listen(track: MediaStreamTrack | null): void {
    if (track === this.#track) return
    this.#track = track
    void this.#reader?.cancel()
    this.#reader = null
    this.#stop()
    if (!track) return
    const reader = new platform.MediaStreamTrackProcessor<AudioData>({ track }).readable.getReader()
    this.#reader = reader
    void this.#read(reader)
  }

  async #read(reader: ReadableStreamDefaultReader<AudioData>): Promise<void> {
    for (;;) {
      const { value: data, done } = await reader.read()
      if (done) return
      if (reader === this.#reader) this.#take(data)
      data.close()
      if (reader !== this.#reader) return
    }
  }

  #take(data: AudioData): void {
    this.#takenAt = monotonicNow()
    const loudness = meanSquare(data)
    this.#energy += loudness * (data.numberOfFrames / data.sampleRate)
    if (loudness > SILENCE_AMPLITUDE ** 2) this.#loudAt = data.timestamp
    if (data.timestamp - this.#loudAt > HANGOVER_US || this.#wire.full) return
    try {
      this.#encoder ??= this.#open(data.sampleRate, data.numberOfChannels)
      this.#encoder.encode(data)
    } catch (error) {
      log('error', `the sound could not be encoded: ${reasonOf(error)}`)
      this.#stop()
    }
  }

  #open(sampleRate: number, channels: number): AudioEncoder {
    const config = this.#nextConfig() & 0xffff
    const encoder: AudioEncoder = new AudioEncoder({
      output: (chunk, metadata) => {
        if (this.#encoder !== encoder) return
        // The codec's own header is not needed: packets of mono or stereo Opus say all there is.
        if (metadata?.decoderConfig) this.#wire.configure({ kind: 'audio', config, codec: 'opus', sampleRate, channels })
        const durationUs = chunk.duration ?? 0
        const capturedAt = this.#takenAt - durationUs / 1_000
        this.#wire.send({ kind: 'audio', keyFrame: true, config, seq: this.#seq++, capturedAt, durationUs, width: 0, height: 0 }, chunk)
      },
      error: (error) => {
        log('error', `the sound's encoder failed: ${reasonOf(error)}`)
        if (this.#encoder === encoder) this.#encoder = null
      },
    })
    encoder.configure({ codec: 'opus', sampleRate, numberOfChannels: channels, bitrate: BITRATE })
    return encoder
  }

  #stop(): void {
    const encoder = this.#encoder
    this.#encoder = null
    if (encoder && encoder.state !== 'closed') encoder.close()
  }
}

/** Of the first channel, which a page's sound never leaves out. */
function meanSquare(data: AudioData): number {
  const samples = new Float32Array(data.numberOfFrames)
  data.copyTo(samples, { planeIndex: 0, format: 'f32-planar' })
  let sum = 0
  for (const sample of samples) sum += sample * sample
  return sum / samples.length
}
