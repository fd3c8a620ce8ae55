/**
 * Keeps one session's Chromium alive: launches it, notices its crash, launches it once more with the same
 * profile, gives up when it falls again soon. Knows nothing of viewers or control; `session.ts` listens.
 */
import { EventEmitter } from 'node:events'
import type { LiveBrowser } from '@tandem/browser'
import { TandemError } from '@tandem/protocol'
import type { Clock } from '../control/types.ts'

/** A second crash within this time is not answered by another launch. */
const CRASH_WINDOW_MS = 60_000

interface HostEvents {
  /** A browser is there (again); `restored` says that it replaces one that crashed. */
  up: [{ browser: LiveBrowser; restored: boolean }]
  /** Chromium died; a new one is being started. */
  down: [{ reason: string }]
  /** Chromium died and stays dead. */
  gone: [{ reason: string }]
}

type HostState =
  /** Not started yet, or between a crash and the next launch; `ending`: the crashed one is being cleared away. */
  | { state: 'idle'; ending?: Promise<void> }
  | { state: 'starting'; launch: Promise<LiveBrowser> }
  | { state: 'up'; browser: LiveBrowser }
  | { state: 'gone'; reason: string }
  | { state: 'closed' }

export class BrowserHost {
  readonly #launch: () => Promise<LiveBrowser>
  readonly #clock: Clock
  #state: HostState = { state: 'idle' }
  #lastCrash: number | null = null
  readonly events = new EventEmitter<HostEvents>()

  constructor(launch: () => Promise<LiveBrowser>, clock: Clock) {
    this.#launch = launch
    this.#clock = clock
  }

  /** @throws TandemError `browser/crashed` while it is being restarted, `session/closed` afterwards */
  get browser(): LiveBrowser {
    if (this.#state.state === 'up') return this.#state.browser
    if (this.#state.state === 'starting' || this.#state.state === 'idle')
      throw new TandemError('browser/crashed', 'The browser is being started; try again in a moment.')
    throw new TandemError('session/closed')
  }

  get running(): LiveBrowser | null {
    return this.#state.state === 'up' ? this.#state.browser : null
  }

  /** @throws TandemError `browser/not-installed`, `browser/launch-failed` */
  async start(restored: boolean): Promise<void> {
    // The server stopped before it came to this: nobody would end the browser any more.
    if (this.#isClosed()) throw new TandemError('session/closed')
    const launch = this.#launch()
    this.#state = { state: 'starting', launch }
    let browser: LiveBrowser
    try {
      browser = await launch
    } catch (error) {
      if (!this.#isClosed()) this.#state = { state: 'gone', reason: 'launch-failed' }
      throw error
    }
    // Closed meanwhile: `close` waits for the launch and ends the browser.
    if (this.#isClosed()) throw new TandemError('session/closed')
    this.#state = { state: 'up', browser }
    browser.events.once('crashed', ({ reason }) => void this.#crashed(reason))
    this.events.emit('up', { browser, restored })
  }

  /** Ends Chromium, one that is just being launched included. */
  async close(): Promise<void> {
    const before = this.#state
    this.#state = { state: 'closed' }
    if (before.state === 'up') await before.browser.close()
    if (before.state === 'idle') await before.ending
    if (before.state === 'starting') {
      const browser = await before.launch.catch(() => null)
      await browser?.close()
    }
  }

  #isClosed(): boolean {
    return this.#state.state === 'closed'
  }

  async #crashed(reason: string): Promise<void> {
    if (this.#state.state !== 'up') return
    const { browser } = this.#state
    const now = this.#clock.now()
    const again = this.#lastCrash !== null && now - this.#lastCrash < CRASH_WINDOW_MS
    this.#lastCrash = now
    // Frees the profile's lock and whatever children are left.
    const ending = browser.close().catch(() => undefined)
    this.#state = { state: 'idle', ending }
    if (!again) this.events.emit('down', { reason })
    await ending
    if (this.#isClosed()) return
    if (again) {
      this.#state = { state: 'gone', reason }
      this.events.emit('gone', { reason })
      return
    }
    try {
      await this.start(true)
    } catch {
      if (!this.#isClosed()) this.events.emit('gone', { reason: `${reason}; it could not be started again` })
    }
  }
}
