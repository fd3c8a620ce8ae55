/**
 * From the viewer's DOM to InputEvents in page CSS pixels: the first step of the input path. Listens on
 * the picture only while the viewer steers, maps points through the letterbox, and leaves keys to
 * inputText.ts and fingers to inputTouch.ts. Knows no socket and no rules of control: liveView.ts
 * says when it is on and sends what the outbox gives.
 */
import type { InputEvent, PageLayout } from '@tandem/protocol'
import { clampPoint, pageIn, toPage } from './geometry.ts'
import type { Box, Size } from './geometry.ts'
import { TextInput } from './inputText.ts'
import { FingerIds, TouchGestures } from './inputTouch.ts'
import { modifiersOf } from './keys.ts'
import { Outbox } from './outbox.ts'
import { OwnPointer } from './ownPointer.ts'

export interface InputTarget {
  send(events: InputEvent[]): void
  copy(cut: boolean): void
  history(direction: 'back' | 'forward' | 'reload'): void
  escapedTwice(): void
  /** How the page is laid out. */
  viewport(): PageLayout | null
  /** What to tell the human about their pointer; null: nothing. */
  pointerHint(text: string | null): void
}

/** Chromium on Linux scrolls three lines of 40 px a notch; Firefox counts in lines. */
const LINE_PX = 40

export class PictureInput {
  readonly #surface: HTMLElement
  readonly #area: HTMLTextAreaElement
  readonly #target: InputTarget
  readonly #frame: () => Size | null
  readonly #outbox: Outbox
  readonly #text: TextInput
  readonly #fingers = new FingerIds()
  readonly #gestures: TouchGestures
  readonly #pointer: OwnPointer
  readonly #mac: boolean
  readonly #abort = new AbortController()
  /** Buttons that the page believes to be down. */
  readonly #buttons = new Set<0 | 1 | 2>()
  #on = false

  /** @param frame The size of the frame that is shown; null before the first. */
  constructor(surface: HTMLElement, area: HTMLTextAreaElement, target: InputTarget, frame: () => Size | null) {
    this.#surface = surface
    this.#area = area
    this.#target = target
    this.#frame = frame
    this.#mac = /Mac|iPhone|iPad/.test(navigator.userAgent)
    this.#outbox = new Outbox({ send: (events) => this.#on && target.send(events) })
    this.#gestures = new TouchGestures((event) => this.#outbox.push(event))
    this.#text = new TextInput(area, {
      send: (event) => this.#on && this.#outbox.push(event),
      copy: (cut) => this.#on && target.copy(cut),
      history: (direction) => this.#on && target.history(direction),
      escapedTwice: () => this.#on && target.escapedTwice(),
      mac: this.#mac,
    })
    this.#pointer = new OwnPointer(
      surface,
      { moved: (event) => this.#movedBy(event), escaped: () => this.#escape(), hint: (text) => target.pointerHint(text) },
      this.#abort.signal,
    )
    this.#listen()
  }

  get on(): boolean {
    return this.#on
  }

  /** Begins or ends to take input. Ending forgets what is held: the server lets go by itself when control changes. */
  enable(on: boolean): void {
    if (on === this.#on) return
    this.#on = on
    this.#area.disabled = !on
    this.#surface.style.touchAction = on ? 'none' : ''
    if (on) return
    this.#pointer.want(false)
    this.#outbox.clear()
    this.#forget()
    this.#area.blur()
  }

  /** The page has locked its pointer: so is the viewer's, until either lets go. */
  lock(on: boolean): void {
    this.#pointer.want(on && this.#on)
  }

  /** Takes the keyboard; with `text` a phone shows its own. */
  focus(keyboard: 'text' | 'none' = 'text'): void {
    if (this.#on) this.#text.focus(keyboard)
  }

  /** Lets go of every key, button and finger. */
  release(): void {
    if (this.#on && this.#forget()) this.#outbox.push({ type: 'release' })
  }

  close(): void {
    this.enable(false)
    this.#abort.abort()
    this.#text.close()
    this.#gestures.cancel()
  }

  /** Says whether anything was held. */
  #forget(): boolean {
    const buttons = this.#buttons.size > 0
    this.#buttons.clear()
    this.#gestures.cancel()
    const keys = this.#text.forget()
    const fingers = this.#fingers.clear()
    return buttons || keys || fingers
  }

  #listen(): void {
    const { signal } = this.#abort
    const surface = this.#surface
    const on = <K extends keyof HTMLElementEventMap>(type: K, listener: (event: HTMLElementEventMap[K]) => void): void =>
      surface.addEventListener(type, (event) => this.#on && listener(event), { signal, passive: false })
    on('pointerdown', (event) => this.#pointerDown(event))
    on('pointerup', (event) => this.#pointerUp(event))
    on('pointercancel', (event) => this.#pointerCancel(event))
    // Raw updates come before the frame's own; where they exist, the aligned ones would only repeat them.
    if ('onpointerrawupdate' in surface)
      surface.addEventListener('pointerrawupdate', (event) => this.#on && event instanceof PointerEvent && this.#pointerMove(event), { signal })
    else on('pointermove', (event) => this.#pointerMove(event))
    on('mousedown', (event) => this.#mouse(event, 'mouseDown'))
    on('mouseup', (event) => this.#mouse(event, 'mouseUp'))
    on('wheel', (event) => this.#wheel(event))
    on('contextmenu', (event) => event.preventDefault())
    on('dragstart', (event) => event.preventDefault())
    // Middle click opens nothing and starts no autoscroll here.
    on('auxclick', (event) => event.preventDefault())
    const view = surface.ownerDocument.defaultView
    view?.addEventListener('blur', () => this.release(), { signal })
    surface.ownerDocument.addEventListener('visibilitychange', () => surface.ownerDocument.hidden && this.release(), { signal })
  }

  #box(): Box {
    return this.#surface.getBoundingClientRect()
  }

  /** The page point under an event; null in the bars, where nothing may begin. */
  #point(event: { clientX: number; clientY: number }, mayLeave: boolean): { x: number; y: number } | null {
    const viewport = this.#target.viewport()
    if (!viewport) return null
    const { x, y, inside } = toPage(event.clientX, event.clientY, this.#box(), viewport, this.#frame())
    if (!inside && !mayLeave) return null
    return clampPoint({ x, y }, viewport)
  }

  get #touchPage(): boolean {
    return this.#target.viewport()?.touch === true
  }

  /** On a phone's page the left button is a finger, as in a browser's device mode. */
  #isFinger(event: PointerEvent): boolean {
    return event.pointerType === 'touch' || (this.#touchPage && event.pointerType === 'mouse' && event.button <= 0)
  }

  #pointerDown(event: PointerEvent): void {
    // One that is locked has nowhere else to go, and cannot be captured.
    if (!this.#pointer.locked) this.#surface.setPointerCapture(event.pointerId)
    if (!this.#isFinger(event)) return
    event.preventDefault()
    const point = this.#point(event, false)
    if (!point) return
    // A phone's keyboard that is open stays open; one that is closed stays closed.
    this.#text.focus(event.pointerType !== 'touch' || (this.#text.focused && this.#area.inputMode === 'text') ? 'text' : 'none')
    if (!this.#touchPage) return this.#gestures.down(event.pointerId, point, event.timeStamp)
    const touchId = this.#fingers.down(event.pointerId)
    if (touchId !== null) this.#outbox.push({ type: 'touchStart', ...point, touchId })
  }

  #pointerMove(event: PointerEvent): void {
    if (this.#pointer.locked) return
    const finger = this.#fingers.get(event.pointerId)
    const dragging = this.#buttons.size > 0 || finger !== null
    const point = this.#point(event, dragging || event.pointerType === 'touch')
    if (!point) return
    if (finger !== null) this.#outbox.push({ type: 'touchMove', ...point, touchId: finger })
    else if (event.pointerType === 'touch') this.#gestures.move(event.pointerId, point, event.timeStamp)
    else if (!this.#touchPage || event.buttons > 1) this.#outbox.push({ type: 'mouseMove', ...point, modifiers: modifiersOf(event, this.#mac) })
  }

  #pointerUp(event: PointerEvent): void {
    const touchId = this.#fingers.up(event.pointerId)
    if (touchId !== null) {
      const point = this.#point(event, true)
      if (point) this.#outbox.push({ type: 'touchEnd', ...point, touchId })
    } else if (event.pointerType === 'touch') this.#gestures.up(event.pointerId, event.timeStamp)
  }

  #pointerCancel(event: PointerEvent): void {
    this.#gestures.cancel()
    if (this.#fingers.get(event.pointerId) !== null) {
      this.#fingers.clear()
      this.#outbox.push({ type: 'touchCancel' })
    }
    // Of a pen that has pressed a button no mouseup follows.
    else if (event.pointerType !== 'touch') this.release()
  }

  /** Buttons come by mouse events: these carry the system's own click count, and come for each button. */
  #mouse(event: MouseEvent, type: 'mouseDown' | 'mouseUp'): void {
    event.preventDefault()
    const { button } = event
    if (button === 3 || button === 4) {
      if (type === 'mouseDown') this.#target.history(button === 3 ? 'back' : 'forward')
      return
    }
    if (button !== 0 && button !== 1 && button !== 2) return
    if (this.#touchPage && button === 0) return
    if (type === 'mouseDown') {
      this.#pointer.ask()
      this.#text.focus('text')
      this.#placeArea(event)
    } else if (!this.#buttons.has(button)) return
    const point = this.#point(event, type === 'mouseUp')
    if (!point) return
    if (type === 'mouseDown') this.#buttons.add(button)
    else this.#buttons.delete(button)
    const clickCount = Math.min(3, Math.max(1, event.detail))
    this.#outbox.push({ type, ...point, button, clickCount, modifiers: modifiersOf(event, this.#mac) })
  }

  #movedBy(event: MouseEvent): void {
    const viewport = this.#target.viewport()
    if (!this.#on || !viewport) return
    const scale = viewport.width / pageIn(this.#box(), viewport, this.#frame()).width
    this.#outbox.push({ type: 'mouseMoveBy', dx: event.movementX * scale, dy: event.movementY * scale, modifiers: modifiersOf(event, this.#mac) })
  }

  /** The browser keeps the Escape that frees a pointer to itself. */
  #escape(): void {
    const key = { key: 'Escape', code: 'Escape' }
    if (this.#on) for (const type of ['keyDown', 'keyUp'] as const) this.#outbox.push({ type, ...key })
  }

  #wheel(event: WheelEvent): void {
    // The page in the picture zooms, in the bars beside it nothing does: never the page around it.
    if (event.ctrlKey) event.preventDefault()
    const point = this.#point(event, false)
    if (!point) return
    event.preventDefault()
    const unit = event.deltaMode === 1 ? LINE_PX : event.deltaMode === 2 ? (this.#target.viewport()?.height ?? 720) : 1
    this.#outbox.push({ type: 'wheel', ...point, deltaX: event.deltaX * unit, deltaY: event.deltaY * unit, modifiers: modifiersOf(event, this.#mac) })
  }

  /** The window of an input method opens beside the textarea: keep it where the human works. */
  #placeArea(event: MouseEvent): void {
    const box = this.#box()
    this.#area.style.left = `${Math.round(event.clientX - box.left)}px`
    this.#area.style.top = `${Math.round(event.clientY - box.top)}px`
  }
}
