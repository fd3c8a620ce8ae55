/** A person at the dashboard: a browser context that opens its pages, and reads the live picture pixel by pixel. */
import type { Browser, DownloadBehavior, Page } from 'puppeteer-core'
import { sharedScreen } from './screens.ts'
import type { TestServer } from './server.ts'

/** Reading a page's text lays it out: not with each of its frames. */
const LOOKING = { timeout: 20_000, polling: 50 }
export const DESKTOP = { width: 1280, height: 800 }
export const PHONE = { width: 402, height: 874, deviceScaleFactor: 2, hasTouch: true, isMobile: true }

/** Escape twice within a moment, however slow this machine is: the browser goes by the times that the presses carry. */
export async function escapeTwice(page: Page): Promise<void> {
  const cdp = await page.createCDPSession()
  const timestamp = Date.now() / 1_000
  const key = { key: 'Escape', code: 'Escape', windowsVirtualKeyCode: 27 }
  for (const [index, type] of (['rawKeyDown', 'keyUp', 'rawKeyDown', 'keyUp'] as const).entries())
    await cdp.send('Input.dispatchKeyEvent', { type, ...key, timestamp: timestamp + index / 100 })
  await cdp.detach()
}

export class Person implements AsyncDisposable {
  readonly page: Page
  /** What the page complained about: errors that were not caught, and the console's. */
  readonly complaints: string[] = []
  readonly #close: () => Promise<void>

  private constructor(page: Page, close: () => Promise<void>) {
    this.page = page
    this.#close = close
    page.on('pageerror', (error) => this.complaints.push(String(error)))
    page.on('console', (message) => {
      if (message.type() === 'error') this.complaints.push(message.text())
    })
  }

  /** In a browser of their own: no cookie, no storage. What they save goes to `downloads`. */
  static async at(browser: Browser, viewport = DESKTOP, downloads?: string): Promise<Person> {
    const downloadBehavior = downloads === undefined ? undefined : ({ policy: 'allow', downloadPath: downloads } satisfies DownloadBehavior)
    const context = await browser.createBrowserContext({ downloadBehavior })
    const page = await context.newPage()
    await page.setViewport(viewport)
    return new Person(page, () => context.close())
  }

  /** With a link to this session, of this role. */
  static async guest(browser: Browser, server: TestServer, sessionId: string, role: 'view' | 'control', viewport = DESKTOP): Promise<Person> {
    const { body } = await server.request('POST', `/v1/agent-sessions/${sessionId}/viewer-tokens`, { body: { role } })
    const person = await Person.at(browser, viewport)
    await person.page.goto(body.url)
    return person
  }

  /** With the owner's login, at this session. */
  static async owner(
    browser: Browser,
    server: TestServer,
    sessionId: string,
    options: { viewport?: typeof DESKTOP; downloads?: string } = {},
  ): Promise<Person> {
    const person = await Person.at(browser, options.viewport, options.downloads)
    const { headers } = await server.request('POST', '/v1/auth/login', { token: null, body: { token: server.apiKey } })
    const [, name = '', value = ''] = /^([^=]+)=([^;]+)/.exec(headers.get('set-cookie') ?? '') ?? []
    await person.page.browserContext().setCookie({ name, value, domain: new URL(server.url).hostname, httpOnly: true, sameSite: 'Strict' })
    await person.page.goto(`${server.url}/sessions/${sessionId}`)
    return person
  }

  /** The worker's, which nobody closes; people have contexts of it. */
  static browser(): Promise<Browser> {
    return sharedScreen()
  }

  /** Waits until some element shows exactly or partly this text. */
  async sees(text: string): Promise<void> {
    await this.page
      .waitForFunction((wanted) => document.body.innerText.includes(wanted), LOOKING, text)
      .catch(async (error: unknown) => {
        throw new Error(`There is no "${text}", but: ${await this.page.evaluate(() => document.body.innerText)}`, { cause: error })
      })
  }

  async seesNoMore(text: string): Promise<void> {
    await this.page.waitForFunction((wanted) => !document.body.innerText.includes(wanted), LOOKING, text)
  }

  async press(selector: string): Promise<void> {
    await this.page.locator(selector).click()
  }

  async live(): Promise<void> {
    await this.page.waitForSelector('[data-badge=live]', { timeout: 20_000 })
  }

  /** Presses at a point of the remote page, in its CSS pixels. */
  async pressInPicture(x: number, y: number, viewport = { width: 1280, height: 720 }): Promise<void> {
    const picture = await this.page.waitForSelector('.tandem-picture')
    const box = await picture?.boundingBox()
    if (!box) throw new Error('there is no picture')
    await this.page.mouse.click(box.x + (x / viewport.width) * box.width, box.y + (y / viewport.height) * box.height)
  }

  /**
   * Waits until the live picture has about this colour (video is never exact) at a point, given as parts of its size.
   * `inside` names the view when there are several, and whether it is a custom element.
   */
  async seesColour(part: { x: number; y: number }, colour: readonly [number, number, number], inside = ''): Promise<void> {
    await this.page.waitForFunction(
      ({ x, y }, wanted, within) => {
        const root = within === '' ? document : (document.querySelector(within)?.shadowRoot ?? document)
        const shown = root.querySelector('.tandem-host')?.shadowRoot?.querySelector('video:not(.next), canvas:not(.next)')
        const [width, height] =
          shown instanceof HTMLVideoElement ? [shown.videoWidth, shown.videoHeight] : shown instanceof HTMLCanvasElement ? [shown.width, shown.height] : [0, 0]
        if (!(shown instanceof HTMLVideoElement || shown instanceof HTMLCanvasElement) || width === 0) return false
        const canvas = document.createElement('canvas')
        canvas.width = 1
        canvas.height = 1
        const context = canvas.getContext('2d')
        context?.drawImage(shown, x * width, y * height, 1, 1, 0, 0, 1, 1)
        const seen = context?.getImageData(0, 0, 1, 1).data ?? []
        return wanted.every((value, index) => Math.abs(value - (seen[index] ?? -1)) < 48)
      },
      { timeout: 20_000, polling: 100 },
      part,
      colour,
      inside,
    )
  }

  /** Presses into the address field, which selects what is there, and types another address. */
  async goesTo(address: string): Promise<void> {
    await this.press('[aria-label=Address]')
    await this.page.keyboard.type(address)
    await this.page.keyboard.press('Enter')
  }

  /** Chooses from the menu of the top bar. */
  async choosesFromMenu(item: string): Promise<void> {
    await this.press('[aria-label=More]')
    await this.press(`[role=menuitem] ::-p-text(${item})`)
  }

  /** Takes the wheel and waits until it is granted. */
  async takeControl(): Promise<void> {
    await this.press('[data-action=take]:not(:disabled)')
    await this.page.waitForSelector('[data-action=hand-back]', { timeout: 20_000 })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close()
  }
}
