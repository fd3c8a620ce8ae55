/**
 * The wheel as one finger that drags the page, for pages that are made for touch. The finger keeps to one direction; it
 * takes hold anew at the far edge when it reaches the near one, and lifts when the wheel rests, so that nothing is flung.
 * Pure but for its timer and the frame callback that it is given.
 */
import type { SendInput } from './moves.ts'

/** Pixels of the page in one frame at most; the rest follows in the next ones. */
export const FRAME_MAX_PX = 320
/** So far the wheel must turn before its direction is believed … */
export const DIRECTION_LOCK_PX = 8
/** … and so far against it before it turns round. */
export const REVERSAL_PX = 96
export const WHEEL_REST_MS = 320
/** The finger stays so far from the edges, where systems have gestures of their own. */
export const EDGE_PX = 48

interface Point {
  x: number
  y: number
}
type Axis = 'x' | 'y'

type State =
  | { state: 'idle' }
  | { state: 'gathering'; anchor: Point; turned: Point }
  /** `sign`: 1 scrolls towards the end, and the finger moves against it. */
  | { state: 'dragging'; axis: Axis; sign: 1 | -1; finger: Point; due: number; against: number; moved: boolean }

export interface WheelFingerOptions {
  send: SendInput
  touchId: number
  /** Of the page, CSS pixels. */
  size(): { width: number; height: number }
  frame(callback: () => void): void
}

export class WheelFinger {
  readonly #options: WheelFingerOptions
  #state: State = { state: 'idle' }
  #framed = false
  #rest: ReturnType<typeof setTimeout> | undefined

  constructor(options: WheelFingerOptions) {
    this.#options = options
  }

  turn(at: Point, delta: Point): void {
    const state = this.#state
    if (state.state === 'dragging') this.#along(state, at, delta[state.axis])
    else {
      const { x, y } = state.state === 'gathering' ? state.turned : { x: 0, y: 0 }
      this.#state = { state: 'gathering', anchor: at, turned: { x: x + delta.x, y: y + delta.y } }
    }
    clearTimeout(this.#rest)
    this.#rest = setTimeout(() => this.#rested(), WHEEL_REST_MS)
    this.#next()
  }

  /** Lifts the finger where it is. */
  lift(): void {
    const state = this.#state
    clearTimeout(this.#rest)
    this.#state = { state: 'idle' }
    if (state.state !== 'dragging') return
    // The last place by the channel that loses nothing: the page must not stop short of it.
    if (state.moved) this.#send('touchMove', state.finger, true)
    this.#send('touchEnd', state.finger, true)
  }

  /** The browser has let go by itself. */
  forget(): void {
    clearTimeout(this.#rest)
    this.#state = { state: 'idle' }
  }

  #along(state: State & { state: 'dragging' }, at: Point, delta: number): void {
    if (Math.sign(delta) !== -state.sign) {
      state.due += Math.abs(delta)
      if (delta !== 0) state.against = 0
      return
    }
    state.against += Math.abs(delta)
    if (state.against <= REVERSAL_PX) return
    const turned = { x: 0, y: 0, [state.axis]: -state.sign * state.against }
    this.lift()
    this.#state = { state: 'gathering', anchor: at, turned }
  }

  #next(): void {
    if (this.#framed) return
    this.#framed = true
    this.#options.frame(() => {
      this.#framed = false
      this.#step()
    })
  }

  #step(): void {
    if (this.#state.state === 'gathering') this.#grip(this.#state)
    const state = this.#state
    if (state.state !== 'dragging' || state.due === 0) return
    const { axis, sign } = state
    const step = Math.min(FRAME_MAX_PX, state.due, this.#room(state.finger, axis, sign))
    state.due -= step
    state.finger = { ...state.finger, [axis]: Math.round(state.finger[axis] - sign * step) }
    this.#send('touchMove', state.finger, !state.moved)
    state.moved = true
    if (state.due <= 0) return
    if (this.#room(state.finger, axis, sign) <= 0) this.#gripAgain(state)
    this.#next()
  }

  /** Takes hold of the page once the direction is clear. */
  #grip({ anchor, turned }: State & { state: 'gathering' }): void {
    const axis: Axis = Math.abs(turned.x) > Math.abs(turned.y) ? 'x' : 'y'
    const due = Math.abs(turned[axis])
    if (due < DIRECTION_LOCK_PX) return
    const sign = turned[axis] > 0 ? 1 : -1
    const held = this.#within(anchor)
    const finger = this.#room(held, axis, sign) > 0 ? held : this.#farEdge(held, axis, sign)
    this.#send('touchStart', finger, true)
    this.#state = { state: 'dragging', axis, sign, finger, due, against: 0, moved: false }
  }

  #gripAgain(state: State & { state: 'dragging' }): void {
    this.#send('touchEnd', state.finger, true)
    state.finger = this.#farEdge(state.finger, state.axis, state.sign)
    state.moved = false
    this.#send('touchStart', state.finger, true)
  }

  /** How far the finger may still go. */
  #room(finger: Point, axis: Axis, sign: 1 | -1): number {
    const [least, most] = this.#range(axis)
    return sign > 0 ? finger[axis] - least : most - finger[axis]
  }

  #farEdge(finger: Point, axis: Axis, sign: 1 | -1): Point {
    const [least, most] = this.#range(axis)
    return { ...finger, [axis]: sign > 0 ? most : least }
  }

  #within({ x, y }: Point): Point {
    const clamp = (value: number, [least, most]: readonly [number, number]): number => Math.round(Math.min(most, Math.max(least, value)))
    return { x: clamp(x, this.#range('x')), y: clamp(y, this.#range('y')) }
  }

  #range(axis: Axis): readonly [number, number] {
    const { width, height } = this.#options.size()
    const length = axis === 'x' ? width : height
    // A page too small for both edges leaves its middle half.
    const edge = Math.min(EDGE_PX, length / 4)
    return [Math.round(edge), Math.round(length - edge)]
  }

  #rested(): void {
    const state = this.#state
    // What is due comes in frames of its own; it rests when that is done.
    if (state.state === 'dragging' && state.due > 0) this.#rest = setTimeout(() => this.#rested(), WHEEL_REST_MS)
    else this.lift()
  }

  #send(type: 'touchStart' | 'touchMove' | 'touchEnd', finger: Point, reliable: boolean): void {
    this.#options.send({ type, x: finger.x, y: finger.y, touchId: this.#options.touchId }, { reliable })
  }
}
