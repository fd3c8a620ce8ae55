/**
 * A rung whose picture is a MediaStream that the browser itself plays: shown at once, its frames counted where they are
 * seen, its figures read each second, and its first frame asked for again when it does not come. Knows no connection:
 * webrtc.ts and room.ts extend it and have one each.
 */
import type { LiveParams } from '@tandem/protocol'
import type { Signals } from './player.ts'
import { ratesOf } from './reading.ts'
import type { Reading } from './reading.ts'
import { SubscribedPlayer } from './subscribedPlayer.ts'

/** A page at rest is sent once; when that one frame was lost, it is asked for again. */
export const FIRST_FRAME_MS = 1_500
const SAMPLE_EVERY_MS = 1_000

export abstract class StreamPlayer extends SubscribedPlayer {
  #reading: Reading | null = null
  /** What plays: a frame of an older one, on its way to the screen still, proves nothing. */
  #source: MediaStreamTrack | null = null
  #sampler: ReturnType<typeof setInterval> | undefined
  #firstFrame: ReturnType<typeof setTimeout> | undefined

  constructor(signals: Signals, transport: LiveParams<'media.start'>['transport']) {
    super(signals, transport)
  }

  packet(): void {}

  /** The figures of now; null: there is nothing to read. */
  protected abstract read(): Promise<Reading | null>

  /** Figures are read from now on. */
  protected measure(): void {
    clearInterval(this.#sampler)
    this.#sampler = setInterval(() => void this.#sample(), SAMPLE_EVERY_MS)
  }

  protected play(track: MediaStreamTrack, receiver: RTCRtpReceiver): void {
    // A stream of its own for each: in one stream, lip sync would hold the video back.
    const stream = new MediaStream([track])
    if (track.kind === 'audio') return this.events.emit('audio', stream)
    // Shows frames at once. On video only: sound would crackle.
    receiver.jitterBufferTarget = 0
    if ('playoutDelayHint' in receiver) Object.assign(receiver, { playoutDelayHint: 0 })
    this.#source = track
    this.events.emit('video', {
      stream,
      stamps: () => receiver.getSynchronizationSources(),
      frameShown: (at) => track === this.#source && this.count.frame(at) && this.changed(),
    })
  }

  protected awaitFrame(): void {
    clearTimeout(this.#firstFrame)
    this.#firstFrame = setTimeout(() => {
      if (this.count.frames > 0 || this.state !== 'connected') return
      void this.refresh()
      this.awaitFrame()
    }, FIRST_FRAME_MS)
  }

  protected dropped(): void {
    clearTimeout(this.#firstFrame)
    clearInterval(this.#sampler)
    this.#source = null
    this.#reading = null
    this.count.reset()
  }

  async #sample(): Promise<void> {
    const source = this.#source
    const reading = await this.read()
    if (reading === null || source !== this.#source) return
    const before = this.#reading
    this.#reading = reading
    if (reading.heardAt !== null) this.count.heard(reading.heardAt)
    // Connectivity checks have no time of their own: they came after the reading before.
    if (before && (reading.packets > before.packets || reading.bytes > before.bytes)) this.count.heard(before.at)
    const decoded = reading.framesDecoded - (before?.framesDecoded ?? 0)
    if (decoded > 0 && this.count.counted(decoded, reading.at - SAMPLE_EVERY_MS / 2)) this.changed()
    if (before) this.events.emit('sampled', { reading, rates: ratesOf(before, reading), route: reading.route })
  }
}
