/**
 * The browsers of one agent, in its own process: a Chromium for each page, and a CDP endpoint on this machine for
 * Playwright. Owns their folders and their ends; browserPage.ts is what becomes of each.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findChromium, launchBrowser } from '@tandem/browser'
import { isTandemError } from '@tandem/protocol'
import type { Browser } from 'playwright-core'
import { BrowserPage } from './browserPage.ts'
import { CdpEndpoint } from './cdpEndpoint.ts'

export interface BrowserContextOptions {
  /** Taken for the dialect's sake: there never is a window. */
  devMode?: boolean
  /** Port of the CDP endpoint on 127.0.0.1; 0 or absent: any that is free. Its path is a secret in any case. */
  remoteDebuggingPort?: number
  /** Path of Chromium; absent: found. */
  executablePath?: string
  /** Told of what an operator should know, as that Chromium runs without its sandbox. */
  warn?: (message: string) => void
}

export interface NewPageOptions {
  url: string
  /** CSS pixels, and pixels of the frames. */
  width?: number
  height?: number
  /** At most so many frames a second. */
  framerate?: number
}

/**
 * @example
 * const context = new BrowserContext()
 * await context.initialize()
 * const page = await context.newPage({ url: 'https://example.com' })
 * page.on('paint', ({ frame, dirtyRects }) => …)
 * await context.aclose()
 */
export class BrowserContext {
  readonly #options: BrowserContextOptions
  readonly #pages = new Map<BrowserPage, CdpEndpoint | null>()
  #executablePath: string | undefined
  #folder: string | null = null
  #lastId = 0

  constructor(options: BrowserContextOptions = {}) {
    this.#options = options
  }

  /** Throws `browser/not-installed` when there is no Chromium. */
  async initialize(): Promise<void> {
    if (this.#folder !== null) return
    this.#executablePath = this.#options.executablePath ?? (await findChromium())
    this.#folder = await mkdtemp(join(tmpdir(), 'tandem-livekit-'))
  }

  get pages(): readonly BrowserPage[] {
    return [...this.#pages.keys()]
  }

  /**
   * A page in a Chromium of its own, at `url`; one that cannot be reached shows as such.
   * Throws `browser/url-refused`, `browser/launch-failed`, `media/unavailable`.
   */
  async newPage({ url, width = 1920, height = 1080, framerate = 24 }: NewPageOptions): Promise<BrowserPage> {
    const id = ++this.#lastId
    const folder = join(this.#ready(), String(id))
    const browser = await launchBrowser({
      executablePath: this.#executablePath,
      profileDir: join(folder, 'profile'),
      filesDir: join(folder, 'files'),
      viewport: { width, height, scale: 1, touch: false, mobile: false },
      captureFps: framerate,
      warn: this.#options.warn,
    })
    const page: BrowserPage = new BrowserPage(id, browser, { width, height, framerate }, async () => {
      this.#pages.get(page)?.close()
      this.#pages.delete(page)
      await rm(folder, { recursive: true, force: true, maxRetries: 3 }).catch(() => {})
    })
    this.#pages.set(page, null)
    try {
      await page.start()
      await page.navigate(url).catch((error: unknown) => {
        if (!isTandemError(error) || error.code !== 'browser/navigation-failed') throw error
      })
      return page
    } catch (error) {
      await page.aclose()
      throw error
    }
  }

  /** Where CDP clients find a page's Chromium, as `ws://127.0.0.1:port/secret`: whoever has it drives that Chromium. */
  async cdpUrl(page?: BrowserPage): Promise<string> {
    this.#ready()
    const of = page ?? this.pages[0]
    if (!of || !this.#pages.has(of)) throw new Error('There is no such page: call newPage() first.')
    let endpoint = this.#pages.get(of)
    if (!endpoint) {
      endpoint = await CdpEndpoint.listen(of.browser, this.#options.remoteDebuggingPort)
      this.#pages.set(of, endpoint)
    }
    return endpoint.url
  }

  /** Playwright on the same page; of several, on the first unless another is named. `playwright-core` must be installed. Close what comes when done: pages stay. */
  async playwright({ timeoutMs, page }: { timeoutMs?: number; page?: BrowserPage } = {}): Promise<Browser> {
    const url = await this.cdpUrl(page)
    const { chromium } = await import('playwright-core')
    return chromium.connectOverCDP(url, { timeout: timeoutMs })
  }

  /** Closes all pages; safe to call twice. */
  async aclose(): Promise<void> {
    const folder = this.#folder
    if (folder === null) return
    this.#folder = null
    await Promise.all(this.pages.map((page) => page.aclose()))
    await rm(folder, { recursive: true, force: true, maxRetries: 3 }).catch(() => {})
  }

  #ready(): string {
    if (this.#folder === null) throw new Error('BrowserContext not initialized: await initialize() first.')
    return this.#folder
  }
}
