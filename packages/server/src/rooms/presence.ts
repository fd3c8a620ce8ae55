/**
 * When the browser is in its room: while somebody is there or soon will be, and a little longer. Knows nothing of
 * LiveKit; `room.ts` tells it who is there.
 */
import type { Clock } from '../control/types.ts'

/** A room that is empty is left after this. */
const LINGER_MS = 30_000

export interface PresenceOptions {
  clock: Pick<Clock, 'after'>
  /** In the room whatever happens. */
  always: boolean
  /** Somebody is there, as far as is known now. */
  occupied(): boolean
  /** Whether to be in the room; told again whenever it is looked at and the answer is yes. */
  want(wanted: boolean): void
}

export class Presence {
  readonly #options: PresenceOptions
  #expecting: (() => void) | null = null
  #lingering: (() => void) | null = null
  #closed = false

  constructor(options: PresenceOptions) {
    this.#options = options
  }

  /** Somebody is on the way, for this long, in ms. */
  expect(ms: number): void {
    if (this.#closed) return
    this.#unexpect()
    this.#expecting = this.#options.clock.after(ms, () => {
      this.#expecting = null
      this.look()
    })
    this.look()
  }

  /** Whoever was expected has come; how long others may take nobody knows. */
  came(): void {
    this.#unexpect()
  }

  /** Who is there may have changed. */
  look(): void {
    if (this.#closed) return
    const { clock, always, occupied, want } = this.#options
    if (always || this.#expecting !== null || occupied()) {
      this.#lingering?.()
      this.#lingering = null
      want(true)
    } else {
      this.#lingering ??= clock.after(LINGER_MS, () => {
        this.#lingering = null
        want(false)
      })
    }
  }

  close(): void {
    this.#closed = true
    this.#unexpect()
    this.#lingering?.()
    this.#lingering = null
  }

  #unexpect(): void {
    this.#expecting?.()
    this.#expecting = null
  }
}
