/** Targets as they come, beside our own tabs: popups that wait for their clients, and what Chromium does with a page ahead of time. */
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core'
import { connect as connectPuppeteer } from 'puppeteer-core'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { startGateway, type GatewayHarness } from '../harness/gateway.ts'
import { servePages, type Pages } from '../harness/pages.ts'
import { RawClient } from '../harness/rawClient.ts'

let pages: Pages
let harness: GatewayHarness
/** Ends what a test connected. */
const ends: (() => Promise<unknown>)[] = []
/** What the server was asked for, with a header that clients add. */
const asked: string[] = []

beforeAll(async () => {
  pages = await servePages({
    '/opener': '<!doctype html><title>Opener</title>',
    '/seen': (request, response) => {
      asked.push(`${request.url} ${String(request.headers['x-agent'])}`)
      response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>Seen</title>')
    },
    '/rules': `<!doctype html><title>Rules</title><a href="/ahead">ahead</a>
      <script type="speculationrules">{ "prerender": [{ "urls": ["/ahead"], "eagerness": "immediate" }] }</script>`,
    '/ahead': (request, response) => {
      asked.push(`/ahead ${String(request.headers['sec-purpose'])}`)
      response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>Ahead</title>')
    },
  })
  harness = await startGateway({ live: true })
})
afterEach(async () => {
  for (const end of ends.splice(0)) await end()
})
afterAll(async () => {
  await harness?.[Symbol.asyncDispose]()
  await pages?.close()
})

async function playwright(): Promise<{ browser: Browser; context: BrowserContext; page: Page }> {
  const browser = await chromium.connectOverCDP(harness.url)
  const [context] = browser.contexts()
  if (!context) throw new Error('no default context')
  const page = await context.newPage()
  await page.goto(`${pages.url}/opener`)
  ends.push(async () => {
    for (const open of context.pages().slice(1)) await open.close()
    await browser.close()
  })
  return { browser, context, page }
}

test('[CTL19] a popup has the init scripts, bindings, routes and headers of its agent before its first script and request', async () => {
  const { context, page } = await playwright()
  await context.addInitScript(() => Object.assign(globalThis, { prepared: true }))
  await context.exposeFunction('double', (value: number) => value * 2)
  await context.setExtraHTTPHeaders({ 'x-agent': 'yes' })
  await context.route('**/routed', (route) => route.fulfill({ contentType: 'text/html', body: '<title>Routed</title>' }))
  const said = page.evaluate(async () => {
    const blank = open('about:blank')
    const at = (name: string): unknown => blank && Reflect.get(blank, name)
    const double = at('double')
    return [at('prepared'), typeof double === 'function' ? await double(21) : 'no binding']
  })
  expect(await said).toEqual([true, 42])
  const opened = context.waitForEvent('page', (popup) => popup.url().endsWith('/seen'))
  await page.evaluate('void open("/seen")')
  await opened
  expect(asked).toContain('/seen yes')
  const routed = context.waitForEvent('page')
  await page.evaluate('void open("/routed")')
  await (await routed).waitForLoadState()
  expect(await (await routed).title()).toBe('Routed')
})

test('[CTL19] an alert in an empty popup reaches its agent, and the call goes on', async () => {
  const { context, page } = await playwright()
  const answered = new Promise<string>((resolve) => {
    context.on('dialog', (dialog) => void dialog.accept().then(() => resolve(dialog.message())))
  })
  await page.evaluate('open("about:blank").alert("from the popup")')
  expect(await answered).toBe('from the popup')
})

test('[CTL19] a popup waits for each of several agents, and for none that does not hold it', async () => {
  const { context, page } = await playwright()
  await context.addInitScript(() => Object.assign(globalThis, { playwright: true }))
  const puppeteer = await connectPuppeteer({ browserWSEndpoint: harness.url, defaultViewport: null })
  ends.push(() => puppeteer.disconnect())
  const onlooker = await RawClient.open(harness.url)
  ends.push(async () => onlooker.socket.close())
  await onlooker.send('Target.setAutoAttach', { autoAttach: true, waitForDebuggerOnStart: false, flatten: true })
  // One that holds what it attaches to, and says so by hand.
  const holder = await RawClient.open(harness.url)
  ends.push(async () => holder.socket.close())
  await holder.send('Target.setAutoAttach', { autoAttach: true, waitForDebuggerOnStart: true, flatten: true })
  const before = holder.messages.length
  const opening = page.evaluate('Reflect.get(open("about:blank"), "held")')
  const attached = await expect
    .poll(() => holder.messages.slice(before).find(({ method }) => method === 'Target.attachedToTarget'))
    .toBeDefined()
    .then(() => holder.messages.slice(before).find(({ method }) => method === 'Target.attachedToTarget'))
  expect(attached?.params?.['waitingForDebugger']).toBe(true)
  const sessionId = String(attached?.params?.['sessionId'])
  await holder.send('Page.enable', {}, sessionId)
  void holder.send('Page.addScriptToEvaluateOnNewDocument', { source: 'globalThis.held = "by hand"', runImmediately: true }, sessionId)
  void holder.send('Runtime.runIfWaitingForDebugger', {}, sessionId)
  expect(await opening).toBe('by hand')
})

test('a page that would have been prerendered is gone to as any other, by Puppeteer too', async () => {
  const puppeteer = await connectPuppeteer({ browserWSEndpoint: harness.url, defaultViewport: null })
  ends.push(() => puppeteer.disconnect())
  const page = await puppeteer.newPage()
  await page.goto(`${pages.url}/rules`)
  await Promise.all([page.waitForNavigation(), page.click('a')])
  expect(await page.title()).toBe('Ahead')
  expect(asked).toContain('/ahead undefined')
  await page.close()
})
