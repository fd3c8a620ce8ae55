/** CDP clients at the gateway while the agent drives: everything that they can do with Chromium itself still works. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium, type Browser, type BrowserContext } from 'playwright-core'
import { connect as connectPuppeteer } from 'puppeteer-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { HUMAN, startGateway, type GatewayHarness } from '../harness/gateway.ts'
import { servePages, type Pages } from '../harness/pages.ts'

let pages: Pages
let harness: GatewayHarness

beforeAll(async () => {
  pages = await servePages({
    '/': `<title>start</title><button onclick="window.open('/popup')">open</button><a href="/file" download>file</a><input id="name">
<div onclick="this.textContent='clicked'" style="width:50px;height:50px">box</div>`,
    '/popup': '<title>popup</title>',
    '/file': (_request, response) => void response.writeHead(200, { 'content-disposition': 'attachment; filename="report.txt"' }).end('42'),
    '/worker': `<script>const worker = new Worker('/worker.js'); worker.onmessage = ({ data }) => document.title = data</script>`,
    '/worker.js': (_request, response) => void response.writeHead(200, { 'content-type': 'text/javascript' }).end('postMessage("from worker")'),
    '/inner': '<title>inner</title><button onclick="this.textContent=\'inside\'">in</button>',
  })
  pages.set('/outer', `<title>outer</title><iframe src="${pages.otherUrl}/inner"></iframe>`)
  harness = await startGateway()
})

afterAll(async () => {
  await harness?.[Symbol.asyncDispose]()
  await pages?.close()
})

async function connect(): Promise<{ browser: Browser; context: BrowserContext } & AsyncDisposable> {
  const browser = await chromium.connectOverCDP(harness.url)
  const context = browser.contexts()[0]
  if (!context) throw new Error('no default context')
  return {
    browser,
    context,
    async [Symbol.asyncDispose]() {
      for (const page of context.pages()) await page.close()
      await browser.close()
    },
  }
}

describe('Playwright', () => {
  test('opens tabs, follows popups and types', async () => {
    await using client = await connect()
    const page = await client.context.newPage()
    await page.goto(pages.url)
    const [popup] = await Promise.all([client.context.waitForEvent('page'), page.click('button')])
    await popup.waitForLoadState()
    expect(await popup.title()).toBe('popup')
    await page.fill('#name', 'Eve')
    expect(await page.inputValue('#name')).toBe('Eve')
    expect((await page.screenshot()).length).toBeGreaterThan(1_000)
  })

  test('works in an isolated context, which ends with the client', async () => {
    const client = await connect()
    const isolated = await client.browser.newContext({ viewport: { width: 500, height: 400 } })
    const page = await isolated.newPage()
    await page.goto(pages.url)
    expect(await page.evaluate(() => innerWidth)).toBe(500)
    await isolated.addCookies([{ name: 'a', value: 'b', url: pages.url }])
    expect(await client.context.cookies(pages.url)).toEqual([])
    await client.browser.close()
    await expect.poll(async () => (await harness.chromium.connection.root.send('Target.getBrowserContexts')).browserContextIds).toEqual([])
  })

  test('downloads', async () => {
    await using client = await connect()
    const isolated = await client.browser.newContext()
    const page = await isolated.newPage()
    await page.goto(pages.url)
    const [download] = await Promise.all([page.waitForEvent('download'), page.click('a')])
    expect(download.suggestedFilename()).toBe('report.txt')
    const folder = await mkdtemp(join(tmpdir(), 'tandem-download-'))
    await download.saveAs(join(folder, 'report.txt'))
    expect(await readFile(join(folder, 'report.txt'), 'utf8')).toBe('42')
    await rm(folder, { recursive: true })
  })

  test('routes requests', async () => {
    await using client = await connect()
    const page = await client.context.newPage()
    await page.route('**/made-up', (route) => route.fulfill({ contentType: 'text/html', body: '<title>routed</title>' }))
    await page.goto(`${pages.url}/made-up`)
    expect(await page.title()).toBe('routed')
  })

  test('reaches workers and frames of other sites', async () => {
    await using client = await connect()
    const page = await client.context.newPage()
    const [worker] = await Promise.all([page.waitForEvent('worker'), page.goto(`${pages.url}/worker`)])
    expect(await worker.evaluate(() => typeof postMessage)).toBe('function')
    await expect.poll(() => page.title()).toBe('from worker')
    await page.goto(`${pages.url}/outer`)
    const inner = page.frameLocator('iframe').locator('button')
    await inner.click()
    expect(await inner.textContent()).toBe('inside')
  })

  test('traces a page, without pictures', async () => {
    await using client = await connect()
    const page = await client.context.newPage()
    await client.browser.startTracing(page, { screenshots: true })
    await page.goto(pages.url)
    const { traceEvents } = JSON.parse((await client.browser.stopTracing()).toString())
    const categories: string[] = traceEvents.map(({ cat }: { cat: string }) => cat)
    expect(categories).toContain('devtools.timeline')
    expect(categories).not.toContain('disabled-by-default-devtools.screenshot')
  })

  test('works through another takeover with workers and frames of other sites open', async () => {
    await using client = await connect()
    const page = await client.context.newPage()
    await page.goto(`${pages.url}/outer`)
    const inner = page.frameLocator('iframe').locator('button')
    expect(await inner.textContent()).toBe('in')
    await harness.control.takeover(HUMAN)
    await expect(inner.click({ timeout: 20_000 })).rejects.toThrow('control/human-driving')
    harness.control.release(HUMAN.clientId)
    expect(await inner.textContent()).toBe('in')
    await inner.click()
    expect(await inner.textContent()).toBe('inside')
  })
})

describe('Puppeteer', () => {
  test('drives, and is fenced, and goes on in the same page', async () => {
    const browser = await connectPuppeteer({ browserWSEndpoint: harness.url, defaultViewport: null })
    const page = await browser.newPage()
    await page.goto(pages.url)
    await page.click('div')
    expect(await page.$eval('div', (div) => div.textContent)).toBe('clicked')
    await harness.control.takeover(HUMAN)
    for (const action of [() => page.click('div'), () => page.title(), () => page.screenshot(), () => page.goto(pages.url), () => browser.newPage()]) {
      await expect(action()).rejects.toThrow('control/human-driving')
    }
    const human = await harness.human(pages.url)
    // The agent is told of the human's navigation as it happens.
    const loaded = new Promise<void>((resolve) => page.once('load', () => resolve()))
    await human.send('Page.reload')
    await loaded
    harness.control.release(HUMAN.clientId)
    await expect(page.click('div')).rejects.toThrow('control/observe-first')
    expect(await page.title()).toBe('start')
    await page.click('div')
    expect(await page.$eval('div', (div) => div.textContent)).toBe('clicked')
    await page.close()
    await browser.disconnect()
  })

  test('Browser.close ends the client, not the browser', async () => {
    const browser = await connectPuppeteer({ browserWSEndpoint: harness.url })
    await browser.close()
    await expect.poll(() => harness.gateway.clients.length).toBe(0)
    expect((await harness.chromium.connection.root.send('Browser.getVersion')).product).toContain('Chrome')
  })

  test('works at the same time as Playwright, in the same browser', async () => {
    await using client = await connect()
    const browser = await connectPuppeteer({ browserWSEndpoint: harness.url, defaultViewport: null })
    const page = await client.context.newPage()
    await page.goto(pages.url)
    const same = await (await browser.waitForTarget((target) => target.url() === `${pages.url}/`)).page()
    if (!same) throw new Error('no page')
    await page.fill('#name', 'from Playwright')
    expect(await same.$eval('#name', (input) => 'value' in input && input.value)).toBe('from Playwright')
    const [, popup] = await Promise.all([same.click('button'), client.context.waitForEvent('page')])
    await popup.waitForLoadState()
    expect(await popup.title()).toBe('popup')
    await harness.control.takeover(HUMAN)
    await expect(same.title()).rejects.toThrow('control/human-driving')
    await expect(page.content()).rejects.toThrow('control/human-driving')
    harness.control.release(HUMAN.clientId)
    harness.control.admit('look', 'agent')
    expect(await same.title()).toBe('start')
    await browser.disconnect()
  })
})

describe('viewers are shown', () => {
  test("the agent's pointer, and the tab in which it works", async () => {
    await using client = await connect()
    const page = await client.context.newPage()
    await page.goto(pages.url)
    const pointers: string[] = []
    const active: string[] = []
    const onPointer = ({ type, x, y }: { type: string; x: number; y: number }): void => void pointers.push(`${type} ${x},${y}`)
    const onActive = (targetId: string): void => void active.push(targetId)
    harness.gateway.events.on('pointer', onPointer).on('active', onActive)
    const other = await client.context.newPage()
    await other.goto(`${pages.url}/popup`)
    await page.mouse.click(30, 40)
    await page.mouse.wheel(0, 10)
    await expect.poll(() => pointers).toEqual(['move 30,40', 'down 30,40', 'up 30,40', 'wheel 30,40'])
    const { targetInfos } = await harness.chromium.connection.root.send('Target.getTargets')
    const idOf = (url: string) => targetInfos.find((target) => target.url === url)?.targetId
    expect(active.slice(-2)).toEqual([idOf(`${pages.url}/popup`), idOf(`${pages.url}/`)])
    harness.gateway.events.off('pointer', onPointer).off('active', onActive)
  })

  test('who is connected', async () => {
    const seen: number[] = []
    harness.gateway.events.on('clients', (clients) => seen.push(clients.length))
    const client = await connect()
    expect(harness.gateway.clients).toHaveLength(1)
    await client.browser.close()
    await expect.poll(() => seen).toEqual([1, 0])
  })
})
