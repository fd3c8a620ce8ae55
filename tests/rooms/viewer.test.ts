/** People in the room of a session: with livekit-client alone, with our SDK over it, and with a LiveView that takes the room as a rung. */
import { fileURLToPath } from 'node:url'
import type { AgentSession } from '@tandem/client'
import { connect as connectPuppeteer } from 'puppeteer-core'
import type { Page } from 'puppeteer-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { BLUE, FORM, GREEN, RED } from '../client/fixture.ts'
import { startLiveKit } from '../harness/livekit.ts'
import type { LiveKit } from '../harness/livekit.ts'
import { servePages } from '../harness/pages.ts'
import type { Pages } from '../harness/pages.ts'
import { startTestServer } from '../harness/server.ts'
import type { TestServer } from '../harness/server.ts'
import { ViewerBrowser } from '../harness/viewer.ts'
import type { Viewer } from '../harness/viewer.ts'

const ENTRY = fileURLToPath(new URL('./viewerPage.ts', import.meta.url))
const WAIT_MS = 20_000
/** A page that says in its colour what a finger does to it. */
const TOUCH = `<!doctype html><meta name="viewport" content="width=device-width"><title>ready</title><body style="margin:0;height:3000px;touch-action:pan-y;background:rgb(${BLUE.join(',')})">
<script>addEventListener('click', () => { document.body.style.background = 'rgb(${GREEN.join(',')})'; document.title = 'tapped' })
globalThis.way = []
for (const type of ['touchstart', 'touchmove', 'touchend', 'touchcancel'])
  addEventListener(type, ({ changedTouches: [finger], timeStamp }) => way.push(type.slice(5) + ' ' + Math.round(finger?.clientY) + ' at ' + timeStamp.toFixed(1)), { passive: true })
addEventListener('scroll', () => { document.title = 'scrolled ' + Math.round(scrollY) + ' by ' + way.join(', ') })</script>`

let livekit: LiveKit
let server: TestServer
let pages: Pages
let browser: ViewerBrowser
let page: Page

beforeAll(async () => {
  livekit = await startLiveKit()
  server = await startTestServer({ livekit: livekit.config })
  pages = await servePages()
  browser = await ViewerBrowser.launch({ entry: ENTRY })
})
afterAll(async () => {
  await browser?.close()
  await server?.close()
  await pages?.close()
  await livekit?.close()
})
beforeEach(async () => {
  page = await browser.page()
})
afterEach(async () => {
  await page?.close()
})

async function until(expression: string): Promise<void> {
  try {
    await page.waitForFunction(expression, { timeout: WAIT_MS, polling: 50 })
  } catch (error) {
    throw new Error(`${expression}; ${JSON.stringify(await page.evaluate(() => rooms.facts()))}`, { cause: error })
  }
}

const near = ([r, g, b]: readonly [number, number, number], x = 0.5, y = 0.9): string =>
  `((p) => p !== null && Math.abs(p[0] - ${r}) < 48 && Math.abs(p[1] - ${g}) < 48 && Math.abs(p[2] - ${b}) < 48)(rooms.pixel(${x}, ${y}))`

async function titleOf(session: AgentSession, title: RegExp): Promise<void> {
  await expect.poll(async () => (await server.request('GET', `/v1/agent-sessions/${session.id}`)).body.page_state?.title, { timeout: WAIT_MS }).toMatch(title)
}

async function driven(session: AgentSession, identity: string): Promise<void> {
  const { status, body } = await server.request('POST', `/v1/agent-sessions/${session.id}/takeover`, { body: { client_id: identity } })
  expect(body.control?.driver ?? body).toMatchObject({ kind: 'human', client_id: identity })
  expect(status).toBe(200)
}

test('livekit-client alone watches, is told the address and the size that an agent has set, and steers with the packets of the rooms dialect', async () => {
  const session = await server.create({ initial_url: pages.set('/form', FORM) })
  expect(session.livekit).toMatchObject({ room: session.id, ws_url: livekit.url })
  const info = session.livekit!
  await page.evaluate((given) => rooms.watch(given), info)
  await until(near(BLUE))
  const agent = await connectPuppeteer({ browserWSEndpoint: session.cdp.ws_url })
  await agent.pages()
  await until("rooms.topics.some((told) => told.topic === 'viewport' && told.viewport.width === 800 && told.viewport.height === 600)")
  await driven(session, info.participant_identity)
  await until(`rooms.topics.some((told) => told.topic === 'focus' && told.identity === '${info.participant_identity}')`)
  await page.evaluate(async () => {
    await rooms.publish({ type: 'mouseMove', x: 200, y: 150 }, false)
    await rooms.publish({ type: 'mouseDown', x: 200, y: 150, button: 0 })
    await rooms.publish({ type: 'mouseUp', x: 200, y: 150, button: 0 })
  })
  await until(near(GREEN, 200 / 800, 150 / 600))
  await agent.disconnect()
  await until("rooms.topics.some((told) => told.topic === 'viewport' && told.viewport.width === 1280)")
  await page.evaluate(() => rooms.publish({ type: 'keyDown', key: 'k', modifiers: ['ctrl'] }))
  await titleOf(session, /^shortcut$/)
  const elsewhere = pages.set('/elsewhere', '<title>elsewhere</title>')
  await page.evaluate((url) => rooms.publish({ type: 'navigate', url }), elsewhere)
  await until(`rooms.topics.some((told) => told.topic === 'url' && told.url === '${elsewhere}')`)
})

describe('our SDK in a room', () => {
  async function keep(session: AgentSession): Promise<string> {
    await page.evaluate((url, key) => rooms.keep(url, key), `${server.url}/v1/agent-sessions/${session.id}/livekit-token`, server.apiKey)
    await until(`rooms.kept.snapshot.connection.kind === 'connected' && rooms.kept.snapshot.mayControl && rooms.kept.snapshot.video !== null`)
    return page.evaluate(() => rooms.kept!.snapshot.identity!)
  }

  test('takes mouse and keys over the picture, once this page drives and not before', async () => {
    const session = await server.create({ initial_url: pages.set('/form', FORM) })
    const identity = await keep(session)
    await until(near(RED, 200 / 1280, 150 / 720))
    await page.evaluate(() => rooms.capture('mouse', { width: 1280, height: 720 }))
    await page.mouse.click(700, 150)
    await driven(session, identity)
    await until('rooms.kept.snapshot.driving')
    // Had the press before been sent, it would come first.
    await page.mouse.click(200, 150)
    await until(near(GREEN, 200 / 1280, 150 / 720))
    await titleOf(session, /^clicks 1$/)
    await page.mouse.click(700, 150)
    await page.keyboard.type('hi')
    await titleOf(session, /^text \[hi\]$/)
    expect(await page.evaluate(() => rooms.text(' there'))).toBe('applied')
    await titleOf(session, /^text \[hi there\]$/)
    await page.mouse.move(700, 600)
    await page.mouse.wheel({ deltaY: 40 })
    await titleOf(session, /^wheel 40$/)
    await until('rooms.ping.state.rttMs !== null')
    expect(await page.evaluate(() => rooms.failures)).toEqual([])
  })

  test('on a phone’s page the mouse taps and the wheel drags, through the letterbox', async () => {
    const session = await server.create({ initial_url: pages.set('/touch', TOUCH), device: 'phone' })
    const { viewport } = session
    const identity = await keep(session)
    await until(near(BLUE))
    await page.evaluate((frame) => rooms.capture('touch', frame), viewport)
    await driven(session, identity)
    await until('rooms.kept.snapshot.driving')
    // The bar beside the picture is no part of the page.
    await page.mouse.click(5, 300)
    await page.mouse.click(640, 300)
    await until(near(GREEN))
    await titleOf(session, /^tapped$/)
    await page.mouse.wheel({ deltaY: 300 })
    // 300 less the 15 of a finger's slop.
    await titleOf(session, /^scrolled 285 /)
  })

  test('goes back into the room by itself, with a fresh token, when the LiveKit server was away', async () => {
    const session = await server.create({ initial_url: pages.set('/form', FORM) })
    await keep(session)
    await until(near(BLUE))
    await livekit.kill()
    await until(`rooms.kept.snapshot.connection.kind !== 'connected'`)
    await livekit.start()
    await page.waitForFunction(`rooms.kept.snapshot.connection.kind === 'connected' && rooms.kept.snapshot.video !== null && ${near(BLUE)}`, {
      timeout: 90_000,
      polling: 100,
    })
  }, 150_000)
})

describe('a LiveView', () => {
  let screen: ViewerBrowser
  const viewers: Viewer[] = []

  beforeAll(async () => {
    screen = await ViewerBrowser.launch()
  })
  afterEach(async () => {
    for (const viewer of viewers.splice(0)) await viewer.close()
  })
  afterAll(() => screen?.close())

  const open = async (session: { live: { ws_url: string } }, options: Parameters<ViewerBrowser['open']>[1] = {}): Promise<Viewer> => {
    const viewer = await screen.open(session.live.ws_url, { name: 'Ada', ...options })
    viewers.push(viewer)
    return viewer
  }

  test('chosen by hand, plays out of the room', async () => {
    const session = await server.create({ initial_url: pages.set('/form', FORM) })
    const forced = await open(session, { transport: 'room' })
    expect((await forced.until("s.status === 'live' && s.transport === 'room'", WAIT_MS)).rung).toEqual({ transport: 'room', why: null, forced: true })
    await forced.untilPixel(640, 600, BLUE)
  })

  test('beyond the places for peers takes the room by itself and steers as any other; when its server dies, the picture goes on over WebSocket, and comes back', async () => {
    const session = await server.create({ initial_url: pages.set('/form', FORM) })
    for (let peers = 0; peers < 3; peers++) await (await open(session)).until("s.status === 'live' && s.transport === 'webrtc'", WAIT_MS)
    const fourth = await open(session)
    const seen = await fourth.until("s.status === 'live' && s.transport === 'room'", WAIT_MS)
    expect(seen.rung).toMatchObject({ transport: 'room', forced: false, why: expect.stringMatching(/direct connections/) })
    await fourth.untilPixel(640, 600, BLUE)
    await fourth.call('takeControl')
    await fourth.click(200, 150)
    await fourth.untilPixel(200, 150, GREEN)
    const measured = await fourth.until('s.stats !== null && s.stats.codec !== null && s.stats.width === 1280', WAIT_MS)
    expect(measured.stats).toMatchObject({ transport: 'room' })

    await livekit.kill()
    await fourth.until("s.status === 'live' && s.transport === 'websocket'", 30_000)
    await fourth.untilPixel(640, 600, BLUE)
    await livekit.start()
    await fourth.until("s.status === 'live' && s.transport === 'room'", 60_000)
    await fourth.untilPixel(640, 600, BLUE)
  }, 150_000)
})
