/** Whatever size, scale or zoom a page is laid out in, and whoever made it so: what is pressed is what the picture shows there. */
import type { AgentSession, CreateSession, InputEvent, Transport } from '@tandem/client'
import { chromium } from 'playwright-core'
import { connect as connectPuppeteer } from 'puppeteer-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { expectHits, gridPage } from '../harness/grid.ts'
import type { OpenOptions, Viewer } from '../harness/viewer.ts'
import { liveUrl, openFixture } from './fixture.ts'
import type { Fixture } from './fixture.ts'

let fixture: Fixture
const viewers: Viewer[] = []

beforeAll(async () => void (fixture = await openFixture()))
afterAll(() => fixture.close())
afterEach(async () => {
  for (const viewer of viewers.splice(0)) await viewer.close()
  await fixture.sessions.giveBack()
})

async function start(body: CreateSession = {}, page = gridPage(), options: OpenOptions = {}): Promise<{ session: AgentSession; viewer: Viewer }> {
  const session = await fixture.sessions.create({ initial_url: fixture.pages.set('/grid', page), ...body })
  const viewer = await fixture.browser.open(liveUrl(session), { name: 'Ada', ...options })
  viewers.push(viewer)
  await viewer.until("s.status === 'live'")
  return { session, viewer }
}

const cdpUrl = (session: AgentSession): string => session.cdp?.ws_url ?? ''
const size = (width: number, height: number): string => `s.session?.viewport.width === ${width} && s.session?.viewport.height === ${height}`

/** As the page itself sees it, asked by an agent that sets nothing. */
async function seenByPage<T>(session: AgentSession, expression: string): Promise<T> {
  const browser = await connectPuppeteer({ browserWSEndpoint: cdpUrl(session), defaultViewport: null })
  try {
    const [page] = await browser.pages()
    return (await page?.evaluate(expression)) as T
  } finally {
    await browser.disconnect()
  }
}

describe.each<Transport>(['webrtc', 'websocket', 'jpeg', 'screenshots'])('on the rung %s', (transport) => {
  test('a client that sets a size moves no press, and the session has its own again when the client leaves', async () => {
    const { session, viewer } = await start({}, gridPage(), { transport })
    const browser = await connectPuppeteer({ browserWSEndpoint: cdpUrl(session) })
    await (await browser.pages())[0]?.evaluate('1')
    await viewer.until(size(800, 600))
    expect((await fixture.tandem.sessions.get(session.id)).viewport).toMatchObject({ width: 800, height: 600 })
    await viewer.call('takeControl')
    await expectHits(viewer)
    await browser.disconnect()
    await viewer.until(size(1280, 720))
    await expectHits(viewer)
    await viewer.call('handBack')
    expect(await seenByPage(session, '[innerWidth, innerHeight, document.hasFocus()]')).toEqual([1280, 720, true])
  })
})

test('a phone is a phone again when a client that had made a desktop of it clears its size, and when it leaves', async () => {
  const { session, viewer } = await start({ device: 'phone' })
  const browser = await connectPuppeteer({ browserWSEndpoint: cdpUrl(session), defaultViewport: { width: 900, height: 500 } })
  const [page] = await browser.pages()
  await viewer.until(`${size(900, 500)} && s.session.viewport.touch === false`)
  await page?.setViewport(null)
  await viewer.until(size(402, 874))
  await page?.setViewport({ width: 700, height: 700, deviceScaleFactor: 2 })
  await viewer.until(size(700, 700))
  await viewer.call('takeControl')
  await expectHits(viewer)
  await browser.disconnect()
  await viewer.until(`${size(402, 874)} && s.session.viewport.touch === true`)
  await expectHits(viewer)
  await viewer.call('handBack')
  expect(await seenByPage(session, '[innerWidth, innerHeight, devicePixelRatio, navigator.maxTouchPoints, document.hasFocus()]')).toEqual([
    402,
    874,
    3,
    10,
    true,
  ])
})

test('a pinched page is hit where it is shown, and is pinched as far as the fingers went', async () => {
  const script = `visualViewport.onresize = () => { document.title = 'scaled ' + visualViewport.scale }`
  const { session, viewer } = await start({ device: 'phone' }, gridPage({ script }))
  await viewer.call('takeControl')
  const fingers = (type: 'touchStart' | 'touchMove' | 'touchEnd', apart: number): InputEvent[] =>
    [0, 1].map((touchId) => ({ type, touchId, x: 201, y: 437 + (touchId * 2 - 1) * apart }))
  await viewer.call('input', fingers('touchStart', 100))
  for (let apart = 105; apart <= 200; apart += 5) {
    await viewer.call('input', fingers('touchMove', apart))
    // A pinch takes frames: moves of one frame become one.
    await viewer.page.evaluate(() => new Promise(requestAnimationFrame))
  }
  await viewer.until("Number(s.tabs[0]?.title.split('scaled ')[1]) > 1.7")
  await viewer.call('input', fingers('touchEnd', 200))
  await expectHits(viewer, [1, 6, 9])
  await viewer.call('handBack')
  const scale = await seenByPage<number>(session, 'visualViewport.scale')
  // Chromium takes the first of it for fingers that tremble.
  expect(scale).toBeGreaterThan(1.4)
  expect(scale).toBeLessThan(2.2)
})

test('an agent’s page scale factor, and a phone’s page that is made for desktops, are hit where they are shown', async () => {
  const { session, viewer } = await start()
  const browser = await chromium.connectOverCDP(cdpUrl(session))
  const page = browser.contexts()[0]?.pages()[0]
  if (!page) throw new Error('no page')
  const cdp = await page.context().newCDPSession(page)
  await cdp.send('Emulation.setPageScaleFactor', { pageScaleFactor: 2 })
  await viewer.call('takeControl')
  await expectHits(viewer, [0, 1, 4])
  await viewer.call('handBack')
  await browser.close()
  const phone = await start({ device: 'phone' }, gridPage({ meta: false }))
  await phone.viewer.call('takeControl')
  await expectHits(phone.viewer)
})

test('fullscreen, a handback and an agent’s screenshot leave the page where it is shown, and Escape leaves fullscreen', async () => {
  const script = `ondblclick = () => document.documentElement.requestFullscreen(); document.onfullscreenchange = () => { document.title = 'full ' + (document.fullscreenElement !== null) }`
  const { session, viewer } = await start({}, gridPage({ script }))
  await viewer.call('takeControl')
  await viewer.click(640, 360, { count: 2 })
  await viewer.until("s.tabs[0]?.title === 'full true'")
  await expectHits(viewer)
  await viewer.call('handBack')
  const browser = await chromium.connectOverCDP(cdpUrl(session))
  const page = browser.contexts()[0]?.pages()[0]
  await page?.screenshot({ clip: { x: 0, y: 0, width: 400, height: 300 } })
  await viewer.call('takeControl')
  await viewer.until(size(1280, 720))
  await expectHits(viewer)
  await viewer.page.keyboard.press('Escape')
  await viewer.until("s.tabs[0]?.title === 'full false'")
  await expectHits(viewer)
  await viewer.call('handBack')
  await page?.screenshot({ fullPage: true })
  await browser.close()
  expect(await seenByPage(session, '[innerWidth, innerHeight]')).toEqual([1280, 720])
})

describe('ctrl and wheel', () => {
  test('zoom a plain page as a desktop browser does, which is as it was at the handback', async () => {
    const { session, viewer } = await start()
    await viewer.call('takeControl')
    const { x, y } = await viewer.place(640, 360)
    await viewer.page.mouse.move(x, y)
    await viewer.page.keyboard.down('Control')
    await viewer.page.mouse.wheel({ deltaY: -120 })
    await viewer.until(size(1164, 655))
    await viewer.page.mouse.wheel({ deltaY: -120 })
    await viewer.until(size(1024, 576))
    await viewer.page.keyboard.up('Control')
    await expectHits(viewer)
    await viewer.call('handBack')
    await viewer.until(size(1280, 720))
    expect(await seenByPage(session, '[innerWidth, innerHeight, devicePixelRatio, scrollY]')).toEqual([1280, 720, 1, 0])
  })

  test('are left to a page that handles them, and never zoom the page around the picture', async () => {
    const script = `addEventListener('wheel', (event) => { event.preventDefault(); document.title = 'own ' + event.ctrlKey + ' ' + event.deltaY }, { passive: false })`
    // Bars above and below.
    const { viewer } = await start({}, gridPage({ script }), { host: { left: 0, top: 0, width: 640, height: 720 } })
    await viewer.call('takeControl')
    await viewer.page.evaluate(() => {
      addEventListener('wheel', (event) => setTimeout(() => (document.title = `prevented ${event.defaultPrevented} at ${event.clientY}`)))
    })
    await viewer.page.keyboard.down('Control')
    for (const y of [360, 20]) {
      await viewer.page.mouse.move(320, y)
      await viewer.page.mouse.wheel({ deltaY: -120 })
      await viewer.page.waitForFunction((title) => document.title === title, {}, `prevented true at ${y}`)
    }
    expect(await viewer.until("s.tabs[0]?.title === 'own true -120'")).toMatchObject({ session: { viewport: { width: 1280, height: 720 } } })
  })
})
