/**
 * The packets of `browser-input` to calls of the page: a JSON array of events. What is malformed is left out by itself,
 * never with its neighbours. At most QUEUE events wait; moves and presses beyond are dropped, releases never.
 */
import type { BrowserPage } from './browserPage.ts'
import { Clicks } from './clicks.ts'
import { KEY_EVENT } from './keys.ts'

const QUEUE = 256
const RELEASES = new Set(['mouseup', 'keyup'])

type Fields = Record<string, unknown>

export class RoomInput {
  readonly #page: BrowserPage
  readonly #clicks = new Clicks()
  #queue: Fields[] = []
  #draining = false

  constructor(page: BrowserPage) {
    this.#page = page
  }

  /** One packet of whoever holds the focus. */
  take(payload: Uint8Array): void {
    let events: unknown
    try {
      events = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(payload))
    } catch {
      return
    }
    if (!Array.isArray(events)) return
    for (const event of events) {
      if (typeof event !== 'object' || event === null) continue
      const fields = event as Fields
      if (this.#queue.length < QUEUE || RELEASES.has(String(fields['type']))) this.#queue.push(fields)
    }
    if (this.#draining || this.#queue.length === 0) return
    this.#draining = true
    setImmediate(() => this.#drain())
  }

  /** What waits is not wanted any more. */
  drop(): void {
    this.#queue = []
  }

  #drain(): void {
    this.#draining = false
    const queue = this.#queue
    this.#queue = []
    for (const event of queue) void this.#dispatch(event)
  }

  async #dispatch(event: Fields): Promise<void> {
    const page = this.#page
    const [x, y] = [number(event['x']), number(event['y'])]
    const type = event['type']
    if (type === 'keydown' || type === 'keyup' || type === 'char') {
      const [keyCode, modifiers] = [number(event['keyCode']), number(event['modifiers'] ?? 0)]
      if (keyCode === null || modifiers === null) return
      if (type === 'keydown') return page.sendKeyEvent(KEY_EVENT.RAWKEYDOWN, modifiers, keyCode)
      if (type === 'keyup') return page.sendKeyEvent(KEY_EVENT.KEYUP, modifiers, keyCode)
      return page.sendKeyEvent(KEY_EVENT.CHAR, modifiers, keyCode, 0, number(event['charCode'] ?? 0) ?? 0)
    }
    if (x === null || y === null) return
    if (type === 'mousemove') return page.sendMouseMove(x, y)
    if (type === 'wheel') return page.sendMouseWheel(x, y, number(event['deltaX'] ?? 0) ?? 0, number(event['deltaY'] ?? 0) ?? 0)
    const button = number(event['button'] ?? 0)
    if (button === null) return
    if (type === 'mousedown') return page.sendMouseClick(x, y, button, false, this.#clicks.press(button, x, y, performance.now()))
    if (type === 'mouseup') return page.sendMouseClick(x, y, button, true, this.#clicks.count)
  }
}

/** Within what any screen has; null: no number. */
function number(value: unknown): number | null {
  return typeof value === 'number' && Math.abs(value) <= 100_000 ? value : null
}
