/**
 * What is wanted of the browser, told to it one call at a time: the newest wins, what it has already is not told again,
 * and a browser or capture page that is being made is waited for.
 */
import { isTandemError } from '@tandem/protocol'
import type { Clock } from '../control/types.ts'

/** How long a viewer waits for a capture page that is being made. */
export const CAPTURE_READY_MS = 10_000
const RETRY_MS = 200

/** The capture page or the browser is not there yet, or not any more; it may come. */
export function isBeingMade(error: unknown): boolean {
  return isTandemError(error) && (error.code === 'media/unavailable' || error.code === 'browser/crashed')
}

export function pause(clock: Clock): Promise<void> {
  return new Promise((resolve) => clock.after(RETRY_MS, resolve))
}

export class Wish<T> {
  readonly #tell: (value: T | null) => Promise<unknown>
  readonly #clock: Clock
  #wanted: T | null = null
  #told = 'null'
  /** Rises when the other side has begun anew: what it was told before counts no more. */
  #generation = 0
  #running: Promise<void> | null = null
  #tells = 0
  /** A browser that is not there by then is waited for no longer. */
  #deadline = 0

  constructor(tell: (value: T | null) => Promise<unknown>, clock: Clock) {
    this.#tell = tell
    this.#clock = clock
  }

  get wanted(): T | null {
    return this.#wanted
  }

  /** Null: nothing. True when this is news. Resolves when the browser has taken it; rejects when it cannot. */
  set(wanted: T | null): Promise<void> {
    this.#wanted = wanted
    this.#deadline = this.#clock.now() + CAPTURE_READY_MS
    this.#running ??= this.#run()
    return this.#running
  }

  /** The other side has begun anew, with nothing. */
  forget(): void {
    this.#generation += 1
    this.#told = 'null'
  }

  /** The same once more, from its beginning; what has just begun is left alone. */
  async renew(): Promise<void> {
    const tells = this.#tells
    await this.#running?.catch(() => undefined)
    if (this.#wanted === null || tells !== this.#tells) return
    await this.#tell(null)
    this.forget()
    await this.set(this.#wanted)
  }

  async #run(): Promise<void> {
    // Wishes of the same turn become one; and `#running` is set before it is cleared.
    await Promise.resolve()
    try {
      for (;;) {
        const wanted = this.#wanted
        const text = JSON.stringify(wanted)
        if (text === this.#told) return
        const generation = this.#generation
        try {
          this.#tells += 1
          await this.#tell(wanted)
          if (generation === this.#generation) this.#told = text
        } catch (error) {
          // A page that is not there encodes nothing.
          if (this.#wanted === null) return
          if (wanted === this.#wanted && (!isBeingMade(error) || this.#clock.now() >= this.#deadline)) throw error
          await pause(this.#clock)
        }
      }
    } finally {
      this.#running = null
    }
  }
}
