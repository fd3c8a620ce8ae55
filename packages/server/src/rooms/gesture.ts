/**
 * What the packets of one participant mean together: clicks that follow each other are a double-click, and a move that
 * comes late is no part of what came after it. The lossy channel and the reliable one know no common order. Pure.
 */
import type { InputEvent } from '@tandem/protocol'

/** As systems count them. */
const DOUBLE_CLICK_MS = 500
const DOUBLE_CLICK_PX = 5
/** A lossy move that comes so soon after a press or a release may have been sent before it: dropped, the next follows at once. */
const LATE_MOVE_MS = 50

export class Gesture {
  #press = { at: Number.NEGATIVE_INFINITY, x: 0, y: 0, button: 0, count: 0 }
  #turnedAt = Number.NEGATIVE_INFINITY

  /** The event as the browser takes it; null: it came too late. `now` in ms. */
  read(event: InputEvent, { reliable, now }: { reliable: boolean; now: number }): InputEvent | null {
    switch (event.type) {
      case 'mouseMove':
      case 'touchMove':
        return !reliable && now - this.#turnedAt < LATE_MOVE_MS ? null : event
      case 'mouseDown':
        this.#turnedAt = now
        return { ...event, clickCount: this.#count(event, now) }
      case 'mouseUp':
        this.#turnedAt = now
        return event.button === this.#press.button ? { ...event, clickCount: clicks(this.#press.count) } : event
      case 'touchStart':
      case 'touchEnd':
        this.#turnedAt = now
        return event
      default:
        return event
    }
  }

  #count({ x, y, button }: Extract<InputEvent, { type: 'mouseDown' }>, now: number): 1 | 2 | 3 {
    const before = this.#press
    const again = now - before.at <= DOUBLE_CLICK_MS && button === before.button && Math.hypot(x - before.x, y - before.y) <= DOUBLE_CLICK_PX
    this.#press = { at: now, x, y, button, count: again ? before.count + 1 : 1 }
    return clicks(this.#press.count)
  }
}

/** After a triple-click it begins anew. */
function clicks(count: number): 1 | 2 | 3 {
  const rest = ((Math.max(1, count) - 1) % 3) + 1
  return rest === 1 ? 1 : rest === 2 ? 2 : 3
}
