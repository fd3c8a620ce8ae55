/**
 * The viewer's own Chromium, headless, with one page per stream that is watched. Calls the functions of
 * `viewerPage.ts` over CDP and makes real mouse events. Knows nothing of the systems that it watches.
 */
import puppeteer, { type Browser, type Page } from 'puppeteer-core'
import type { BenchPage } from './viewerPage.ts'

const VIEWER_FLAGS = [
  '--autoplay-policy=no-user-gesture-required',
  // A person's viewer is on top and awake; a headless page must be told.
  '--disable-background-timer-throttling',
  '--disable-renderer-backgrounding',
  '--disable-backgrounding-occluded-windows',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
  '--mute-audio',
]

export class Viewer {
  readonly #browser: Browser
  readonly #url: string

  private constructor(browser: Browser, url: string) {
    this.#browser = browser
    this.#url = url
  }

  static async launch(executablePath: string, url: string): Promise<Viewer> {
    const args = [...VIEWER_FLAGS, ...(process.getuid?.() === 0 ? ['--no-sandbox'] : [])]
    return new Viewer(await puppeteer.launch({ executablePath, headless: true, pipe: true, args, defaultViewport: { width: 1280, height: 720 } }), url)
  }

  get pid(): number {
    const pid = this.#browser.process()?.pid
    if (pid === undefined) throw new Error("The viewer's Chromium has no process.")
    return pid
  }

  /** A fresh viewer page in a window of its own, so that no other page hides it. */
  async open(): Promise<ViewerPage> {
    const page = await this.#browser.newPage({ type: 'window' })
    page.on('console', (message) => {
      if (message.type() === 'error') console.error(`  viewer: ${message.text()}`)
    })
    page.on('pageerror', (error) => console.error(`  viewer: ${String(error)}`))
    await page.goto(this.#url)
    return new ViewerPage(page)
  }

  async close(): Promise<void> {
    await this.#browser.close()
  }
}

type Call = keyof BenchPage

export class ViewerPage {
  readonly page: Page

  constructor(page: Page) {
    this.page = page
  }

  /** Calls `globalThis.bench[name](...)` in the page. */
  async call<C extends Call>(name: C, ...params: Parameters<BenchPage[C]>): Promise<Awaited<ReturnType<BenchPage[C]>>> {
    const result: unknown = await this.page.evaluate(
      (call, values) => {
        const { bench }: { bench?: Record<string, (...params: unknown[]) => unknown> } = globalThis as object
        if (!bench?.[call]) throw new Error(`The viewer page has no ${call}.`)
        return bench[call](...values)
      },
      name,
      params,
    )
    // The page is made from the same types.
    return result as Awaited<ReturnType<BenchPage[C]>>
  }

  /** Leaves the stream and closes the page. */
  async close(): Promise<void> {
    await this.call('leave')
    await this.page.close()
  }
}
