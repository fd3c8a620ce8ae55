/**
 * A person at a screen: a browser context of the worker's shared Chromium (or a Chromium of their own, where they need another
 * one) with pages that show one LiveView, made from the client's sources. Tests drive it with a real mouse and keyboard, and read the picture itself, pixel by pixel, from
 * the video element. The page is served from a port of its own, so it is a foreign (loopback) origin to the server.
 */
import { createServer } from 'node:http'
import type { Server } from 'node:http'
import { fileURLToPath } from 'node:url'
import type { LiveSnapshot, LiveViewOptions } from '@tandem/client'
import type { BrowserContext, Page } from 'puppeteer-core'
import { build } from 'vite'
import { ownScreen, sharedScreen } from './screens.ts'

const ENTRY = fileURLToPath(new URL('./viewerPage.ts', import.meta.url))
const HTML =
  '<!doctype html><html><head><meta charset="utf-8"><title>viewer</title></head><body style="margin:0"><script type="module" src="/viewer.js"></script></body></html>'

export interface LaunchViewerOptions {
  /** Either of these: a Chromium of their own. */
  executablePath?: string
  args?: string[]
  /** The viewer's window; default 1280x720, the desktop session's size. */
  window?: { width: number; height: number; touch?: boolean }
  /** The page's script, where it is not a LiveView's. */
  entry?: string
  /** Where the page pretends to come from, for a viewer on another host that cannot reach the page's own server. */
  origin?: string
}

export interface OpenOptions extends Partial<Omit<LiveViewOptions, 'url' | 'createSocket'>> {
  /** Size of the host in the window; default: all of it. */
  host?: { left: number; top: number; width: number; height: number }
}

interface Served {
  server: Server
  origin: string
  /** The script, where the page is answered inside the browser. */
  inside: string | null
}

const bundles = new Map<string, Promise<string>>()

/** A page's script, bundled once a process. */
function bundled(entry: string): Promise<string> {
  const made = bundles.get(entry)
  if (made) return made
  const bundle = (async () => {
    const result = await build({
      configFile: false,
      logLevel: 'silent',
      resolve: { conditions: ['source', 'module', 'browser'] },
      // Under a test runner Vite would take React for a development build.
      oxc: { jsx: { runtime: 'automatic', development: false } },
      define: { 'process.env.NODE_ENV': '"production"' },
      // One file: what a page loads only when it needs it is in it too.
      build: {
        write: false,
        minify: false,
        target: 'esnext',
        lib: { entry, formats: ['es'], fileName: 'viewer' },
        rolldownOptions: { output: { codeSplitting: false } },
      },
    })
    const outputs = Array.isArray(result) ? result : 'output' in result ? [result] : []
    const chunk = outputs.flatMap((output) => output.output).find((output) => output.type === 'chunk')
    if (chunk?.type !== 'chunk') throw new Error('the viewer page was not bundled')
    return chunk.code
  })()
  bundles.set(entry, bundle)
  return bundle
}

export class ViewerBrowser {
  readonly context: BrowserContext
  readonly #server: Server
  /** Where the viewer's page is served. */
  readonly origin: string

  /** The script, where the page is answered inside the browser. */
  readonly #inside: string | null

  readonly #viewport: { width: number; height: number; hasTouch: boolean }
  readonly #end: () => Promise<void>

  private constructor(context: BrowserContext, end: () => Promise<void>, viewport: { width: number; height: number; hasTouch: boolean }, page: Served) {
    this.context = context
    this.#end = end
    this.#viewport = viewport
    this.#server = page.server
    this.origin = page.origin
    this.#inside = page.inside
  }

  static async launch({
    executablePath,
    args,
    window = { width: 1280, height: 720 },
    origin,
    entry = ENTRY,
  }: LaunchViewerOptions = {}): Promise<ViewerBrowser> {
    const code = await bundled(entry)
    const server = createServer((request, response) => {
      const isScript = request.url === '/viewer.js'
      response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html')
      response.end(isScript ? code : HTML)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('no port')
    const own = executablePath === undefined && args === undefined ? null : await ownScreen({ executablePath, args })
    const context = own ? own.defaultBrowserContext() : await (await sharedScreen()).createBrowserContext()
    const end = (): Promise<void> => (own ?? context).close()
    const viewport = { width: window.width, height: window.height, hasTouch: window.touch ?? false }
    return new ViewerBrowser(context, end, viewport, {
      server,
      origin: origin ?? `http://127.0.0.1:${address.port}`,
      inside: origin === undefined ? null : code,
    })
  }

  /** The page without a LiveView yet; `globalThis.tandem` has the classes. */
  async page(): Promise<Page> {
    const page = await this.context.newPage()
    await page.setViewport(this.#viewport)
    if (this.#inside !== null) {
      const code = this.#inside
      await page.setRequestInterception(true)
      page.on('request', (request) => {
        const isScript = request.url() === `${this.origin}/viewer.js`
        if (!isScript && request.url() !== `${this.origin}/`) return void request.continue()
        void request.respond({ contentType: isScript ? 'text/javascript' : 'text/html', body: isScript ? code : HTML })
      })
    }
    await page.goto(this.origin)
    await page.waitForFunction('globalThis.viewer !== undefined || globalThis.bench !== undefined')
    return page
  }

  /** A viewer of this session, in a tab of its own. */
  async open(liveUrl: string, options: OpenOptions = {}): Promise<Viewer> {
    const viewer = new Viewer(await this.page(), liveUrl, options)
    await viewer.mount()
    return viewer
  }

  async close(): Promise<void> {
    await this.#end()
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}

export class Viewer {
  readonly page: Page
  readonly #liveUrl: string
  readonly #options: OpenOptions

  constructor(page: Page, liveUrl: string, options: OpenOptions) {
    this.page = page
    this.#liveUrl = liveUrl
    this.#options = options
  }

  /** Makes the LiveView; again after `page.reload()`. */
  async mount(): Promise<void> {
    await this.page.waitForFunction('globalThis.viewer !== undefined')
    const { host, ...options } = this.#options
    await this.page.evaluate((given) => viewer.mount(given.options, given.host), { options: { url: this.#liveUrl, ...options }, host: host ?? null })
  }

  snapshot(): Promise<LiveSnapshot> {
    return this.page.evaluate(() => viewer.view.snapshot)
  }

  /** Waits until an expression over `s`, the snapshot, is true: `s.status === 'live'`. Answers with that snapshot. */
  async until(expression: string, timeoutMs = 25_000): Promise<LiveSnapshot> {
    try {
      return await this.page.evaluate((given) => viewer.until(given.expression, given.timeoutMs), { expression, timeoutMs })
    } catch (error) {
      throw new Error(`not within ${timeoutMs} ms: ${expression}; the snapshot is ${JSON.stringify(await this.snapshot())}`, { cause: error })
    }
  }

  /** Calls a method of the LiveView by name. Rejects with `code: message` of the TandemError. */
  async call(method: string, ...args: unknown[]): Promise<unknown> {
    return this.page.evaluate((given) => viewer.call(given.method, given.args), { method, args })
  }

  /** Red, green and blue of the picture at a point in page CSS pixels, from the frame that is shown now; null without one. */
  pixel(x: number, y: number): Promise<[number, number, number] | null> {
    return this.page.evaluate((given) => viewer.pixel(given.x, given.y), { x, y })
  }

  /** Waits for a frame in which the point is near the colour. */
  async untilPixel(x: number, y: number, colour: readonly [number, number, number], timeoutMs = 25_000): Promise<void> {
    const seen = await this.page.evaluate((given) => viewer.untilPixel(given.x, given.y, given.colour, given.timeoutMs), {
      x,
      y,
      colour: [...colour],
      timeoutMs,
    })
    if (seen !== null) throw new Error(`at ${x},${y} not rgb(${colour.join(',')}) within ${timeoutMs} ms but ${JSON.stringify(seen)}`)
  }

  /** Where the picture shows what is nearest to this one of some colours, as a place in the viewer's window. */
  async find(colours: readonly number[][], which: number, among: readonly number[] = [], timeoutMs = 25_000): Promise<{ x: number; y: number }> {
    const given = { colours: [...colours], which, among: [...among], timeoutMs }
    const found = await this.page.evaluate((wanted) => viewer.find(wanted.colours, wanted.which, wanted.among, wanted.timeoutMs), given)
    if (!found) throw new Error(`nothing of rgb(${String(colours[which])}) in a picture of the page as it is within ${timeoutMs} ms`)
    return found
  }

  /** Where a point of the page is in the viewer's window. */
  async place(x: number, y: number): Promise<{ x: number; y: number }> {
    return this.page.evaluate((given) => viewer.place(given.x, given.y), { x, y })
  }

  async click(x: number, y: number, options?: { count?: number; button?: 'left' | 'right' | 'middle' }): Promise<void> {
    const place = await this.place(x, y)
    await this.page.mouse.click(place.x, place.y, options)
  }

  async close(): Promise<void> {
    await this.page.close()
  }
}
