/** The human's fingers on one page: several at once, taps and eased swipes. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { InputEvent } from '@tandem/protocol'
import type { DispatchQueue } from './dispatchQueue.ts'
import type { Layout } from './layout.ts'

export type TouchInput = Extract<InputEvent, { type: 'tap' | 'touchStart' | 'touchMove' | 'touchEnd' | 'touchCancel' | 'swipe' }>
type Swipe = Extract<InputEvent, { type: 'swipe' }>
interface Point {
  x: number
  y: number
}

const SWIPE_STEP_MS = 16
/** To Chromium a finger that has not moved for 40 ms when it moves again has no speed. */
const SWIPE_REST_MS = 50
const SWIPE_ANSWER_MS = 500
/** The same by the time that events carry, s: nobody waits. */
const REST_S = SWIPE_REST_MS / 1_000
/** Outside the ids that a viewer may use (0 to 9). */
const OWN_FINGER = 10

export class Touch {
  readonly #queue: DispatchQueue
  readonly #layout: Pick<Layout, 'factor'>
  readonly #fingers = new Map<number, Point>()
  #swipe: NodeJS.Timeout | undefined
  /** The page grew or shrank under the fingers that are down. */
  #pinched = false

  constructor(queue: DispatchQueue, layout: Pick<Layout, 'factor'>) {
    this.#queue = queue
    this.#layout = layout
  }

  handle(event: TouchInput): void {
    switch (event.type) {
      case 'tap':
        // A swipe under way has the same finger: to the page the tap would be its end.
        if (this.#swipe) this.releaseAll()
        this.#down(OWN_FINGER, event)
        return this.#up(OWN_FINGER)
      case 'touchStart':
        return this.#down(event.touchId, event)
      case 'touchMove':
        return this.#moveTo(event.touchId, event)
      case 'touchEnd':
        if (this.#fingers.has(event.touchId)) this.#fingers.set(event.touchId, { x: event.x, y: event.y })
        return this.#up(event.touchId)
      case 'touchCancel':
        return this.releaseAll()
      case 'swipe':
        return this.#startSwipe(event)
    }
  }

  /**
   * The page grew or shrank under the fingers: where they are is said again. Those of a pinch were counted in its size of
   * before, and the page would stay shifted by what that made them move.
   */
  rescaled(): void {
    if (this.#fingers.size < 2) return
    this.#pinched = true
    this.#sendPoints()
  }

  /** Lifts all fingers as the system does when it takes them away: no click comes of it. */
  releaseAll(): void {
    clearInterval(this.#swipe)
    this.#swipe = undefined
    if (this.#fingers.size === 0) return
    this.#queue.flush()
    this.#fingers.clear()
    this.#pinched = false
    this.#queue.dispatch('Input.dispatchTouchEvent', { type: 'touchCancel', touchPoints: [] }, true)
  }

  #down(id: number, { x, y }: Point): void {
    if (this.#queue.isFull) return
    // A move of before knows nothing of this finger, and one of before it is lifted still has it.
    this.#queue.flush()
    this.#fingers.set(id, { x, y })
    this.#queue.dispatch('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: this.#points })
  }

  #moveTo(id: number, { x, y }: Point): void {
    if (!this.#fingers.has(id)) return
    this.#fingers.set(id, { x, y })
    this.#sendPoints()
  }

  #sendPoints(): void {
    this.#queue.move('touch', 'Input.dispatchTouchEvent', () => ({ type: 'touchMove', touchPoints: this.#points }))
  }

  #up(id: number): void {
    if (!this.#fingers.has(id)) return
    this.#queue.flush()
    const timestamp = this.#pinched && this.#fingers.size === 1 ? this.#rest(id) : undefined
    this.#fingers.delete(id)
    // Chromium finds who was lifted by who is missing; only the last finger ends the touch.
    const type = this.#fingers.size === 0 ? 'touchEnd' : 'touchMove'
    this.#queue.dispatch('Input.dispatchTouchEvent', { type, touchPoints: this.#points, timestamp }, true)
  }

  /**
   * Two fingers of a hand move apart, and a pinch flings nothing. Ours are placed by the size that the page had a moment ago,
   * tremble with it together, and would: the last one rests before it is lifted. Answers with the time of that, s since the epoch.
   */
  #rest(id: number): number {
    this.#pinched = false
    const finger = this.#fingers.get(id)
    const at = Date.now() / 1_000 + REST_S
    if (finger) this.#fingers.set(id, { x: finger.x, y: finger.y + 1 })
    this.#queue.dispatch('Input.dispatchTouchEvent', { type: 'touchMove', touchPoints: this.#points, timestamp: at })
    return at
  }

  #startSwipe({ x1, y1, x2, y2, durationMs }: Swipe): void {
    this.releaseAll()
    this.#down(OWN_FINGER, { x: x1, y: y1 })
    const startedAt = performance.now()
    this.#swipe = setInterval(() => {
      const part = Math.min((performance.now() - startedAt) / Math.max(durationMs, 1), 1)
      // Slow at both ends, as a hand is.
      const eased = part < 0.5 ? 2 * part * part : 1 - (2 - 2 * part) ** 2 / 2
      const way = Math.max(0, Math.min(eased, 1 - 1 / Math.hypot(x2 - x1, y2 - y1)))
      this.#moveTo(OWN_FINGER, { x: x1 + (x2 - x1) * way, y: y1 + (y2 - y1) * way })
      if (part < 1) return
      clearInterval(this.#swipe)
      void this.#endSwipe({ x: x2, y: y2 })
    }, SWIPE_STEP_MS)
  }

  /** On a busy machine the last steps are long ones, and a finger that stops dead flings the page: it rests before its last pixel. */
  async #endSwipe(end: Point): Promise<void> {
    const swipe = this.#swipe
    this.#queue.flush()
    // Once Chromium knows of the last step; of a page that hangs nobody waits for that.
    await Promise.race([this.#queue.last, sleep(SWIPE_ANSWER_MS)])
    await sleep(SWIPE_REST_MS)
    if (swipe !== this.#swipe) return
    this.#swipe = undefined
    this.#moveTo(OWN_FINGER, end)
    this.#up(OWN_FINGER)
  }

  /** As the page counts by now: it grows under the fingers of a pinch. */
  get #points() {
    const { factor } = this.#layout
    return [...this.#fingers].map(([id, { x, y }]) => ({ id, x: Math.round(x) / factor, y: Math.round(y) / factor }))
  }
}
