/**
 * Browsers kept ready, so that a session begins without waiting for one. Each has the id and the folder of the
 * session that it will be: nothing is moved when it is taken, and a browser that was taken never comes back.
 * They are started one at a time, when the machine has time for it, and replaced when they die or grow old.
 * Knows no sessions; `sessions.ts` takes from it.
 */
import type { LiveBrowser } from '@tandem/browser'
import type { Clock } from '../control/types.ts'
import type { Logger } from '../log.ts'

/** A browser that only waits still grows, and its Chromium may be replaced on disk. */
const MAX_AGE_MS = 30 * 60_000
/** The session that was just begun has the machine first: its page, its picture. */
const AFTER_TAKE_MS = 1_500
const LOOK_AGAIN_MS = 500
/** A machine that is always busy gets its browser all the same. */
const PATIENCE_MS = 10_000
const FIRST_RETRY_MS = 2_000
const MAX_RETRY_MS = 60_000

export interface PoolOptions {
  size: number
  clock: Clock
  log: Logger
  newId(): string
  launch(id: string): Promise<LiveBrowser>
  /** Removes what a browser left on disk. */
  discard(id: string): Promise<void>
  /** Whether one more may be kept beside so many. */
  hasRoom(ready: number): Promise<boolean>
  /** The machine, or a session's own launch, needs the time more. */
  busy(): boolean
}

export interface ReadyBrowser {
  /** The id that its session will have. */
  id: string
  browser: LiveBrowser
  /** It died while nobody was looking. */
  readonly dead: boolean
}

interface Entry {
  id: string
  browser: LiveBrowser
  dead: boolean
  old: boolean
  stopClock: () => void
}

export class Pool {
  readonly #options: PoolOptions
  #ready: Entry[] = []
  #filling: Promise<void> | null = null
  #lastTake = -Infinity
  #retryMs = FIRST_RETRY_MS
  #again = false
  #closed = false
  #wake = (): void => {}

  constructor(options: PoolOptions) {
    this.#options = options
  }

  /** How many wait. */
  get size(): number {
    return this.#ready.length
  }

  /** Fills it in the background. Also called when there may be room again. */
  fill(): void {
    if (this.#closed || this.#options.size === 0) return
    // What has changed may have come too late for the look that is being taken.
    this.#again = this.#filling !== null
    this.#filling ??= this.#fill().finally(() => {
      this.#filling = null
      if (this.#again) this.fill()
    })
  }

  /** The one that waits longest, now the caller's; null when there is none. */
  take(): ReadyBrowser | null {
    const entry = this.#ready.shift()
    if (!entry) return null
    entry.stopClock()
    this.#lastTake = this.#options.clock.elapsed()
    this.fill()
    return entry
  }

  /** Ends those that wait. Safe to call twice. */
  async close(): Promise<void> {
    this.#closed = true
    this.#wake()
    const ending = this.#ready.splice(0).map((entry) => this.#end(entry))
    await Promise.allSettled([...ending, this.#filling])
  }

  async #fill(): Promise<void> {
    const { size, log } = this.#options
    while (!this.#closed && this.#ready.filter((entry) => !entry.old).length < size) {
      await this.#untilQuiet()
      // Old ones are replaced, so that they need no room of their own.
      if (this.#closed || !(await this.#options.hasRoom(this.#ready.filter((entry) => !entry.old).length))) return
      try {
        await this.#add()
        this.#retryMs = FIRST_RETRY_MS
      } catch (error) {
        if (this.#closed) return
        log.warn({ err: error }, 'no browser could be kept ready')
        await this.#pause(this.#retryMs)
        this.#retryMs = Math.min(this.#retryMs * 2, MAX_RETRY_MS)
      }
    }
  }

  async #add(): Promise<void> {
    const { newId, launch, discard, clock, size } = this.#options
    const id = newId()
    let browser: LiveBrowser
    try {
      browser = await launch(id)
    } catch (error) {
      await discard(id)
      throw error
    }
    const entry: Entry = { id, browser, dead: false, old: false, stopClock: () => {} }
    if (this.#closed) return this.#end(entry)
    entry.stopClock = clock.after(MAX_AGE_MS, () => {
      entry.old = true
      this.fill()
    })
    browser.events.once('crashed', () => this.#died(entry))
    this.#ready.push(entry)
    while (this.#ready.length > size) {
      const oldest = this.#ready.shift()
      if (oldest) void this.#end(oldest)
    }
  }

  #died(entry: Entry): void {
    entry.dead = true
    if (!this.#ready.includes(entry)) return
    this.#ready = this.#ready.filter((other) => other !== entry)
    this.#options.log.info('a browser that was kept ready has died; another takes its place')
    void this.#end(entry)
    // Not at once: what kills browsers may be the machine's want of memory.
    this.#lastTake = this.#options.clock.elapsed()
    this.fill()
  }

  async #end(entry: Entry): Promise<void> {
    entry.stopClock()
    await entry.browser.close().catch(() => undefined)
    await this.#options.discard(entry.id)
  }

  async #untilQuiet(): Promise<void> {
    const { clock, busy } = this.#options
    const since = clock.elapsed()
    while (!this.#closed) {
      const wait = this.#lastTake + AFTER_TAKE_MS - clock.elapsed()
      if (clock.elapsed() - since >= PATIENCE_MS) return
      if (wait > 0) await this.#pause(wait)
      else if (busy()) await this.#pause(LOOK_AGAIN_MS)
      else return
    }
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const stopClock = this.#options.clock.after(ms, resolve)
      this.#wake = () => {
        stopClock()
        resolve()
      }
    })
  }
}
