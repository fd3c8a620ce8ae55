/** What `getStats` is to a peer, for rungs that decode by themselves: counts frames and bytes, and makes a sample of them each second. */
import { wallNow } from '../live/serverClock.ts'
import { ratesOf } from './reading.ts'
import type { Rates, Reading, Route } from './reading.ts'

const SAMPLE_EVERY_MS = 1_000

export class Meter {
  readonly #sampled: (sample: { reading: Reading; rates: Rates; route: Route | null }) => void
  #before: Reading | null = null
  #timer: ReturnType<typeof setInterval> | undefined
  codec: string | null = null
  width = 0
  height = 0
  frames = 0
  dropped = 0
  freezes = 0
  bytes = 0
  packets = 0

  constructor(sampled: (sample: { reading: Reading; rates: Rates; route: Route | null }) => void) {
    this.#sampled = sampled
  }

  start(): void {
    if (this.#timer !== undefined) return
    this.#before = this.#read()
    this.#timer = setInterval(() => this.#sample(), SAMPLE_EVERY_MS)
  }

  stop(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  #sample(): void {
    const reading = this.#read()
    if (this.#before) this.#sampled({ reading, rates: ratesOf(this.#before, reading), route: null })
    this.#before = reading
  }

  #read(): Reading {
    const { codec, width, height, frames, dropped, freezes, bytes, packets } = this
    const counts = { framesDecoded: frames, framesDropped: dropped, freezes, bytes, packets }
    return { at: wallNow(), codec, width, height, ...counts, heardAt: null, rttMs: null, route: null, jitterBufferMs: null, decodeMs: null }
  }
}
