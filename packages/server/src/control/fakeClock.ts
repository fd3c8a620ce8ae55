import type { Clock } from './types.ts'

interface Alarm {
  at: number
  callback: () => void
}

/** A clock that stands still until a test moves it. Alarms ring in the order of their times. */
export class FakeClock implements Clock {
  #now: number
  #jumped = 0
  readonly #alarms = new Set<Alarm>()

  constructor(now = Date.parse('2026-01-01T00:00:00Z')) {
    this.#now = now
  }

  now(): number {
    return this.#now + this.#jumped
  }

  elapsed(): number {
    return this.#now
  }

  /** Somebody sets the wall clock: no time has passed. */
  jump(ms: number): void {
    this.#jumped += ms
  }

  after(ms: number, callback: () => void): () => void {
    const alarm = { at: this.#now + ms, callback }
    this.#alarms.add(alarm)
    return () => this.#alarms.delete(alarm)
  }

  /** How many alarms wait: nothing may be left after a close. */
  get waiting(): number {
    return this.#alarms.size
  }

  /** Moves on, ringing what falls due, and lets promises settle between the alarms. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms
    for (let next = this.#next(end); next; next = this.#next(end)) {
      this.#now = next.at
      this.#alarms.delete(next)
      next.callback()
      await settled()
    }
    this.#now = end
    await settled()
  }

  #next(end: number): Alarm | undefined {
    return [...this.#alarms].filter((alarm) => alarm.at <= end).toSorted((a, b) => a.at - b.at)[0]
  }
}

/** Resolves when all promises that can settle by themselves have settled. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
