/** A live browser in this process, its pages seen through a session of the test's own, and waiting for what it tells. */
import type { EventEmitter } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { launchBrowser, type BrowserEvents, type LaunchOptions, type LiveBrowser } from '@tandem/browser'
import { DEVICES, type InputEvent, type Modifier } from '@tandem/protocol'

const NEXT_TIMEOUT_MS = 20_000

export interface TestBrowser {
  readonly browser: LiveBrowser
  readonly folder: string
  /** Evaluates in the page's own world of a tab; the active one when none is named. The caller says what comes. */
  evaluate<T = unknown>(expression: string, tabId?: string): Promise<T>
  /** Navigates the active tab and waits until the page is loaded and laid out. */
  open(url: string): Promise<void>
  /** Polls the page, by its own frames, until the expression is true. */
  waitFor(expression: string, tabId?: string): Promise<void>
  /** The next such event that matches; listen before you act. `step` names it where it does not come. */
  next<E extends keyof BrowserEvents>(event: E, matches?: (data: BrowserEvents[E][0]) => boolean, step?: string): Promise<BrowserEvents[E][0]>
  close(): Promise<void>
}

export async function startTestBrowser(options: Partial<LaunchOptions> = {}): Promise<TestBrowser> {
  const folder = await mkdtemp(join(tmpdir(), 'tandem-test-'))
  const browser = await launchBrowser({ profileDir: join(folder, 'profile'), filesDir: join(folder, 'files'), viewport: { ...DEVICES.desktop }, ...options })
  // The emitter's own type cannot follow an event's name that is a type parameter.
  const listeners: EventEmitter = browser.events
  const sessions = new Map<string, ReturnType<LiveBrowser['connection']['attach']>>()
  const sessionOf = (tabId = browser.activeTabId ?? '') => {
    const session = sessions.get(tabId) ?? browser.connection.attach(tabId)
    sessions.set(tabId, session)
    return session
  }
  const evaluate = async <T>(expression: string, tabId?: string): Promise<T> => {
    const session = await sessionOf(tabId)
    const { result, exceptionDetails } = await session.send('Runtime.evaluate', { expression, returnByValue: true, awaitPromise: true })
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text)
    // A test knows what it asked for.
    return result.value as T
  }
  return {
    browser,
    folder,
    evaluate,
    async open(url) {
      await browser.navigate(url)
      // A session hears of the new document a moment later than ours.
      const loaded = "document.readyState === 'complete' || new Promise((resolve) => addEventListener('load', () => resolve(true)))"
      while (!(await evaluate(`location.href === ${JSON.stringify(url)} && (${loaded})`).catch(() => false))) await sleep(5)
      await evaluate('new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))')
    },
    async waitFor(expression, tabId) {
      const poll = `new Promise((resolve) => { const look = () => ((${expression}) ? resolve(true) : setTimeout(look, 10)); look() })`
      const late = performance.now() + NEXT_TIMEOUT_MS
      // A page that is just being replaced takes the question with it: asked again of the next.
      while (!(await evaluate(poll, tabId).catch(() => false))) if (performance.now() > late) throw new Error(`Never true: ${expression}`)
    },
    next(event, matches = () => true, step = '') {
      return new Promise((resolve, reject) => {
        const done = (): void => {
          clearTimeout(timer)
          listeners.off(event, listen)
        }
        // What came instead says more than a test's time-out.
        const timer = setTimeout(() => {
          done()
          reject(new Error(`No such ${event} within ${NEXT_TIMEOUT_MS} ms; the last was ${JSON.stringify(last)} ${step}`))
        }, NEXT_TIMEOUT_MS)
        let last: unknown
        const listen = (data: BrowserEvents[typeof event][0]): void => {
          last = data
          if (!matches(data)) return
          done()
          resolve(data)
        }
        listeners.on(event, listen)
      })
    },
    async close() {
      await browser.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** The events of a click. */
export function click(x: number, y: number, options: { clickCount?: number; button?: 0 | 1 | 2; modifiers?: Modifier[] } = {}): InputEvent[] {
  const press = { x, y, button: options.button ?? 0, modifiers: options.modifiers }
  const events: InputEvent[] = [{ type: 'mouseMove', x, y }]
  for (let count = 1; count <= (options.clickCount ?? 1); count++) {
    events.push({ type: 'mouseDown', ...press, clickCount: count }, { type: 'mouseUp', ...press, clickCount: count })
  }
  return events
}

/** The events of a key pressed and let go. */
export function press(key: string, options: { code?: string; modifiers?: Modifier[]; altGraph?: boolean } = {}): InputEvent[] {
  const { altGraph, ...common } = options
  return [
    { type: 'keyDown', key, ...common, altGraph },
    { type: 'keyUp', key, ...common },
  ]
}
