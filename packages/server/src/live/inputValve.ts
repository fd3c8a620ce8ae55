/**
 * How much input of one viewer reaches the browser. Moves in a row become one; beyond the rate moves wait for
 * each other and other events are refused, but what lets go of a key, button or finger always passes.
 */
import { isMove, isRelease } from '@tandem/protocol'
import type { InputEvent } from '@tandem/protocol'
import { TokenBucket } from './tokenBucket.ts'

/** A mouse of 1,000 Hz, sent as single events, stays below. */
const EVENTS_PER_S = 1_200
const BURST_EVENTS = 1_200

export interface Admitted {
  events: InputEvent[]
  /** Events that were neither delivered nor replaced by a later one. */
  refused: number
}

export class InputValve {
  readonly #tokens: TokenBucket
  /** The newest move that found no room: it goes out before whatever comes next. */
  #waiting: InputEvent | null = null

  constructor(now: number) {
    this.#tokens = new TokenBucket({ burst: BURST_EVENTS, perS: EVENTS_PER_S }, now)
  }

  /** What may go to the browser now, in order. */
  admit(events: readonly InputEvent[], now: number): Admitted {
    this.#tokens.refill(now)
    const admitted: InputEvent[] = []
    let refused = 0
    const pass = (event: InputEvent): void => {
      this.#tokens.take()
      admitted.push(event)
    }
    for (const event of coalesce(events)) {
      if (isMove(event)) {
        if (this.#tokens.isEmpty) this.#waiting = this.#waiting ? (merge(this.#waiting, event) ?? event) : event
        else {
          if (this.#waiting && !merge(this.#waiting, event)) pass(this.#waiting)
          pass((this.#waiting && merge(this.#waiting, event)) ?? event)
          this.#waiting = null
        }
        continue
      }
      if (this.#tokens.isEmpty && !isRelease(event)) {
        refused += 1
        continue
      }
      // A press or release happens where the pointer was: the move that waits goes first.
      if (this.#waiting) pass(this.#waiting)
      this.#waiting = null
      pass(event)
    }
    return { events: admitted, refused }
  }

  /** The move that waits, once there is room again. */
  flush(now: number): Admitted {
    const event = this.#waiting
    this.#waiting = null
    return event ? this.admit([event], now) : { events: [], refused: 0 }
  }

  get hasWaiting(): boolean {
    return this.#waiting !== null
  }
}

/** Moves that follow each other directly become one: the last position, or the sum of the turns of a wheel. */
function coalesce(events: readonly InputEvent[]): InputEvent[] {
  const result: InputEvent[] = []
  for (const event of events) {
    const last = result.at(-1)
    const merged = last && merge(last, event)
    if (merged) result[result.length - 1] = merged
    else result.push(event)
  }
  return result
}

/** One event that does what both do, or null when there is none. */
function merge(first: InputEvent, second: InputEvent): InputEvent | null {
  if (first.type === 'mouseMove' && second.type === 'mouseMove') return second
  if (first.type === 'mouseMoveBy' && second.type === 'mouseMoveBy') return { ...second, dx: clamp(first.dx + second.dx), dy: clamp(first.dy + second.dy) }
  if (first.type === 'touchMove' && second.type === 'touchMove' && first.touchId === second.touchId) return second
  if (first.type === 'wheel' && second.type === 'wheel' && String(first.modifiers) === String(second.modifiers)) {
    return { ...second, deltaX: clamp(first.deltaX + second.deltaX), deltaY: clamp(first.deltaY + second.deltaY) }
  }
  return null
}

function clamp(delta: number): number {
  return Math.min(100_000, Math.max(-100_000, delta))
}
