/**
 * The time by which credentials end. It follows the machine's clock forward and never back: a clock that is set back
 * revives no token, one that is set forward ends those whose time is over. It stays ahead until the clock catches up.
 */
export class SteadyTime {
  readonly #wall: () => number
  readonly #elapsed: () => number
  #highest: number
  #highestAt: number

  /** `wall`: ms since the epoch, as the machine says; `elapsed`: ms of a clock that nobody sets. */
  constructor(wall: () => number = () => Date.now(), elapsed: () => number = () => performance.now()) {
    this.#wall = wall
    this.#elapsed = elapsed
    this.#highest = wall()
    this.#highestAt = elapsed()
  }

  /** ms since the epoch. */
  now(): number {
    const elapsed = this.#elapsed()
    this.#highest = Math.max(this.#wall(), this.#highest + elapsed - this.#highestAt)
    this.#highestAt = elapsed
    return this.#highest
  }

  /** ISO 8601. */
  iso(inMs = 0): string {
    return new Date(this.now() + inMs).toISOString()
  }
}
