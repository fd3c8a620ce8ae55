/** Agents through whole turns: whatever is open, under way or half done when a human takes and hands back. */
import type { ServerResponse } from 'node:http'
import type { Chromium } from '@tandem/browser'
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core'
import { connect as connectPuppeteer } from 'puppeteer-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { HUMAN, launchForGateways, startGateway, type GatewayHarness } from '../harness/gateway.ts'
import { servePages, type Pages } from '../harness/pages.ts'

let pages: Pages
let streamed: Chromium
let harness: GatewayHarness
let browser: Browser
let context: BrowserContext
let page: Page
/** The download that is under way. */
let slow: ServerResponse | null = null

beforeAll(async () => {
  streamed = await launchForGateways()
  pages = await servePages({
    '/shop': `<title>shop</title><button onclick="this.textContent = 'bought'">buy</button>`,
    '/files': '<title>files</title><a href="/slow" download>file</a>',
    '/popup': '<title>popup</title><button>in popup</button>',
    '/worker': `<title>worker</title><script>new Worker('/worker.js')</script>`,
    '/worker.js': (_request, response) => void response.writeHead(200, { 'content-type': 'text/javascript' }).end('globalThis.answer = 42'),
    '/slow': (_request, response) => {
      slow = response.writeHead(200, { 'content-type': 'text/csv', 'content-disposition': 'attachment; filename="report.csv"' })
      slow.write('4')
    },
  })
})

afterAll(async () => {
  await streamed?.close()
  await pages?.close()
})

beforeEach(async () => {
  // Long limits: a state that is waited in must not end by itself.
  harness = await startGateway({ chromium: streamed, limits: { queueMs: 20_000, drainMs: 2_000 } })
  ;({ browser, context } = await connect())
  page = await context.newPage()
  await page.goto(`${pages.url}/shop`)
})

afterEach(() => harness?.[Symbol.asyncDispose]())

async function connect(): Promise<{ browser: Browser; context: BrowserContext }> {
  const connected = await chromium.connectOverCDP(harness.url)
  const [first] = connected.contexts()
  if (!first) throw new Error('no default context')
  return { browser: connected, context: first }
}

function pageAt(where: BrowserContext, path: string): Page {
  const found = where.pages().find((open) => open.url() === pages.url + path)
  if (!found) throw new Error(`no page at ${path}`)
  return found
}

/** What a call came to: `passed`, or the text of its refusal. */
function outcome(action: Promise<unknown>): Promise<string> {
  return action.then(
    () => 'passed',
    (error: Error) => error.message,
  )
}

/** What the human does in the page, past the gateway. */
async function humanDoes(expression: string, path = '/shop'): Promise<unknown> {
  const human = await harness.human(pages.url + path)
  const { result } = await human.send('Runtime.evaluate', { expression, userGesture: true, awaitPromise: true })
  return result.value
}

describe('an agent that connects anew', () => {
  const noHook = (): void => {}
  /** Leads into the state; answers with the way out of it. */
  const STATES: Record<string, () => Promise<() => Promise<void>>> = {
    'ai-driving': async () => async () => {},
    'takeover-queued': async () => {
      harness.control.stepStarted('agent-step')
      const taking = harness.control.takeover(HUMAN)
      return async () => {
        harness.control.stepEnded('agent-step')
        await taking
        harness.control.release(HUMAN.clientId)
      }
    },
    'takeover-pending': async () => {
      let drained = noHook
      const undo = harness.control.onDrain(() => new Promise((resolve) => (drained = resolve)))
      const taking = harness.control.takeover(HUMAN)
      return async () => {
        undo()
        drained()
        await taking
        harness.control.release(HUMAN.clientId)
      }
    },
    'human-driving': async () => {
      await harness.control.takeover(HUMAN)
      return async () => void harness.control.release(HUMAN.clientId)
    },
    'handback-queued': async () => {
      await harness.control.takeover(HUMAN)
      harness.control.stepStarted('human-step', 'human')
      harness.control.release(HUMAN.clientId)
      return async () => harness.control.stepEnded('human-step')
    },
    'handback-pending': async () => {
      let settled = noHook
      const undo = harness.control.onSettle(() => new Promise((resolve) => (settled = resolve)))
      await harness.control.takeover(HUMAN)
      harness.control.release(HUMAN.clientId)
      return async () => {
        undo()
        settled()
        await expect.poll(() => harness.control.info.state).toBe('ai-driving')
      }
    },
  }

  test.each(Object.keys(STATES))('[CTL19] in the state %s sees its pages, and goes on in them when it may', async (state) => {
    const leave = await STATES[state]?.()
    expect(harness.control.info.state).toBe(state)
    await browser.close()
    ;({ browser, context } = await connect())
    page = pageAt(context, '/shop')
    const told = await outcome(page.content())
    if (harness.control.fenced) expect(told).toContain('control/human-driving')
    else expect(told).toBe('passed')
    await leave?.()
    expect(await page.title()).toBe('shop')
    await page.click('button')
    expect(await page.textContent('button')).toBe('bought')
  })
})

describe('the mode is changed in the middle of a turn', () => {
  test.each(['ai', 'shared'] as const)('[CTL8] to %s: the turn ends, and the agent goes on', async (mode) => {
    await harness.control.takeover(HUMAN)
    expect(await outcome(page.content())).toContain('control/human-driving')
    harness.control.setMode(mode)
    expect(await page.textContent('button')).toBe('buy')
    await page.click('button')
    expect(await page.textContent('button')).toBe('bought')
  })

  test('[CTL8] to manual and back: the human keeps the wheel, the agent is told which it is, and goes on after the handback', async () => {
    await harness.control.takeover(HUMAN)
    harness.control.setMode('manual')
    expect(await outcome(page.content())).toContain('control/mode')
    expect(await outcome(page.click('button'))).toContain('control/mode')
    harness.control.setMode('pair')
    expect(await outcome(page.content())).toContain('control/human-driving')
    harness.control.release(HUMAN.clientId)
    expect(await outcome(page.click('button'))).toContain('control/observe-first')
    await page.click('button')
    expect(await page.textContent('button')).toBe('bought')
  })

  test('[CTL8] from manual, where nobody held it, to ai: the agent looks first, and goes on', async () => {
    harness.control.setMode('manual')
    expect(await outcome(page.content())).toContain('control/mode')
    harness.control.setMode('ai')
    expect(await page.textContent('button')).toBe('buy')
    await page.click('button')
  })
})

describe('two agents, with much open', () => {
  test('[CTL21] go on in their pages, an isolated context and the popup of the human; routes and downloads last', async () => {
    const puppeteer = await connectPuppeteer({ browserWSEndpoint: harness.url, defaultViewport: null })
    const inPuppeteer = (await puppeteer.pages()).find((open) => open.url() === `${pages.url}/shop`)
    const isolated = await browser.newContext()
    const apart = await isolated.newPage()
    await apart.goto(`${pages.url}/popup`)
    await page.route('**/made-up', (route) => route.fulfill({ body: 'routed' }))
    const alone = await browser.newContext()
    const loader = await alone.newPage()
    await loader.goto(`${pages.url}/files`)
    const [download] = await Promise.all([loader.waitForEvent('download'), loader.click('a')])

    await harness.control.takeover(HUMAN)
    for (const open of [page, apart, loader]) expect(await outcome(open.content())).toContain('control/human-driving')
    expect(await outcome(inPuppeteer?.content() ?? Promise.resolve())).toContain('control/human-driving')
    const [popup] = await Promise.all([context.waitForEvent('page'), humanDoes(`window.open('/popup', '_blank', 'width=300,height=300'); 1`)])
    expect(await humanDoes(`fetch('/made-up').then((answer) => answer.text())`)).toBe('routed')
    slow?.end('2')
    harness.control.release(HUMAN.clientId)

    expect(await page.textContent('button')).toBe('buy')
    expect(await inPuppeteer?.$eval('button', (button) => button.textContent)).toBe('buy')
    expect(await apart.textContent('button')).toBe('in popup')
    expect(await popup.textContent('button')).toBe('in popup')
    expect(await page.evaluate(() => fetch('/made-up').then((answer) => answer.text()))).toBe('routed')
    const chunks: Buffer[] = []
    for await (const chunk of await download.createReadStream()) chunks.push(chunk)
    expect(Buffer.concat(chunks).toString()).toBe('42')
    expect((await puppeteer.pages()).filter((open) => open.url() === `${pages.url}/popup`)).toHaveLength(2)
    await puppeteer.disconnect()
    await isolated.close()
    await alone.close()
  })
})

test('[CTL21] a worker that was asked for the first time during the turn ends for Playwright, and is there again', async () => {
  const [worker] = await Promise.all([page.waitForEvent('worker'), page.goto(`${pages.url}/worker`)])
  await harness.control.takeover(HUMAN)
  const again = page.waitForEvent('worker')
  expect(await outcome(worker.evaluate('answer'))).toContain('control/human-driving')
  const anew = await again
  harness.control.release(HUMAN.clientId)
  expect(await anew.evaluate('answer')).toBe(42)
  expect(page.workers()).toEqual([anew])
})

describe('dialogs', () => {
  test("[CTL21] the agent's own handler rests during the turn and works again after it", async () => {
    const handled: string[] = []
    page.on('dialog', async (dialog) => {
      handled.push(dialog.message())
      await dialog.accept()
    })
    expect(await page.evaluate(() => confirm('before'))).toBe(true)
    await harness.control.takeover(HUMAN)
    const human = await harness.human(`${pages.url}/shop`)
    await human.send('Page.enable')
    const opened = new Promise<void>((resolve) => human.on('Page.javascriptDialogOpening', () => resolve()))
    const answer = human.send('Runtime.evaluate', { expression: `confirm('of the human')` })
    await opened
    await human.send('Page.handleJavaScriptDialog', { accept: false })
    expect((await answer).result.value).toBe(false)
    harness.control.release(HUMAN.clientId)
    expect(await page.evaluate(() => confirm('after'))).toBe(true)
    expect(handled).toEqual(['before', 'after'])
  })

  test("[CTL20] one that is open at the takeover is the human's to answer; the agent is refused, told that it closed, and goes on", async () => {
    const human = await harness.human(`${pages.url}/shop`)
    await human.send('Page.enable')
    const opened = page.waitForEvent('dialog')
    const asking = outcome(page.evaluate(() => confirm('sure?')))
    const dialog = await opened
    await harness.control.takeover(HUMAN)
    expect(await asking).toContain('control/human-driving')
    expect(await outcome(dialog.accept())).toContain('control/human-driving')
    await human.send('Page.handleJavaScriptDialog', { accept: true })
    harness.control.release(HUMAN.clientId)
    expect(await page.textContent('button')).toBe('buy')
    page.on('dialog', (again) => again.accept())
    expect(await page.evaluate(() => confirm('again'))).toBe(true)
  })

  test('[CTL21] one that was open at the takeover and still is at the handback is answered by the agent', async () => {
    const opened = page.waitForEvent('dialog')
    const asking = outcome(page.evaluate(() => confirm('sure?')))
    const dialog = await opened
    await harness.control.takeover(HUMAN)
    expect(await asking).toContain('control/human-driving')
    harness.control.release(HUMAN.clientId)
    await dialog.accept()
    expect(await page.textContent('button')).toBe('buy')
  })
})

describe('page.close() in the middle of a turn', () => {
  test('[CTL17] of each of two agents hangs nothing: for Playwright its Page ends, Puppeteer is refused; both work in the tab afterwards', async () => {
    const puppeteer = await connectPuppeteer({ browserWSEndpoint: harness.url, defaultViewport: null })
    const inPuppeteer = (await puppeteer.pages()).find((open) => open.url() === `${pages.url}/shop`)
    await harness.control.takeover(HUMAN)
    const waiting = outcome(page.waitForEvent('console'))
    expect(await outcome(page.close())).toBe('passed')
    expect(await waiting).toContain('closed')
    expect(await outcome(inPuppeteer?.close() ?? Promise.resolve())).toContain('control/human-driving')
    expect(await humanDoes('document.title')).toBe('shop')
    const back = context.waitForEvent('page')
    harness.control.release(HUMAN.clientId)
    page = await back
    expect(await page.textContent('button')).toBe('buy')
    expect(await inPuppeteer?.title()).toBe('shop')
    await puppeteer.disconnect()
  })
})
