/**
 * What a model does with a page, in the words of computer-use tools: each action in the dialect's own input events, one
 * after the other. Coordinates are pixels of the frame. browserAgent.ts uses it; it is of use without a room too.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { VideoFrame } from '@livekit/rtc-node'
import type { BrowserPage } from './browserPage.ts'
import { domKey, KEY_EVENT, keyOfCharacter, MODIFIER, typesItself, WINDOWS_KEY_CODES } from './keys.ts'

const DRAG_PAUSE_MS = 50
const TYPE_GAP_MS = 10
const SCROLL_STEP = 120
const MODIFIER_BITS: Readonly<Record<number, number>> = { 16: MODIFIER.SHIFT, 17: MODIFIER.CTRL, 18: MODIFIER.ALT, 91: MODIFIER.META }
const SCROLL = { up: [0, 1], down: [0, -1], left: [1, 0], right: [-1, 0] } as const

/** One action that is about to begin. */
export interface PageAction {
  name: string
  /** Where, if anywhere. */
  at: { x: number; y: number } | null
}

export interface PageActionsOptions {
  /** Asked before each action; what it throws ends the action before it begins. */
  before?: (action: PageAction) => Promise<void> | void
  /** Told after each that was done. */
  after?: (action: PageAction) => void
  /** Somebody else has the page now: an action that is under way goes no further and rejects with `Interrupted`. */
  isInterrupted?: () => boolean
}

/** A human has the focus: the agent's action was not done, or not to its end. */
export class Interrupted extends Error {
  constructor() {
    super('A participant of the room has the focus: the action was not done to its end.')
    this.name = 'Interrupted'
  }
}

export class PageActions {
  readonly #page: BrowserPage
  readonly #options: PageActionsOptions
  /** Actions never run into each other. */
  #last: Promise<unknown> = Promise.resolve()

  constructor(page: BrowserPage, options: PageActionsOptions = {}) {
    this.#page = page
    this.#options = options
  }

  /** `modifiers` as in `ctrl+shift`. */
  leftClick(x: number, y: number, modifiers = ''): Promise<void> {
    return this.#run('left_click', { x, y }, () => this.#with(modifiers, () => this.#click(x, y, 0, 1)))
  }

  rightClick(x: number, y: number): Promise<void> {
    return this.#run('right_click', { x, y }, () => this.#click(x, y, 2, 1))
  }

  middleClick(x: number, y: number): Promise<void> {
    return this.#run('middle_click', { x, y }, () => this.#click(x, y, 1, 1))
  }

  doubleClick(x: number, y: number): Promise<void> {
    return this.#run('double_click', { x, y }, () => this.#click(x, y, 0, 2))
  }

  tripleClick(x: number, y: number): Promise<void> {
    return this.#run('triple_click', { x, y }, () => this.#click(x, y, 0, 3))
  }

  mouseMove(x: number, y: number): Promise<void> {
    return this.#run('mouse_move', { x, y }, () => this.#page.sendMouseMove(x, y))
  }

  leftMouseDown(x: number, y: number): Promise<void> {
    return this.#run('left_mouse_down', { x, y }, () => this.#page.sendMouseClick(x, y, 0, false))
  }

  leftMouseUp(x: number, y: number): Promise<void> {
    return this.#run('left_mouse_up', { x, y }, () => this.#page.sendMouseClick(x, y, 0, true))
  }

  leftClickDrag(startX: number, startY: number, x: number, y: number): Promise<void> {
    return this.#run('left_click_drag', { x, y }, async () => {
      await this.#page.sendMouseMove(startX, startY)
      await this.#page.sendMouseClick(startX, startY, 0, false)
      await sleep(DRAG_PAUSE_MS)
      this.#goOn()
      await this.#page.sendMouseMove(x, y)
      await sleep(DRAG_PAUSE_MS)
      this.#goOn()
      await this.#page.sendMouseClick(x, y, 0, true)
    })
  }

  /** `amount` in notches of a wheel, 120 pixels each. */
  scroll(x: number, y: number, direction: keyof typeof SCROLL = 'down', amount = 3): Promise<void> {
    const [right, up] = SCROLL[direction]
    return this.#run('scroll', { x, y }, async () => {
      await this.#page.sendMouseMove(x, y)
      await this.#page.sendMouseWheel(x, y, right * amount * SCROLL_STEP, up * amount * SCROLL_STEP)
    })
  }

  /** As typed on a keyboard; what no key of it has, comes as a character alone. A line break is Enter. */
  typeText(text: string): Promise<void> {
    return this.#run('type', null, async () => {
      for (const character of text) {
        this.#goOn()
        await this.#type(character)
        await sleep(TYPE_GAP_MS)
      }
    })
  }

  /** A key or a shortcut, as `Enter`, `ctrl+a`. Throws for a name that no key has. */
  key(keys: string): Promise<void> {
    const codes = codesOf(keys)
    return this.#run('key', null, () => this.#hold(codes, 0))
  }

  /** Held for `duration` seconds. Throws for a name that no key has. */
  holdKey(keys: string, duration = 0.5): Promise<void> {
    const codes = codesOf(keys)
    return this.#run('hold_key', null, () => this.#hold(codes, duration * 1_000))
  }

  /** `duration` in seconds. */
  wait(duration = 1): Promise<void> {
    return this.#run('wait', null, () => sleep(duration * 1_000))
  }

  /** Rejects with `browser/url-refused` or `browser/navigation-failed`. */
  navigate(url: string): Promise<void> {
    return this.#run('navigate', null, () => this.#page.navigate(url))
  }

  goBack(): Promise<void> {
    return this.#run('go_back', null, () => this.#page.goBack())
  }

  goForward(): Promise<void> {
    return this.#run('go_forward', null, () => this.#page.goForward())
  }

  /** I420; null before the first paint. */
  get lastFrame(): VideoFrame | null {
    return this.#page.lastFrame
  }

  #run(name: string, at: PageAction['at'], act: () => Promise<void>): Promise<void> {
    const run = this.#last.then(async () => {
      await this.#options.before?.({ name, at })
      this.#goOn()
      await act()
      this.#options.after?.({ name, at })
    })
    this.#last = run.catch(() => {})
    return run
  }

  #goOn(): void {
    if (this.#options.isInterrupted?.()) throw new Interrupted()
  }

  async #click(x: number, y: number, button: number, count: number): Promise<void> {
    await this.#page.sendMouseMove(x, y)
    for (let click = 1; click <= count; click++) {
      await this.#page.sendMouseClick(x, y, button, false, click)
      await this.#page.sendMouseClick(x, y, button, true, click)
    }
  }

  async #with(modifiers: string, act: () => Promise<void>): Promise<void> {
    const codes = modifiers === '' ? [] : codesOf(modifiers)
    await this.#press(codes)
    await act()
    await this.#release(codes)
  }

  async #hold(codes: readonly number[], ms: number): Promise<void> {
    await this.#press(codes)
    if (ms > 0) await sleep(ms)
    await this.#release(codes)
  }

  async #press(codes: readonly number[]): Promise<void> {
    let bits = 0
    for (const code of codes) {
      bits |= MODIFIER_BITS[code] ?? 0
      await this.#page.sendKeyEvent(KEY_EVENT.RAWKEYDOWN, bits, code)
      const key = typesItself(code) && [0, MODIFIER.SHIFT].includes(bits) ? characterOf(code, bits !== 0) : null
      if (key !== null) await this.#page.sendKeyEvent(KEY_EVENT.CHAR, bits, code, 0, key)
    }
  }

  async #release(codes: readonly number[]): Promise<void> {
    let bits = codes.reduce((all, code) => all | (MODIFIER_BITS[code] ?? 0), 0)
    for (const code of codes.toReversed()) {
      bits &= ~(MODIFIER_BITS[code] ?? 0)
      await this.#page.sendKeyEvent(KEY_EVENT.KEYUP, bits, code)
    }
  }

  async #type(character: string): Promise<void> {
    if (character === '\n') return this.#hold([13], 0)
    const key = keyOfCharacter(character)
    if (key) return this.#hold(key.shift ? [16, key.windowsKeyCode] : [key.windowsKeyCode], 0)
    for (let unit = 0; unit < character.length; unit++) await this.#page.sendKeyEvent(KEY_EVENT.CHAR, 0, 0, 0, character.charCodeAt(unit))
  }
}

function codesOf(keys: string): number[] {
  // `+` itself is a key too: `ctrl++`.
  const names = keys.toLowerCase().match(/[^+]+|\+(?=\+|$)/g) ?? []
  return names.map((name) => {
    const code = name === '+' ? 187 : WINDOWS_KEY_CODES[name.trim()]
    if (code === undefined) throw new Error(`There is no key ${JSON.stringify(name)}; names are as in "ctrl+a", "Enter", "ArrowDown", "F5".`)
    return code
  })
}

function characterOf(windowsKeyCode: number, shift: boolean): number | null {
  return domKey(windowsKeyCode, shift)?.key.charCodeAt(0) ?? null
}
