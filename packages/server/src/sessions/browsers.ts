/**
 * Where a session's browser comes from and where it lies on disk: started now, few at a time, or taken from the pool
 * and made the session's own. What a browser leaves (cookies of its time, folders) is looked after here too.
 * Knows no sessions, only their ids; `sessions.ts` asks.
 */
import { randomUUID } from 'node:crypto'
import { mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { LaunchOptions, LiveBrowser } from '@tandem/browser'
import { DEVICES, TandemError } from '@tandem/protocol'
import type { Config } from '../config.ts'
import type { Clock } from '../control/types.ts'
import type { Logger } from '../log.ts'
import type { SessionRow } from '../store/sessions.ts'
import { createCpuWatch } from './cpuWatch.ts'
import { Launches } from './launches.ts'
import type { Limits } from './limits.ts'
import { Pool } from './pool.ts'
import type { ReadyBrowser } from './pool.ts'
import type { Profiles } from './profiles.ts'
import { restoreSessionCookies, saveSessionCookies } from './sessionCookies.ts'

/** On a busy machine Chromium needs longer to write its cookies; less than what the server's own stop may take. */
const PROFILE_CLOSE_MS = 3_000

/** A viewer who was sent a link opens it within this: until then the capture is kept, which costs some tenths of a second to begin. */
const VIEWER_EXPECTED_MS = 10_000
const WARM_MS = 500
/** A session does not wait longer for its capture to begin. */
const CAPTURE_PATIENCE_MS = 500

/** What of a session decides which browser it needs. */
export type BrowserPlan = Pick<SessionRow, 'id' | 'viewport' | 'profile'>

export interface BrowsersOptions {
  config: Config
  clock: Clock
  log: Logger
  limits: Limits
  profiles: Profiles
  launch(options: LaunchOptions): Promise<LiveBrowser>
}

export class Browsers {
  readonly #options: BrowsersOptions
  readonly #launches = new Launches()
  readonly #pool: Pool

  constructor(options: BrowsersOptions) {
    const { config, clock, log, limits } = options
    this.#options = options
    const cpuBusy = createCpuWatch()
    this.#pool = new Pool({
      size: config.poolSize,
      clock,
      log,
      newId: newSessionId,
      launch: async (id) => {
        const browser = await this.launch({ id, viewport: DEVICES.desktop, profile: null })
        // The first capture of a browser takes the longest; one that goes on costs some percent of a core.
        await this.#expect(browser, WARM_MS)
        return browser
      },
      discard: (id) => this.#remove(id),
      hasRoom: (ready) => limits.hasRoom(ready),
      // Both are asked each time, so that the watch stays fresh.
      busy: () => [cpuBusy(), !this.#launches.idle].includes(true),
    })
  }

  /** How many wait for a session. */
  get ready(): number {
    return this.#pool.size
  }

  /** Keeps browsers ready, from now on or now that there may be room for another. */
  warmUp(): void {
    this.#pool.fill()
  }

  /** One that is ready; null when there is none, and then room to start one. @throws TandemError `server/overloaded` */
  take(profile: string | null): ReadyBrowser | null {
    // Chromium opens a profile when it starts: one that is ready has its own.
    const ready = profile === null ? this.#pool.take() : null
    if (!ready) this.#launches.assertRoom()
    return ready
  }

  /** The folder of a session, with that of its files; removed when it ends. @throws TandemError `store/failed` */
  async makeDir(id: string): Promise<string> {
    const dir = this.#dir(id)
    await mkdir(join(dir, 'files'), { recursive: true, mode: 0o700 }).catch((error: unknown) => {
      const message = `The folder of the session cannot be made in TANDEM_DATA_DIR: ${String(error)}. Look at its disk and permissions.`
      throw new TandemError('store/failed', message, {}, { cause: error })
    })
    return dir
  }

  /** @throws TandemError `browser/not-installed`, `browser/launch-failed`, `server/shutting-down` */
  launch(plan: BrowserPlan): Promise<LiveBrowser> {
    const { config, launch, log } = this.#options
    const profileDir = this.#profileDir(plan)
    return this.#launches.run(async () => {
      const browser = await launch({
        executablePath: config.chromiumPath,
        profileDir,
        // The end of a session removes its whole folder; a restart of browser or server keeps logins, and a named profile stays.
        keepProfile: true,
        ...(plan.profile === null ? {} : { politeCloseMs: PROFILE_CLOSE_MS }),
        viewport: plan.viewport,
        allowedSchemes: config.allowedSchemes,
        filesDir: join(this.#dir(plan.id), 'files'),
      })
      const deaths: string[] = []
      browser.events.once('crashed', ({ reason }) => deaths.push(reason))
      await restoreSessionCookies(browser, profileDir).catch((error: unknown) =>
        log.warn({ err: error, session: plan.id }, 'cookies of the last browser were not taken over'),
      )
      // Whoever waits for it listens from now on, and would take one for alive that has died before.
      if (deaths.length > 0) throw new TandemError('browser/launch-failed', `${deaths.join()} as soon as it was there.`)
      return browser
    })
  }

  /** A browser that was ready becomes a session's; one that cannot any more is replaced by a new one. */
  async adopt(ready: ReadyBrowser, plan: BrowserPlan): Promise<LiveBrowser> {
    try {
      await ready.browser.adopt({ viewport: plan.viewport, filesDir: join(this.#dir(plan.id), 'files') })
      // Before it goes anywhere: a capture that begins while its tab moves to another process is broken off.
      await Promise.race([this.expectViewer(ready.browser), this.#patience()])
      if (!ready.dead) return ready.browser
    } catch (error) {
      this.#options.log.warn({ err: error, session: plan.id }, 'a browser that was ready could not be used; another is started')
    }
    await ready.browser.close()
    return this.launch(plan)
  }

  /** Has the picture ready for a viewer who comes soon. */
  expectViewer(browser: LiveBrowser): Promise<void> {
    return this.#expect(browser, VIEWER_EXPECTED_MS)
  }

  /** Before it is closed: what the next browser of this session, or of its named profile, goes on with. */
  saveCookies(browser: LiveBrowser, plan: BrowserPlan): Promise<void> {
    return saveSessionCookies(browser, this.#profileDir(plan))
  }

  /** Folders of sessions that were being closed, and of browsers that waited, when the server was killed. */
  async removeLeftovers(isNeeded: (id: string) => boolean): Promise<void> {
    for (const name of await readdir(this.#root).catch(() => [])) if (!isNeeded(name)) await this.#remove(name)
  }

  /** No browser waits any more; those that sessions have are theirs. */
  async closePool(): Promise<void> {
    await this.#pool.close()
  }

  /** The server stops: whoever waits for a browser is told. */
  async close(): Promise<void> {
    this.#launches.close()
    await this.#pool.close()
  }

  #patience(): Promise<void> {
    return new Promise((resolve) => this.#options.clock.after(CAPTURE_PATIENCE_MS, resolve))
  }

  /** Without it viewers wait a little longer. */
  async #expect(browser: LiveBrowser, ms: number): Promise<void> {
    await browser.capture.expect({ ms }).catch((error: unknown) => this.#options.log.debug({ err: error }, 'no viewer could be prepared for'))
  }

  #profileDir({ id, profile }: Pick<BrowserPlan, 'id' | 'profile'>): string {
    return profile === null ? join(this.#dir(id), 'profile') : this.#options.profiles.folder(profile)
  }

  #dir(id: string): string {
    return join(this.#root, id)
  }

  get #root(): string {
    return join(this.#options.config.dataDir, 'sessions')
  }

  #remove(id: string): Promise<void> {
    return rm(this.#dir(id), { recursive: true, force: true, maxRetries: 3 })
  }
}

export function newSessionId(): string {
  return `agt_${randomUUID()}`
}
