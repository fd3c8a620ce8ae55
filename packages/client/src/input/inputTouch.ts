/**
 * Fingers. On a session whose page has touch they are passed on as they are (`FingerIds`); on a desktop
 * page they become what a mouse would do (`TouchGestures`): tap clicks, one finger scrolls, two pinch
 * to Ctrl and wheel, a long press is the right button. No DOM here; input.ts feeds page coordinates.
 */
import type { InputEvent } from '@tandem/protocol'

/** Pointer ids of the viewer's browser are any numbers; ours are 0 to 9, the lowest that is free. */
export class FingerIds {
  readonly #ids = new Map<number, number>()

  down(pointerId: number): number | null {
    const used = new Set(this.#ids.values())
    for (let id = 0; id <= 9; id++) {
      if (used.has(id)) continue
      this.#ids.set(pointerId, id)
      return id
    }
    return null
  }

  get(pointerId: number): number | null {
    return this.#ids.get(pointerId) ?? null
  }

  up(pointerId: number): number | null {
    const id = this.get(pointerId)
    this.#ids.delete(pointerId)
    return id
  }

  /** Forgets all; says whether there were any. */
  clear(): boolean {
    const any = this.#ids.size > 0
    this.#ids.clear()
    return any
  }
}

export const LONG_PRESS_MS = 500
const DOUBLE_TAP_MS = 320
/** Page pixels that a finger may stray while it still taps. */
const SLOP = 10
const DOUBLE_TAP_SLOP = 30
/** A finger that leaves the picture in motion lets the page glide on: this part of its speed is left after each step. */
const GLIDE_STEP_MS = 16
const GLIDE_KEPT = 0.95
/** Page pixels a millisecond: slower fingers have stopped. */
const GLIDE_LEAST = 0.15
/** A finger that rested so long before it left does not throw the page. */
const GLIDE_REST_MS = 60
/** Pages zoom by about e^(-deltaY / 100) on Ctrl and wheel. */
const PINCH_GAIN = 100

interface Point {
  x: number
  y: number
}

type State =
  | { state: 'idle' }
  | { state: 'pressed'; id: number; start: Point; at: number }
  | { state: 'scrolling'; id: number; start: Point; last: Point; at: number; speed: Point }
  | { state: 'pinching'; distance: number; middle: Point }
  /** Done, but a finger is still down. */
  | { state: 'spent' }

export class TouchGestures {
  readonly #send: (event: InputEvent) => void
  readonly #fingers = new Map<number, Point>()
  #state: State = { state: 'idle' }
  #lastTap: (Point & { at: number }) | null = null
  #timer: ReturnType<typeof setTimeout> | undefined
  #glide: ReturnType<typeof setInterval> | undefined

  constructor(send: (event: InputEvent) => void) {
    this.#send = send
  }

  down(id: number, point: Point, at: number): void {
    this.#fingers.set(id, point)
    clearTimeout(this.#timer)
    clearInterval(this.#glide)
    if (this.#fingers.size === 1) {
      this.#state = { state: 'pressed', id, start: point, at }
      this.#timer = setTimeout(() => this.#longPress(point), LONG_PRESS_MS)
    } else if (this.#fingers.size === 2) this.#state = { state: 'pinching', ...this.#pair() }
  }

  move(id: number, point: Point, at: number): void {
    if (!this.#fingers.has(id)) return
    this.#fingers.set(id, point)
    const state = this.#state
    if (state.state === 'pressed' && distance(state.start, point) > SLOP) {
      clearTimeout(this.#timer)
      this.#state = { state: 'scrolling', id, start: state.start, last: point, at, speed: { x: 0, y: 0 } }
      this.#scroll(state.start, state.start, point)
    } else if (state.state === 'scrolling' && state.id === id) {
      this.#state = { ...state, last: point, at, speed: speedOf(state, point, at) }
      this.#scroll(state.start, state.last, point)
    } else if (state.state === 'pinching') {
      const pair = this.#pair()
      this.#state = { state: 'pinching', ...pair }
      const zoom = -Math.log(pair.distance / state.distance) * PINCH_GAIN
      if (Math.abs(zoom) > 0.01) this.#send({ type: 'wheel', ...pair.middle, deltaX: 0, deltaY: zoom, modifiers: ['ctrl'] })
      this.#scroll(pair.middle, state.middle, pair.middle)
    }
  }

  up(id: number, at: number): void {
    const point = this.#fingers.get(id)
    this.#fingers.delete(id)
    clearTimeout(this.#timer)
    const state = this.#state
    this.#state = this.#fingers.size === 0 ? { state: 'idle' } : { state: 'spent' }
    if (state.state === 'pressed' && point) this.#tap(state.start, at)
    else if (state.state === 'scrolling' && state.id === id && at - state.at < GLIDE_REST_MS) this.#throw(state.start, state.speed)
  }

  cancel(): void {
    clearTimeout(this.#timer)
    clearInterval(this.#glide)
    this.#fingers.clear()
    this.#state = { state: 'idle' }
  }

  #tap(point: Point, at: number): void {
    const last = this.#lastTap
    const again = last !== null && at - last.at < DOUBLE_TAP_MS && distance(last, point) < DOUBLE_TAP_SLOP
    this.#lastTap = again ? null : { ...point, at }
    this.#click(again && last ? last : point, 0, again ? 2 : 1)
  }

  #longPress(point: Point): void {
    this.#state = { state: 'spent' }
    this.#click(point, 2, 1)
  }

  #click({ x, y }: Point, button: 0 | 2, clickCount: number): void {
    this.#send({ type: 'mouseMove', x, y })
    this.#send({ type: 'mouseDown', x, y, button, clickCount })
    this.#send({ type: 'mouseUp', x, y, button, clickCount })
  }

  #scroll({ x, y }: Point, from: Point, to: Point): void {
    if (from.x === to.x && from.y === to.y) return
    this.#send({ type: 'wheel', x, y, deltaX: from.x - to.x, deltaY: from.y - to.y })
  }

  #throw(at: Point, { x, y }: Point): void {
    const speed = { x, y }
    this.#glide = setInterval(() => {
      if (Math.hypot(speed.x, speed.y) < GLIDE_LEAST) return clearInterval(this.#glide)
      this.#send({ type: 'wheel', ...at, deltaX: -speed.x * GLIDE_STEP_MS, deltaY: -speed.y * GLIDE_STEP_MS })
      speed.x *= GLIDE_KEPT
      speed.y *= GLIDE_KEPT
    }, GLIDE_STEP_MS)
  }

  #pair(): { distance: number; middle: Point } {
    const [a, b] = [...this.#fingers.values()]
    if (!a || !b) return { distance: 1, middle: a ?? { x: 0, y: 0 } }
    return { distance: Math.max(1, distance(a, b)), middle: { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 } }
  }
}

function distance(a: Point, b: Point): number {
  return Math.hypot(a.x - b.x, a.y - b.y)
}

/** Page pixels a millisecond, eased over the last moves: single ones are noise. */
function speedOf(state: State & { state: 'scrolling' }, point: Point, at: number): Point {
  const ms = Math.max(1, at - state.at)
  return { x: state.speed.x * 0.3 + ((point.x - state.last.x) / ms) * 0.7, y: state.speed.y * 0.3 + ((point.y - state.last.y) / ms) * 0.7 }
}
