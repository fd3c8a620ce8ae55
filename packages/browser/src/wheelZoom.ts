/**
 * Ctrl and wheel on one page, which zoom it as in a desktop browser unless the page handles them. Whether it does only its
 * frames know (page/wheelZoom.ts), and they listen for it only while somebody zooms: the first wheel waits for them.
 */
import type { InputEvent } from '@tandem/protocol'

type Wheel = Extract<InputEvent, { type: 'wheel' }>

/** A turn of a wheel is one step, however far it turns; what is finer comes from fingers, two of which double the page in four steps. */
const NOTCH_PX = 50
const FINE_STEP_PX = 18
const IDLE_MS = 1_500
const MAX_WAITING = 100

export interface WheelZoomOptions {
  /** Has the page's frames listen, or listen no more; resolves when they do. */
  listen(on: boolean): Promise<void>
  /** To the page. */
  wheel(event: Wheel): void
  /** So many steps larger, or smaller. */
  zoom(steps: number): void
}

export class WheelZoom {
  readonly #options: WheelZoomOptions
  #listening = false
  #waiting: Wheel[] | null = null
  #idle: NodeJS.Timeout | undefined
  #rest = 0

  constructor(options: WheelZoomOptions) {
    this.#options = options
  }

  take(event: Wheel): void {
    clearTimeout(this.#idle)
    this.#idle = setTimeout(() => this.stop(), IDLE_MS)
    if (this.#waiting) {
      if (this.#waiting.length < MAX_WAITING) this.#waiting.push(event)
    } else if (this.#listening) this.#options.wheel(event)
    else void this.#begin(event)
  }

  /** The page made nothing of this turn. Answers to what nobody turned are not heard. */
  unhandled(deltaY: number): void {
    if (!this.#listening) return
    if (Math.abs(deltaY) >= NOTCH_PX) {
      this.#rest = 0
      return this.#options.zoom(-Math.sign(deltaY))
    }
    this.#rest += deltaY
    const steps = Math.trunc(this.#rest / FINE_STEP_PX)
    this.#rest -= steps * FINE_STEP_PX
    if (steps !== 0) this.#options.zoom(-steps)
  }

  /** Nobody zooms any more, and nothing that waited follows. */
  stop(): void {
    clearTimeout(this.#idle)
    this.#waiting = null
    this.#rest = 0
    if (!this.#listening) return
    this.#listening = false
    void this.#options.listen(false)
  }

  async #begin(event: Wheel): Promise<void> {
    const waiting = [event]
    this.#waiting = waiting
    this.#listening = true
    await this.#options.listen(true)
    if (this.#waiting !== waiting) return
    this.#waiting = null
    for (const held of waiting) this.#options.wheel(held)
  }
}
