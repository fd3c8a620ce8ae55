/**
 * Human input on one page: InputEvent -> CDP, in order, never awaited, because the answer to an input event is
 * bound to the next frame. Who may send is decided before (`control.assertDriver`); which tab, in browser.ts.
 * Neighbours: dispatchQueue.ts (order and bounds), mouse.ts, keyboard.ts, touch.ts, clipboard.ts.
 */
import { isRelease, TandemError, type InputEvent } from '@tandem/protocol'
import type { CdpSession } from './connection.ts'
import { DispatchQueue } from './dispatchQueue.ts'
import { Keyboard } from './keyboard.ts'
import type { Layout } from './layout.ts'
import { Mouse } from './mouse.ts'
import { Touch } from './touch.ts'
import { within } from './waiting.ts'
import { WheelZoom } from './wheelZoom.ts'

/** What comes after a paste that waits for the clipboard, or while a picture of the page is taken. */
const MAX_WAITING = 500
/** A page that takes longer to handle a paste does not hold up what comes after it. */
const PASTE_TIMEOUT_MS = 500

/** Puts text on Chromium's clipboard; resolves when it is there. */
export type WriteClipboard = (text: string) => Promise<void>

export interface InputOptions {
  layout: Layout
  writeClipboard: WriteClipboard
  /** Has the page's frames say what they make of ctrl and wheel. */
  listenToZoom(on: boolean): Promise<void>
}

export class Input {
  readonly mouse: Mouse
  readonly layout: Layout
  readonly zoom: WheelZoom
  readonly #keyboard: Keyboard
  readonly #touch: Touch
  readonly #writeClipboard: WriteClipboard
  readonly #queue: DispatchQueue
  /** Counts the turns that ended: what was begun in an earlier one must not reach the page. */
  #turn = 0
  /** How many have it wait. */
  #holds = 0
  #waiting: InputEvent[] = []

  constructor(session: CdpSession, { layout, writeClipboard, listenToZoom }: InputOptions) {
    const queue = new DispatchQueue(session)
    this.mouse = new Mouse(session, queue, layout)
    this.#keyboard = new Keyboard(queue)
    this.#touch = new Touch(queue, layout)
    layout.events.on('scaled', () => this.#touch.rescaled())
    this.#queue = queue
    this.layout = layout
    this.zoom = new WheelZoom({ listen: listenToZoom, wheel: (event) => this.mouse.handle(event), zoom: (steps) => layout.zoom(steps) })
    this.#writeClipboard = writeClipboard
  }

  handle(event: InputEvent): void {
    if (this.#holds === 0) this.#dispatch(event)
    else if (this.#waiting.length < MAX_WAITING || isRelease(event)) this.#waiting.push(event)
  }

  /** Resolves when the page has handled what was done until now. */
  get handled(): Promise<void> {
    return this.#queue.last ?? Promise.resolve()
  }

  /**
   * What comes from now on waits until the answer is called. For a picture of the page that is taken meanwhile: Chromium
   * takes it at a scale of its own, and counts pointers and fingers by that.
   */
  hold(): () => void {
    this.#holds++
    let held = true
    return () => {
      if (!held) return
      held = false
      this.#holds--
      while (this.#holds === 0) {
        const event = this.#waiting.shift()
        if (!event) return
        this.#dispatch(event)
      }
    }
  }

  /** Copies or cuts the selection by the page's own command. */
  copy(cut: boolean): void {
    void (cut ? this.#keyboard.shortcut('x', 'ctrl', ['cut']) : this.#keyboard.shortcut('c', 'ctrl', ['copy']))
  }

  /** The human drives no more: nothing of what is still on its way follows. */
  end(): void {
    this.#turn++
    this.#queue.drop()
    this.zoom.stop()
    void this.releaseAll()
  }

  /** Resolves when the page has been told; null: nothing was held. */
  releaseAll(): Promise<void> | null {
    const before = this.#queue.last
    // What waited would press again what is let go now.
    this.#waiting = []
    this.mouse.releaseAll()
    this.#keyboard.releaseAll()
    this.#touch.releaseAll()
    return this.#queue.last === before ? null : this.#queue.last
  }

  #dispatch(event: InputEvent): void {
    switch (event.type) {
      case 'mouseMove':
      case 'mouseMoveBy':
      case 'mouseDown':
      case 'mouseUp':
        return this.mouse.handle(event)
      case 'wheel':
        return event.modifiers?.includes('ctrl') ? this.zoom.take(event) : this.mouse.handle(event)
      case 'keyDown':
        if (event.key === 'Escape' && this.mouse.cancelDrag()) return
        return this.#keyboard.down(event)
      case 'keyUp':
        return this.#keyboard.up(event)
      case 'tap':
        // A page without touch has never heard of taps.
        return this.layout.shown.touch ? this.#touch.handle(event) : this.#click(event)
      case 'touchStart':
      case 'touchMove':
      case 'touchEnd':
      case 'touchCancel':
      case 'swipe':
        return this.#touch.handle(event)
      case 'text':
        return this.#keyboard.text(event.text)
      case 'composition':
        return this.#keyboard.composition(event)
      case 'paste':
        return this.#paste(event.text)
      case 'release':
        return void this.releaseAll()
      case 'ping':
        return
    }
  }

  #click({ x, y }: { x: number; y: number }): void {
    this.mouse.handle({ type: 'mouseMove', x, y })
    this.mouse.handle({ type: 'mouseDown', x, y, button: 0 })
    this.mouse.handle({ type: 'mouseUp', x, y, button: 0 })
  }

  /** The page sees a paste event with the text, as from a keyboard; where the clipboard cannot be had, plain insertion. */
  #paste(text: string): void {
    const turn = this.#turn
    const press = async (): Promise<void> => {
      if (turn !== this.#turn) return
      // Chromium reads the clipboard when the page gets the key: until then nothing else may be written to it.
      await within(PASTE_TIMEOUT_MS, this.#keyboard.shortcut('v', 'ctrl', ['paste']), () => new TandemError('browser/timeout')).catch(() => {})
    }
    const insert = (): void => {
      if (turn === this.#turn) this.#keyboard.text(text)
    }
    const pasted = this.#writeClipboard(text).then(press, insert)
    void pasted.finally(this.hold())
  }
}
