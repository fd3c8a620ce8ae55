/**
 * How often one viewer may ask something of its picture: each time may cost a command to the capture page, a peer or a
 * start of the encoder, and a notice to all other viewers. A change of network with all its candidates stays far below.
 */
import { TandemError } from '@tandem/protocol'

const CALLS_PER_S = 20
const BURST_CALLS = 100

export class MediaValve {
  #room = BURST_CALLS
  #filledAt: number

  /** `now`: ms of a clock that nobody sets. */
  constructor(now: number) {
    this.#filledAt = now
  }

  /** @throws TandemError `request/rate-limited` */
  pass(now: number): void {
    this.#room = Math.min(BURST_CALLS, this.#room + ((now - this.#filledAt) * CALLS_PER_S) / 1_000)
    this.#filledAt = now
    if (this.#room < 1) throw new TandemError('request/rate-limited', `A picture may be asked for ${CALLS_PER_S} times a second.`)
    this.#room -= 1
  }
}
