/** Targets as they come, beside our own tabs: popups that wait for their clients, pages that do not answer, and what Chromium does ahead of time. */
import type { ServerResponse } from 'node:http'
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core'
import { connect as connectPuppeteer } from 'puppeteer-core'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { HUMAN, startGateway, type GatewayHarness } from '../harness/gateway.ts'
import { servePages, type Pages } from '../harness/pages.ts'
import { RawClient } from '../harness/rawClient.ts'

let pages: Pages
let harness: GatewayHarness
/** Ends what a test connected. */
const ends: (() => Promise<unknown>)[] = []
/** What the server was asked for, with a header that clients add. */
const asked: string[] = []
/** Stands for a script that does not end: a page that waits for this answer does nothing else. */
let stuck: ServerResponse | null = null
/** How often the page that loops the first time was loaded. */
let loops = 0
let isLooping = false

beforeAll(async () => {
  pages = await servePages({
    '/opener': '<!doctype html><title>Opener</title>',
    '/seen': (request, response) => {
      asked.push(`${request.url} ${String(request.headers['x-agent'])}`)
      response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>Seen</title>')
    },
    '/rules': `<!doctype html><title>Rules</title><a href="/ahead">ahead</a>
      <script type="speculationrules">{ "prerender": [{ "urls": ["/ahead"], "eagerness": "immediate" }] }</script>`,
    '/stuck': `<!doctype html><title>Stuck</title><script>
      setTimeout(() => { const request = new XMLHttpRequest(); request.open('GET', '/answer', false); request.send() }, 100)</script>`,
    '/answer': (_request, response) => void (stuck = response),
    '/looping': (_request, response) => void response.end(String((isLooping = true))),
    '/loop': (_request, response) => {
      const script =
        ++loops > 1
          ? ''
          : `<script>setTimeout(() => {
        const request = new XMLHttpRequest(); request.open('GET', '/looping', false); request.send()
        for (;;);
      }, 100)</script>`
      response.writeHead(200, { 'content-type': 'text/html' }).end(`<!doctype html><title>Loop ${loops}</title>${script}`)
    },
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

test('pages that do not answer keep no agent out, are there by their ids, and are told when they answer', async () => {
  const { live } = harness
  if (!live) throw new Error('not a live browser')
  const { page } = await playwright()
  const stuckId = await live.openTab(`${pages.url}/stuck`)
  // Opened by its address: a tab that people open is empty at first, and mostly answers.
  const { targetId: slowId } = await live.connection.root.send('Target.createTarget', { url: `${pages.url}/slow` })
  await expect.poll(() => live.tabs().map(({ id }) => id)).toContain(slowId)
  await live.activateTab(slowId)
  await live.stalls.settled()
  ends.push(() => live.closeTab(slowId).catch(() => {}))
  await expect
    .poll(() =>
      live
        .tabs()
        .filter(({ stalled }) => stalled)
        .map(({ id }) => id),
    )
    .toEqual([stuckId, slowId])
  expect(live.pageState()).toMatchObject({ state: 'stalled', tab_id: slowId, error: { kind: 'stalled' } })

  const browser = await chromium.connectOverCDP(harness.url)
  ends.push(() => browser.close())
  const [context] = browser.contexts()
  const urls = context?.pages().map((open) => open.url()) ?? []
  expect(urls).toContain(page.url())
  expect(urls).not.toContain(`${pages.url}/stuck`)
  const puppeteer = await connectPuppeteer({ browserWSEndpoint: harness.url, defaultViewport: null })
  ends.push(() => puppeteer.disconnect())
  expect((await puppeteer.pages()).map((open) => open.url())).not.toContain(`${pages.url}/stuck`)
  const raw = await RawClient.open(harness.url)
  ends.push(async () => raw.socket.close())
  const { result } = await raw.send('Target.getTargets')
  expect(JSON.stringify(result)).toContain(stuckId)
  const attached = await raw.send('Target.attachToTarget', { targetId: stuckId, flatten: true })
  expect(attached.result).toMatchObject({ sessionId: expect.any(String) })
  expect(raw.messages.filter(({ method }) => method === 'Target.attachedToTarget')).toHaveLength(1)

  const toldPlaywright = context?.waitForEvent('page', (open) => open.url().endsWith('/stuck'))
  const toldPuppeteer = puppeteer.waitForTarget((target) => target.url().endsWith('/stuck'))
  stuck?.end('at last')
  expect(await (await toldPlaywright)?.title()).toBe('Stuck')
  expect(await (await (await toldPuppeteer).page())?.title()).toBe('Stuck')
  expect(live.tabs().find(({ id }) => id === stuckId)?.stalled).toBe(false)
  expect((await raw.send('Target.closeTarget', { targetId: stuckId })).result).toEqual({ success: true })
})

test('a human takes a page whose script does not end, loads it again and leads it elsewhere', async () => {
  const { live, control } = harness
  if (!live) throw new Error('not a live browser')
  await live.openTab()
  await live.navigate(`${pages.url}/loop`)
  await expect.poll(() => isLooping).toBe(true)
  await control.takeover(HUMAN)
  await live.setHumanDriving(true)
  ends.push(async () => {
    await live.setHumanDriving(false)
    control.release(HUMAN.clientId)
    control.admit('look', 'agent')
    await live.closeTab(live.activeTabId ?? '')
  })
  expect(control.info.state).toBe('human-driving')
  await live.history('reload')
  await expect.poll(() => live.pageState()).toMatchObject({ state: 'loaded', title: 'Loop 2', error: null })
  // Nothing ends this one but the end of its renderer.
  stuck = null
  await live.navigate(`${pages.url}/stuck`)
  await expect.poll(() => stuck).not.toBeNull()
  await live.navigate(`${pages.url}/opener`)
  await expect.poll(() => live.pageState()).toMatchObject({ state: 'loaded', title: 'Opener', error: null })
})
