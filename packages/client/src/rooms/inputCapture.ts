/**
 * From the DOM of a page to what a room understands: pointer, wheel and keys over one element, in CSS pixels of the
 * remote page. How large the page is it is told, never by the video, which the SFU may scale.
 * Closed unless it is told otherwise: nothing is sent while `canSend` says no, and a gesture that began under another
 * epoch does not go on. Parts: mouseFinger.ts, wheelFinger.ts, heldKeys.ts, moves.ts; gestures of fingers on a desktop
 * page are those of input/inputTouch.ts. Knows no room: `send` has it.
 */
import { frameSize } from '../input/frameSize.ts'
import { toPage } from '../input/geometry.ts'
import { FingerIds, TouchGestures } from '../input/inputTouch.ts'
import { HeldKeys } from './heldKeys.ts'
import { MouseFinger } from './mouseFinger.ts'
import type { Spot } from './mouseFinger.ts'
import { Moves } from './moves.ts'
import type { SendInput } from './moves.ts'
import type { RoomInputEvent } from './send.ts'
import { WheelFinger } from './wheelFinger.ts'

export interface InputCaptureOptions {
  /** Shows the picture with `object-fit: contain`; takes the keyboard too, and gets a `tabindex` where it has none. */
  element: HTMLElement
  /** Of the remote page, CSS pixels: `viewport` of the session, 402x874 of its phone; `readTopic` tells when it changes. */
  frame(): { width: number; height: number }
  /** `touch`: mouse and wheel become fingers, for pages of phones; `mouse`: they stay what they are. */
  mode: 'touch' | 'mouse'
  send: SendInput
  /** Asked before each event. */
  canSend(): boolean
  /** Of the right to steer: what is held is forgotten when it changes. */
  epoch?(): unknown
}

/** Of a mouse's or a finger's own, and of the wheel's: apart, so that no drag takes up the other's. */
const MOUSE_TOUCH_ID = 0
const WHEEL_TOUCH_ID = 9
const LINE_PX = 16
/** Beside the ids of fingers. */
const MOUSE = -1

export class InputCapture {
  readonly #options: InputCaptureOptions
  readonly #abort = new AbortController()
  readonly #mouse: MouseFinger
  readonly #wheel: WheelFinger
  readonly #keys: HeldKeys
  /** Of the mouse, and of each finger. */
  readonly #moves = new Map<number, Moves>()
  readonly #fingers = new FingerIds()
  readonly #gestures: TouchGestures
  readonly #buttons = new Map<0 | 1 | 2, Spot>()
  readonly #touches = new Map<number, Spot>()
  #turned = { x: 0, y: 0 }
  #turnedAt: Spot | null = null
  #epoch: unknown
  readonly #before: { touchAction: string; tabIndex: string | null }

  constructor(options: InputCaptureOptions) {
    this.#options = options
    const { element, send } = options
    const frame = (callback: () => void): void => void requestAnimationFrame(callback)
    this.#epoch = options.epoch?.()
    this.#mouse = new MouseFinger(send, MOUSE_TOUCH_ID)
    this.#wheel = new WheelFinger({ send, touchId: WHEEL_TOUCH_ID, size: () => options.frame(), frame })
    this.#keys = new HeldKeys(send)
    // Its points are of the page, with parts of pixels.
    this.#gestures = new TouchGestures((event) => this.#gesture(event))
    this.#before = { touchAction: element.style.touchAction, tabIndex: element.getAttribute('tabindex') }
    element.style.touchAction = 'none'
    if (this.#before.tabIndex === null) element.tabIndex = 0
    this.#listen()
  }

  /** Lets go of every key, button and finger. */
  release(): void {
    if (!this.#open()) return
    this.#mouse.cancel()
    this.#wheel.lift()
    this.#gestures.cancel()
    for (const [touchId, { x, y }] of this.#touches) this.#options.send({ type: 'touchEnd', x, y, touchId }, { reliable: true })
    for (const [button, { x, y }] of this.#buttons) this.#options.send({ type: 'mouseUp', x, y, button }, { reliable: true })
    this.#keys.releaseAll()
    this.#forget()
  }

  close(): void {
    this.release()
    this.#forget()
    this.#abort.abort()
    const { element } = this.#options
    element.style.touchAction = this.#before.touchAction
    if (this.#before.tabIndex === null) element.removeAttribute('tabindex')
  }

  #listen(): void {
    const { signal } = this.#abort
    const { element } = this.#options
    const on = <K extends keyof HTMLElementEventMap>(type: K, listener: (event: HTMLElementEventMap[K]) => void): void =>
      element.addEventListener(type, (event) => this.#open() && listener(event), { signal, passive: false })
    on('pointerdown', (event) => this.#down(event))
    on('pointermove', (event) => this.#move(event))
    on('pointerup', (event) => this.#up(event))
    on('pointercancel', () => this.release())
    on('wheel', (event) => this.#turn(event))
    on('keydown', (event) => this.#keyDown(event))
    on('keyup', (event) => this.#keys.up(event) && event.preventDefault())
    on('contextmenu', (event) => event.preventDefault())
    on('dragstart', (event) => event.preventDefault())
    element.addEventListener('blur', () => this.#open() && this.#keys.releaseAll(), { signal })
    const { ownerDocument: document } = element
    document.defaultView?.addEventListener('blur', () => this.release(), { signal })
    document.addEventListener('visibilitychange', () => document.hidden && this.release(), { signal })
  }

  /** Null in the bars beside the picture, where nothing may begin; what has begun is kept inside the page. */
  #spot(event: { clientX: number; clientY: number }, mayLeave: boolean): Spot | null {
    const { element } = this.#options
    const frame = this.#options.frame()
    const { x, y, inside } = toPage(event.clientX, event.clientY, element.getBoundingClientRect(), frame, frameSize(pictureOf(element)))
    if (!inside && !mayLeave) return null
    return { x: within(x, frame.width), y: within(y, frame.height), screenX: event.clientX, screenY: event.clientY }
  }

  #down(event: PointerEvent): void {
    const spot = this.#spot(event, false)
    if (!spot) return
    const { element, mode, send } = this.#options
    element.setPointerCapture(event.pointerId)
    element.focus({ preventScroll: true })
    event.preventDefault()
    this.#wheel.lift()
    if (event.pointerType === 'touch') {
      if (mode === 'mouse') return this.#gestures.down(event.pointerId, spot, event.timeStamp)
      const touchId = this.#fingers.down(event.pointerId)
      if (touchId === null) return
      this.#touches.set(touchId, spot)
      send({ type: 'touchStart', x: spot.x, y: spot.y, touchId }, { reliable: true })
    } else if (mode === 'touch') {
      if (event.button === 0) this.#mouse.press(spot)
    } else this.#press(event, spot)
  }

  #move(event: PointerEvent): void {
    const { mode } = this.#options
    const touchId = this.#fingers.get(event.pointerId)
    const held = touchId !== null || this.#mouse.down || this.#buttons.size > 0
    // Further buttons of a mouse that is down already come as moves.
    if (mode === 'mouse' && event.pointerType !== 'touch' && event.button >= 0) this.#change(event)
    const spot = this.#spot(event, held || event.pointerType === 'touch')
    if (!spot) return
    const at = { x: spot.x, y: spot.y }
    if (touchId !== null) {
      this.#touches.set(touchId, spot)
      this.#movesOf(touchId).push({ type: 'touchMove', ...at, touchId })
    } else if (event.pointerType === 'touch') this.#gestures.move(event.pointerId, spot, event.timeStamp)
    else if (mode === 'touch') this.#mouse.move(spot)
    else this.#movesOf(MOUSE).push({ type: 'mouseMove', ...at })
  }

  #up(event: PointerEvent): void {
    const { mode, send } = this.#options
    const spot = this.#spot(event, true)
    const touchId = this.#fingers.up(event.pointerId)
    if (!spot) return
    if (touchId !== null) {
      this.#movesOf(touchId).drop()
      this.#touches.delete(touchId)
      send({ type: 'touchMove', x: spot.x, y: spot.y, touchId }, { reliable: true })
      send({ type: 'touchEnd', x: spot.x, y: spot.y, touchId }, { reliable: true })
    } else if (event.pointerType === 'touch') this.#gestures.up(event.pointerId, event.timeStamp)
    else if (mode === 'touch') this.#mouse.lift(spot)
    else this.#lift(event.button, spot)
  }

  /** A button went down or up while another was down. */
  #change(event: PointerEvent): void {
    const spot = this.#spot(event, true)
    if (!spot) return
    if (isButton(event.button) && this.#buttons.has(event.button)) this.#lift(event.button, spot)
    else this.#press(event, spot)
  }

  #press({ button }: PointerEvent, spot: Spot): void {
    if (!isButton(button)) return
    this.#movesOf(MOUSE).drop()
    this.#buttons.set(button, spot)
    this.#options.send({ type: 'mouseMove', x: spot.x, y: spot.y }, { reliable: true })
    this.#options.send({ type: 'mouseDown', x: spot.x, y: spot.y, button }, { reliable: true })
  }

  #lift(button: number, spot: Spot): void {
    if (!isButton(button) || !this.#buttons.delete(button)) return
    this.#movesOf(MOUSE).drop()
    this.#options.send({ type: 'mouseMove', x: spot.x, y: spot.y }, { reliable: true })
    this.#options.send({ type: 'mouseUp', x: spot.x, y: spot.y, button }, { reliable: true })
  }

  #keyDown(event: KeyboardEvent): void {
    const { element } = this.#options
    if (isTyping(event, element)) return
    if (this.#keys.down(event)) event.preventDefault()
    // The way out for whoever has no mouse, since Tab is the page's: the next one goes on behind the picture.
    else if (event.key === 'Escape' && !event.isComposing) element.blur()
  }

  #turn(event: WheelEvent): void {
    const spot = this.#spot(event, false)
    if (!spot) return
    event.preventDefault()
    const unit = event.deltaMode === 1 ? LINE_PX : event.deltaMode === 2 ? this.#options.frame().height : 1
    const delta = { x: event.deltaX * unit, y: event.deltaY * unit }
    if (this.#options.mode === 'touch') {
      if (!this.#mouse.down && this.#touches.size === 0) this.#wheel.turn(spot, delta)
      return
    }
    const waits = this.#turnedAt !== null
    this.#turnedAt = spot
    this.#turned = { x: this.#turned.x + delta.x, y: this.#turned.y + delta.y }
    if (!waits) requestAnimationFrame(() => this.#scroll())
  }

  /** Whole pixels, once a frame; what is left over counts for the next. */
  #scroll(): void {
    const spot = this.#turnedAt
    this.#turnedAt = null
    if (!spot || !this.#open()) return
    const deltaX = Math.trunc(this.#turned.x)
    const deltaY = Math.trunc(this.#turned.y)
    this.#turned = { x: this.#turned.x - deltaX, y: this.#turned.y - deltaY }
    if (deltaX !== 0 || deltaY !== 0) this.#options.send({ type: 'wheel', x: spot.x, y: spot.y, deltaX, deltaY }, { reliable: true })
  }

  #gesture(event: Parameters<ConstructorParameters<typeof TouchGestures>[0]>[0]): void {
    if (event.type === 'wheel') {
      const { x, y, deltaX, deltaY } = event
      this.#options.send({ type: 'wheel', x, y, deltaX: Math.round(deltaX), deltaY: Math.round(deltaY) }, { reliable: true })
    } else if (event.type === 'mouseMove' || event.type === 'mouseDown' || event.type === 'mouseUp')
      this.#options.send(event satisfies RoomInputEvent, { reliable: true })
  }

  #movesOf(pointer: number): Moves {
    const known = this.#moves.get(pointer)
    if (known) return known
    const made = new Moves(this.#options.send)
    this.#moves.set(pointer, made)
    return made
  }

  /** Nothing leaves without the right to it, and nothing goes on that began under another one. */
  #open(): boolean {
    const { canSend, epoch } = this.#options
    const may = canSend()
    const now = epoch?.()
    if (!may || now !== this.#epoch) this.#forget()
    this.#epoch = now
    return may
  }

  #forget(): void {
    this.#mouse.forget()
    this.#wheel.forget()
    this.#gestures.cancel()
    this.#keys.forget()
    for (const moves of this.#moves.values()) moves.drop()
    this.#fingers.clear()
    this.#touches.clear()
    this.#buttons.clear()
    this.#turned = { x: 0, y: 0 }
  }
}

const within = (value: number, length: number): number => Math.round(Math.min(length - 1, Math.max(0, value)))

const isButton = (button: number): button is 0 | 1 | 2 => button === 0 || button === 1 || button === 2

/** A field of the viewer's own page that lies in the element has its keys for itself. */
function isTyping(event: KeyboardEvent, element: HTMLElement): boolean {
  const [target] = event.composedPath()
  return target instanceof HTMLElement && target !== element && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT|BUTTON)$/.test(target.tagName))
}

function pictureOf(element: HTMLElement): Element | null {
  return element instanceof HTMLVideoElement ? element : element.querySelector('video')
}
