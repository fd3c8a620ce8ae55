/** How often something may happen: so many times at once, then so many a second. `now`: ms of one clock, whichever. */
export class TokenBucket {
  readonly #burst: number
  readonly #perS: number
  #tokens: number
  #refilledAt: number

  constructor({ burst, perS }: { burst: number; perS: number }, now: number) {
    this.#burst = this.#tokens = burst
    this.#perS = perS
    this.#refilledAt = now
  }

  refill(now: number): void {
    this.#tokens = Math.min(this.#burst, this.#tokens + ((now - this.#refilledAt) * this.#perS) / 1_000)
    this.#refilledAt = now
  }

  get isEmpty(): boolean {
    return this.#tokens < 1
  }

  /** Also when it is empty: what must happen all the same is owed. */
  take(): void {
    this.#tokens -= 1
  }
}
