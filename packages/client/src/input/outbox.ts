/**
 * What goes out, and when: everything in order and at once, but moves, wheel and touch moves at most some
 * 125 times a second, the latest of each kind. A press is never overtaken by an older move, and a move
 * is never kept back when the line was quiet. It knows no DOM and no socket.
 */
import type { InputEvent } from '@tandem/protocol'

export const MOVE_INTERVAL_MS = 8

export interface OutboxOptions {
  send(events: InputEvent[]): void
  now?: () => number
}

export class Outbox {
  readonly #send: (events: InputEvent[]) => void
  readonly #now: () => number
  #waiting: InputEvent[] = []
  #sentAt = -Infinity
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(options: OutboxOptions) {
    this.#send = options.send
    this.#now = options.now ?? (() => performance.now())
  }

  push(event: InputEvent): void {
    if (event.type !== 'mouseMove' && event.type !== 'mouseMoveBy' && event.type !== 'wheel' && event.type !== 'touchMove') {
      this.#waiting.push(event)
      return this.flush()
    }
    this.#merge(event)
    const wait = this.#sentAt + MOVE_INTERVAL_MS - this.#now()
    if (wait <= 0) this.flush()
    else this.#timer ??= setTimeout(() => this.flush(), wait)
  }

  flush(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.#waiting.length === 0) return
    this.#sentAt = this.#now()
    this.#send(this.#waiting.splice(0))
  }

  /** Forgets what waits: control was lost. */
  clear(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#waiting = []
  }

  #merge(event: InputEvent & { type: 'mouseMove' | 'mouseMoveBy' | 'wheel' | 'touchMove' }): void {
    const index = this.#waiting.findLastIndex(
      (other) => other.type === event.type && (event.type !== 'touchMove' || (other.type === 'touchMove' && other.touchId === event.touchId)),
    )
    const before = this.#waiting[index]
    if (before === undefined) return void this.#waiting.push(event)
    if (event.type === 'mouseMoveBy' && before.type === 'mouseMoveBy')
      return void (this.#waiting[index] = { ...event, dx: before.dx + event.dx, dy: before.dy + event.dy })
    if (event.type !== 'wheel') return void (this.#waiting[index] = event)
    // Wheel steps add up, unless a modifier changed what they mean.
    if (before.type === 'wheel' && String(before.modifiers) === String(event.modifiers))
      this.#waiting[index] = { ...event, deltaX: before.deltaX + event.deltaX, deltaY: before.deltaY + event.deltaY }
    else this.#waiting.push(event)
  }
}
