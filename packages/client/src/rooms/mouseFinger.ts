/**
 * The left button as a finger, for pages that are made for touch: whether a press is a tap or a drag is known only when
 * it moves on, so nothing is sent before. Pure but for one timer; inputCapture.ts feeds it.
 */
import { Moves } from './moves.ts'
import type { SendInput } from './moves.ts'

/** Pixels of the viewer's screen that a tap may stray. */
export const DEAD_ZONE_PX = 14
/** Past the dead zone, a press is a drag once it was held so long … */
export const DRAG_HELD_MS = 140
/** … or has moved so far. */
export const DRAG_MOVED_PX = 44

/** One point twice: of the page, and of the viewer's screen. */
export interface Spot {
  x: number
  y: number
  screenX: number
  screenY: number
}

type State = { state: 'idle' } | { state: 'pressed'; start: Spot; now: Spot; at: number } | { state: 'dragging'; now: Spot }

export class MouseFinger {
  readonly #send: SendInput
  readonly #touchId: number
  readonly #moves: Moves
  #state: State = { state: 'idle' }
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(send: SendInput, touchId: number) {
    this.#send = send
    this.#touchId = touchId
    this.#moves = new Moves(send)
  }

  get down(): boolean {
    return this.#state.state !== 'idle'
  }

  press(spot: Spot): void {
    this.cancel()
    this.#state = { state: 'pressed', start: spot, now: spot, at: Date.now() }
    this.#timer = setTimeout(() => this.#look(), DRAG_HELD_MS + 1)
  }

  move(spot: Spot): void {
    const state = this.#state
    if (state.state === 'idle') return
    state.now = spot
    if (state.state === 'pressed') this.#look()
    else this.#moves.push({ type: 'touchMove', ...pointOf(spot), touchId: this.#touchId })
  }

  /** A tap where it was pressed, or the end of the drag: its last place first, by the channel that loses nothing. */
  lift(spot: Spot): void {
    this.move(spot)
    const state = this.#end()
    const at = { touchId: this.#touchId }
    if (state.state === 'pressed') {
      this.#send({ type: 'touchStart', ...pointOf(state.start), ...at }, { reliable: true })
      this.#send({ type: 'touchEnd', ...pointOf(state.start), ...at }, { reliable: true })
    } else if (state.state === 'dragging') {
      this.#send({ type: 'touchMove', ...pointOf(spot), ...at }, { reliable: true })
      this.#send({ type: 'touchEnd', ...pointOf(spot), ...at }, { reliable: true })
    }
  }

  /** Lifts the finger where it is; what was no drag yet is nothing. */
  cancel(): void {
    const state = this.#end()
    if (state.state === 'dragging') this.#send({ type: 'touchEnd', ...pointOf(state.now), touchId: this.#touchId }, { reliable: true })
  }

  /** The browser has let go by itself. */
  forget(): void {
    this.#end()
  }

  #look(): void {
    const state = this.#state
    if (state.state !== 'pressed') return
    const moved = Math.hypot(state.now.screenX - state.start.screenX, state.now.screenY - state.start.screenY)
    if (moved <= DEAD_ZONE_PX || (Date.now() - state.at <= DRAG_HELD_MS && moved <= DRAG_MOVED_PX)) return
    clearTimeout(this.#timer)
    const at = { touchId: this.#touchId }
    this.#send({ type: 'touchStart', ...pointOf(state.start), ...at }, { reliable: true })
    this.#send({ type: 'touchMove', ...pointOf(state.now), ...at }, { reliable: true })
    this.#state = { state: 'dragging', now: state.now }
  }

  #end(): State {
    const state = this.#state
    clearTimeout(this.#timer)
    this.#moves.drop()
    this.#state = { state: 'idle' }
    return state
  }
}

const pointOf = ({ x, y }: Spot): { x: number; y: number } => ({ x, y })
