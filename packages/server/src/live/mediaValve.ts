/**
 * How often one viewer may ask something of its picture: each time may cost a command to the capture page, a peer or a
 * start of the encoder, and a notice to all other viewers. A change of network with all its candidates stays far below.
 */
import { TandemError } from '@tandem/protocol'
import { TokenBucket } from './tokenBucket.ts'

const CALLS_PER_S = 20
const BURST_CALLS = 100

export class MediaValve {
  readonly #tokens: TokenBucket

  /** `now`: ms of a clock that nobody sets. */
  constructor(now: number) {
    this.#tokens = new TokenBucket({ burst: BURST_CALLS, perS: CALLS_PER_S }, now)
  }

  /** @throws TandemError `request/rate-limited` */
  pass(now: number): void {
    this.#tokens.refill(now)
    if (this.#tokens.isEmpty) throw new TandemError('request/rate-limited', `A picture may be asked for ${CALLS_PER_S} times a second.`)
    this.#tokens.take()
  }
}
