/** The rules of docs/control.md that concern the agent, with a real Playwright against a real Chromium. */
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core'
import { connect as connectPuppeteer } from 'puppeteer-core'
import { afterAll, beforeAll, beforeEach, afterEach, describe, expect, test } from 'vitest'
import { HUMAN, startGateway, type GatewayHarness } from '../harness/gateway.ts'
import { servePages, type Pages } from '../harness/pages.ts'

const SHOP = `<title>shop</title><input id="name"><input id="box" type="checkbox"><select id="size"><option>S<option>M</select>
<button onclick="fetch('/buy',{method:'POST',body:'card=4242'});this.textContent='bought'">buy</button>`

/** What is not refused has time, however busy the machine is. */
const ACTION_MS = 20_000

let pages: Pages
let harness: GatewayHarness
let browser: Browser
let context: BrowserContext
let page: Page
let bought = 0

beforeAll(async () => {
  pages = await servePages({
    '/shop': SHOP,
    '/human': '<title>by human</title><button onclick="this.textContent=\'clicked\'">go on</button>',
    '/popup': '<title>popup</title>',
    '/buy': (_request, response) => {
      bought++
      response.setHeader('set-cookie', 'receipt=secret').end('ok')
    },
  })
  harness = await startGateway()
  browser = await chromium.connectOverCDP(harness.url)
  const first = browser.contexts()[0]
  if (!first) throw new Error('no default context')
  context = first
})

afterAll(async () => {
  await browser?.close()
  await harness?.[Symbol.asyncDispose]()
  await pages?.close()
})

beforeEach(async () => {
  bought = 0
  page = await context.newPage()
  await page.goto(`${pages.url}/shop`)
})

afterEach(async () => {
  if (harness.control.info.driver.kind === 'human') harness.control.release(HUMAN.clientId)
  harness.control.setMode('pair')
  harness.control.admit('look', 'agent')
  for (const open of context.pages()) await open.close()
})

function handBack(): void {
  harness.control.release(HUMAN.clientId)
}

/** The text of the refusal. */
function refusal(action: Promise<unknown>): Promise<string> {
  return action.then(
    () => 'passed',
    (error: Error) => error.message,
  )
}

const ACTIONS: Record<string, () => Promise<unknown>> = {
  click: () => page.click('button', { timeout: ACTION_MS }),
  'locator click': () => page.locator('button').click({ timeout: ACTION_MS }),
  fill: () => page.fill('#name', 'x', { timeout: ACTION_MS }),
  check: () => page.check('#box', { timeout: ACTION_MS }),
  select: () => page.selectOption('#size', 'M', { timeout: ACTION_MS }),
  type: () => page.keyboard.type('a'),
  'mouse click': () => page.mouse.click(10, 10),
  goto: () => page.goto(`${pages.url}/human`, { timeout: ACTION_MS }),
  reload: () => page.reload({ timeout: ACTION_MS }),
  'new page': () => context.newPage(),
  'new context': () => browser.newContext(),
  content: () => page.content(),
  text: () => page.locator('button').textContent({ timeout: ACTION_MS }),
  evaluate: () => page.evaluate(() => document.cookie),
  screenshot: () => page.screenshot({ timeout: ACTION_MS }),
  cookies: () => context.cookies(),
  snapshot: () => page.locator('body').ariaSnapshot({ timeout: ACTION_MS }),
  wait: () => page.waitForSelector('#never', { timeout: ACTION_MS }),
}

describe('while a human drives', () => {
  test('[CTL16] no command of the agent reaches the page, reads included, and each fails at once', async () => {
    await harness.control.takeover(HUMAN)
    for (const [name, action] of Object.entries(ACTIONS)) {
      const text = await refusal(action())
      expect(text, name).toContain('control/human-driving')
      expect(text, name).toContain('Ann')
      // Playwright's own time-out names the refusals on its way too.
      expect(text, name).not.toMatch(/Timeout \d/)
    }
    // Playwright catches what title() throws.
    expect(await page.title()).toBe('')
    const human = await harness.human(pages.url)
    const { result } = await human.send('Runtime.evaluate', {
      expression: `[document.title, document.querySelector('#name').value, document.querySelector('button').textContent].join()`,
    })
    expect([result.value, bought]).toEqual(['shop,,buy', 0])
  })

  test('[CTL16] a trace ends with the takeover, and shows nothing of the turn afterwards', async () => {
    const session = await context.newCDPSession(page)
    let told = 0
    session.on('Tracing.dataCollected', () => told++)
    session.on('Tracing.tracingComplete', () => told++)
    await session.send('Tracing.start', { categories: '-*,devtools.timeline', transferMode: 'ReportEvents' })
    await harness.control.takeover(HUMAN)
    await expect(session.send('Tracing.end')).rejects.toThrow('control/human-driving')
    handBack()
    await expect(session.send('Tracing.end')).rejects.toThrow('gateway/method-refused')
    await expect.poll(() => session.send('Tracing.start', { categories: '-*,devtools.timeline' }).catch(() => 'not yet')).toEqual({})
    expect(told).toBe(0)
    const completed = new Promise((resolve) => session.once('Tracing.tracingComplete', resolve))
    await session.send('Tracing.end')
    await completed
    expect(told).toBeGreaterThan(1)
  })

  test('[CTL17] a refused click does not fire by itself after the handback', async () => {
    await harness.control.takeover(HUMAN)
    expect(await refusal(page.click('button', { timeout: ACTION_MS }))).toContain('control/human-driving')
    handBack()
    await page.title()
    // Whatever was held back of that click is before this one.
    await page.click('#box')
    expect(await page.isChecked('#box')).toBe(true)
    expect([bought, await page.textContent('button')]).toEqual([0, 'buy'])
  })

  test('[CTL17] a refusal carries its code, whether to retry, the holder and since when', async () => {
    const session = await context.newCDPSession(page)
    const info = await harness.control.takeover(HUMAN)
    const raw = new WebSocket(harness.url)
    await new Promise((resolve) => raw.addEventListener('open', resolve, { once: true }))
    const reply = new Promise<string>((resolve) => raw.addEventListener('message', ({ data }) => resolve(String(data)), { once: true }))
    raw.send(JSON.stringify({ id: 5, method: 'Target.createTarget', params: { url: 'about:blank' } }))
    const { id, error } = JSON.parse(await reply)
    expect({ id, code: error.code }).toEqual({ id: 5, code: -32000 })
    // Text, as Chromium's own.
    expect(JSON.parse(error.data)).toEqual({ code: 'control/human-driving', retry: true, holder: { client_id: 'ann', name: 'Ann' }, since: info.since })
    raw.close()
    await session.detach()
  })

  test('[CTL17] page.close() does not hang: the page stays for the human, and comes back as a new Page', async () => {
    await harness.control.takeover(HUMAN)
    await page.close()
    const human = await harness.human(pages.url)
    expect((await human.send('Runtime.evaluate', { expression: 'document.title' })).result.value).toBe('shop')
    const back = context.waitForEvent('page')
    harness.control.release(HUMAN.clientId)
    page = await back
    expect(await page.title()).toBe('shop')
    await page.click('button')
    await expect.poll(() => bought).toBe(1)
  })

  test('[CTL18] answers to commands from before the takeover are dropped and replaced', async () => {
    const late = refusal(page.evaluate(() => new Promise((resolve) => setTimeout(() => resolve('late answer'), 3_000))))
    const waiting = refusal(page.waitForSelector('#later', { timeout: ACTION_MS }))
    // The evaluation is in the page once another one, sent after it, has answered.
    await page.evaluate('1')
    await harness.control.takeover(HUMAN)
    for (const text of [await late, await waiting]) expect(text).toContain('control/human-driving')
  })

  test('[CTL10] a command in flight that ends in time is answered as usual, and the grant waits for it', async () => {
    // In time however busy the machine is.
    await using patient = await startGateway({ limits: { drainMs: 30_000 } })
    const agent = await chromium.connectOverCDP(patient.url)
    const own = await agent.contexts()[0]?.newPage()
    if (!own) throw new Error('no page')
    await own.goto(`${pages.url}/popup`)
    const quick = own.evaluate(() => new Promise((resolve) => Object.assign(globalThis, { end: resolve })))
    await own.evaluate('1')
    const human = await patient.human(pages.url)
    const taking = patient.control.takeover(HUMAN)
    expect(patient.control.info.state).toBe('takeover-pending')
    await human.send('Runtime.evaluate', { expression: "end('in time')" })
    expect(await quick).toBe('in time')
    expect((await taking).state).toBe('human-driving')
    await agent.close()
  })

  test('[CTL19] a popup that the human opens comes alive, and the agent sees it after the handback', async () => {
    await harness.control.takeover(HUMAN)
    const human = await harness.human(pages.url)
    const told = context.waitForEvent('page')
    await human.send('Runtime.evaluate', { expression: `window.open('${pages.url}/popup', '_blank', 'width=300,height=300'); 1`, userGesture: true })
    const popup = await told
    const inPopup = await harness.human(`${pages.url}/popup`)
    await expect
      .poll(async () => (await inPopup.send('Runtime.evaluate', { expression: 'document.readyState + document.title' })).result.value)
      .toBe('completepopup')
    expect(await refusal(popup.content())).toContain('control/human-driving')
    handBack()
    expect(await popup.title()).toBe('popup')
  })

  test('[CTL19] a page whose requests the agent routes does not hang for the human', async () => {
    const seen: (string | null)[] = []
    await page.route('**/*', (route) => {
      seen.push(route.request().postData())
      return route.continue()
    })
    await harness.control.takeover(HUMAN)
    const human = await harness.human(pages.url)
    const answer = await human.send('Runtime.evaluate', {
      expression: `fetch('/buy', { method: 'POST', body: 'card=4242', headers: { authorization: 'Bearer secret' } }).then((r) => r.text())`,
      awaitPromise: true,
    })
    expect([answer.result.value, bought, seen]).toEqual(['ok', 1, [null]])
  })

  test('[CTL19] agents can connect, and see the pages that there are', async () => {
    await harness.control.takeover(HUMAN)
    // A window of its own: Chromium's parts of it must not keep a client from connecting.
    const human = await harness.human(`${pages.url}/shop`)
    await human.send('Runtime.evaluate', { expression: `window.open('${pages.url}/popup', '_blank', 'width=300,height=300'); 1`, userGesture: true })
    await harness.human(`${pages.url}/popup`)
    const playwright = await chromium.connectOverCDP(harness.url)
    const puppeteer = await connectPuppeteer({ browserWSEndpoint: harness.url, defaultViewport: null })
    const [inPlaywright, inPuppeteer] = [playwright.contexts()[0]?.pages() ?? [], await puppeteer.pages()]
    for (const seen of [inPlaywright, inPuppeteer]) {
      expect(seen.map((each) => each.url()).filter((url) => url !== 'about:blank')).toEqual(expect.arrayContaining([`${pages.url}/shop`, `${pages.url}/popup`]))
      for (const each of seen) expect(await refusal(each.content())).toContain('control/human-driving')
    }
    harness.control.release(HUMAN.clientId)
    const isShop = (each: { url(): string }): boolean => each.url() === `${pages.url}/shop`
    expect(await inPlaywright.find(isShop)?.textContent('button')).toBe('buy')
    expect(await inPuppeteer.find(isShop)?.$eval('button', (button) => button.textContent)).toBe('buy')
    await playwright.close()
    await puppeteer.disconnect()
  })

  test('[CTL20] events keep the picture whole, without bodies, cookies, authorization, console and bindings', async () => {
    const session = await context.newCDPSession(page)
    await session.send('Network.enable')
    await session.send('Runtime.enable')
    const events: string[] = []
    const names = [
      'Network.requestWillBeSent',
      'Network.requestWillBeSentExtraInfo',
      'Network.responseReceivedExtraInfo',
      'Runtime.consoleAPICalled',
      'Runtime.bindingCalled',
      'Page.frameNavigated',
    ] as const
    for (const name of names) session.on(name, (params: unknown) => events.push(name + JSON.stringify(params)))
    await session.send('Runtime.addBinding', { name: 'spy' })
    await session.send('Page.enable')
    await harness.control.takeover(HUMAN)
    const human = await harness.human(pages.url)
    const expression = `console.log('typed secret'); spy('typed secret'); document.cookie = 'sid=secret'; fetch('/buy', { method: 'POST', body: 'typed secret', headers: { Authorization: 'Bearer secret', 'x-csrf-token': 'secret' } }).then(() => fetch('/buy')).then((r) => r.text())`
    await human.send('Runtime.evaluate', { expression, awaitPromise: true })
    const moved = page.waitForURL('**/human')
    await human.send('Page.navigate', { url: `${pages.url}/human` })
    await moved
    await expect.poll(() => events.filter((event) => event.startsWith('Network.responseReceivedExtraInfo')).length).toBeGreaterThanOrEqual(3)
    expect(events.join('\n')).not.toContain('secret')
    expect(new Set(events.map((event) => event.slice(0, event.indexOf('{'))))).toEqual(
      new Set(['Network.requestWillBeSent', 'Network.requestWillBeSentExtraInfo', 'Network.responseReceivedExtraInfo', 'Page.frameNavigated']),
    )
    expect(events.some((event) => event.includes('[redacted'))).toBe(true)
  })
})

describe('after the handback', () => {
  test('[CTL21] the same Page works on, navigated by the human, and old handles are gone', async () => {
    const handle = await page.$('button')
    await page.evaluate(() => 1)
    await harness.control.takeover(HUMAN)
    const human = await harness.human(pages.url)
    const moved = page.waitForURL('**/human')
    await human.send('Page.navigate', { url: `${pages.url}/human` })
    await moved
    handBack()
    expect(await page.title()).toBe('by human')
    await page.click('button')
    expect(await page.textContent('button')).toBe('clicked')
    expect(await refusal(handle?.click({ timeout: 2_000 }) ?? Promise.resolve())).not.toBe('passed')
  })

  test('[CTL21] the same Page works on when the human stayed on it, and after refused reads', async () => {
    await harness.control.takeover(HUMAN)
    await refusal(page.click('button'))
    await refusal(page.evaluate(() => 1))
    handBack()
    expect(await page.evaluate(() => document.title)).toBe('shop')
    await page.fill('#name', 'Eve')
    await page.click('button')
    await expect.poll(() => bought).toBe(1)
  })

  test('[CTL21] a dialog that the human left open is told to the agent', async () => {
    await harness.control.takeover(HUMAN)
    const human = await harness.human(pages.url)
    await human.send('Page.enable')
    const opened = new Promise<void>((resolve) => human.on('Page.javascriptDialogOpening', () => resolve()))
    human.post('Runtime.evaluate', { expression: `document.title = String(confirm('sure?'))` })
    await opened
    const told = page.waitForEvent('dialog')
    harness.control.release(HUMAN.clientId)
    const dialog = await told
    expect(dialog.message()).toBe('sure?')
    // An open dialog blocks every look, so answering it asks for none.
    await dialog.accept()
    expect(await page.title()).toBe('true')
  })

  test('[CTL24] an action with no look before it fails once, and says so', async () => {
    for (const action of ['click', 'fill', 'mouse click', 'type', 'check', 'select', 'goto'] as const) {
      await harness.control.takeover(HUMAN)
      handBack()
      const run = ACTIONS[action] ?? (() => Promise.reject(new Error(action)))
      expect(await refusal(run()), action).toContain('control/observe-first')
      expect(await refusal(run()), action).toBe('passed')
    }
    expect(bought).toBe(1)
  })

  test('[CTL24] after a look the action passes', async () => {
    for (const look of ['text', 'snapshot', 'screenshot', 'content', 'evaluate'] as const) {
      await harness.control.takeover(HUMAN)
      handBack()
      expect(await refusal(ACTIONS[look]?.() ?? Promise.resolve()), look).toBe('passed')
      expect(await refusal(page.fill('#name', look, { timeout: ACTION_MS })), look).toBe('passed')
    }
  })
})

describe('modes', () => {
  test('[CTL6] in mode manual the agent is refused with control/mode, also in the middle of a command', async () => {
    const waiting = refusal(page.waitForSelector('#later', { timeout: ACTION_MS }))
    await page.evaluate('1')
    harness.control.setMode('manual')
    expect(await waiting).toContain('control/mode')
    expect(await refusal(page.content())).toContain('control/mode')
    await harness.control.takeover(HUMAN)
    expect(await refusal(page.click('button'))).toContain('control/mode')
    harness.control.setMode('pair')
    handBack()
    expect(await page.title()).toBe('shop')
  })

  test('[CTL7] in mode shared the agent goes on while humans act', async () => {
    harness.control.setMode('shared')
    harness.control.assertDriver('ann', harness.control.info.epoch)
    expect(await page.title()).toBe('shop')
    await page.click('button')
    harness.control.setMode('pair')
  })
})
