/** The human's mouse on one page: held buttons, coalesced moves and wheel, and HTML5 drag and drop. */
import type { InputEvent } from '@tandem/protocol'
import type { CdpSession, Protocol } from './connection.ts'
import type { DispatchQueue } from './dispatchQueue.ts'
import { MODIFIER_BITS, modifierBits } from './keymap.ts'
import type { Layout } from './layout.ts'

export type MouseInput = Extract<InputEvent, { type: 'mouseMove' | 'mouseMoveBy' | 'mouseDown' | 'mouseUp' | 'wheel' }>
type Button = 0 | 1 | 2

const BUTTON_NAMES = ['left', 'middle', 'right'] as const
/** DOM `buttons` numbers them otherwise than `button`. */
const BUTTON_BITS = [1, 4, 2] as const

export class Mouse {
  readonly #queue: DispatchQueue
  readonly #layout: Pick<Layout, 'factor'>
  readonly #held = new Set<Button>()
  #x = 0
  #y = 0
  #modifiers = 0
  #wheel = { x: 0, y: 0 }
  #drag: { data: Protocol.Input.DragData; entered: boolean } | null = null
  /** Where the page locked the pointer, and where it is when that ends. */
  #lockedAt: { x: number; y: number } | null = null
  #lastPress: { button: Button; modifiers: number } = { button: 0, modifiers: 0 }

  constructor(session: CdpSession, queue: DispatchQueue, layout: Pick<Layout, 'factor'>) {
    this.#queue = queue
    this.#layout = layout
    session.on('Input.dragIntercepted', ({ data }) => this.#dragStarted(data))
  }

  /** In the picture. */
  get position(): { x: number; y: number } {
    return { x: this.#x, y: this.#y }
  }

  /** The last press asked for a tab in the background, as a middle click or ctrl+click does. */
  get wantsBackgroundTab(): boolean {
    const { button, modifiers } = this.#lastPress
    return button === 1 || (button === 0 && (modifiers & (MODIFIER_BITS.ctrl | MODIFIER_BITS.cmd)) !== 0)
  }

  handle(event: MouseInput): void {
    this.#modifiers = modifierBits(event.modifiers)
    if (event.type === 'mouseMoveBy') return this.#moveBy(event.dx, event.dy)
    // A press of one whose pointer is locked is where the pointer was; Chromium would take that for a movement.
    if (!this.#lockedAt || event.type === 'mouseMove') {
      this.#x = event.x
      this.#y = event.y
    }
    switch (event.type) {
      case 'mouseMove':
        return this.#move()
      case 'wheel':
        return this.#scroll(event.deltaX, event.deltaY)
      case 'mouseDown':
        return this.#press(event.button, event.clickCount ?? 1)
      case 'mouseUp':
        return this.#release(event.button, event.clickCount ?? 1)
    }
  }

  /** The page has locked the pointer, or lets go of it. */
  lock(on: boolean): void {
    if (on) this.#lockedAt ??= this.position
    else if (this.#lockedAt) {
      ;({ x: this.#x, y: this.#y } = this.#lockedAt)
      this.#lockedAt = null
    }
  }

  /** Escape ends a drag, as everywhere. Answers whether there was one. */
  cancelDrag(): boolean {
    if (!this.#drag) return false
    this.#dispatchDrag('dragCancel')
    this.#drag = null
    return true
  }

  releaseAll(): void {
    this.cancelDrag()
    for (const button of [...this.#held]) this.#release(button, 1)
  }

  #move(): void {
    const drag = this.#drag
    if (drag) {
      const type = drag.entered ? 'dragOver' : 'dragEnter'
      drag.entered = true
      // The first of a drag must not be lost to a later one.
      if (type === 'dragEnter') return this.#dispatchDrag(type)
      return this.#queue.move('mouse', 'Input.dispatchDragEvent', () => this.#dragEvent(type, drag.data))
    }
    this.#queue.move('mouse', 'Input.dispatchMouseEvent', () => ({ type: 'mouseMoved', ...this.#common, button: this.#firstHeld }))
  }

  /** Movement is what Chromium makes of two positions, and while the pointer is locked these may lie anywhere. */
  #moveBy(dx: number, dy: number): void {
    if (!this.#lockedAt) return
    this.#x += dx
    this.#y += dy
    this.#move()
  }

  #scroll(deltaX: number, deltaY: number): void {
    this.#wheel.x += deltaX
    this.#wheel.y += deltaY
    this.#queue.move('wheel', 'Input.dispatchMouseEvent', () => {
      const { x, y } = this.#wheel
      this.#wheel = { x: 0, y: 0 }
      return { type: 'mouseWheel', ...this.#common, deltaX: x, deltaY: y }
    })
  }

  #press(button: Button, clickCount: number): void {
    this.#lastPress = { button, modifiers: this.#modifiers }
    const sent = this.#queue.dispatch('Input.dispatchMouseEvent', {
      type: 'mousePressed',
      ...this.#common,
      buttons: this.#buttons | BUTTON_BITS[button],
      button: BUTTON_NAMES[button],
      clickCount,
    })
    if (sent) this.#held.add(button)
  }

  #release(button: Button, clickCount: number): void {
    if (!this.#held.has(button)) return
    // A move of before that went out without the button would end the page's capture of the pointer: the release would be another's.
    this.#queue.flush()
    this.#held.delete(button)
    if (this.#drag && button === 0) {
      if (!this.#drag.entered) this.#dispatchDrag('dragEnter')
      this.#dispatchDrag('drop')
      this.#drag = null
      return
    }
    const params = { type: 'mouseReleased', ...this.#common, button: BUTTON_NAMES[button], clickCount } as const
    this.#queue.dispatch('Input.dispatchMouseEvent', params, true)
  }

  #dragStarted(data: Protocol.Input.DragData): void {
    this.#drag = { data, entered: false }
    // Released before Chromium could say that it was a drag: it ends where the pointer is now.
    if (!this.#held.has(0)) this.cancelDrag()
    else this.#move()
  }

  #dispatchDrag(type: Protocol.Input.DispatchDragEventRequest['type']): void {
    if (this.#drag) this.#queue.dispatch('Input.dispatchDragEvent', this.#dragEvent(type, this.#drag.data), true)
  }

  #dragEvent(type: Protocol.Input.DispatchDragEventRequest['type'], data: Protocol.Input.DragData): Protocol.Input.DispatchDragEventRequest {
    return { type, ...this.#at, data, modifiers: this.#modifiers }
  }

  get #buttons(): number {
    let buttons = 0
    for (const button of this.#held) buttons |= BUTTON_BITS[button]
    return buttons
  }

  get #firstHeld(): 'left' | 'middle' | 'right' | 'none' {
    const [first] = this.#held
    return first === undefined ? 'none' : BUTTON_NAMES[first]
  }

  /** As the page counts by now: a pinch may have come in between. */
  get #at(): { x: number; y: number } {
    const { factor } = this.#layout
    return { x: this.#x / factor, y: this.#y / factor }
  }

  get #common() {
    return { ...this.#at, modifiers: this.#modifiers, buttons: this.#buttons, pointerType: 'mouse' } as const
  }
}
