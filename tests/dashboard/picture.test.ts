/** The picture and the way to it: how good it is, full screen, sound, the agent's pointer, the keyboard. */
import { chromium } from 'playwright-core'
import type { Browser } from 'puppeteer-core'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { DESKTOP, escapeTwice, PHONE, Person } from '../harness/dashboard.ts'
import { servePages } from '../harness/pages.ts'
import type { Pages } from '../harness/pages.ts'
import { startTestServer } from '../harness/server.ts'
import type { TestServer } from '../harness/server.ts'
import { SpareSessions } from '../harness/spareSessions.ts'

const WORK = `<!doctype html><title>Work</title><style>body { margin: 0 } input, button { position: absolute; left: 100px; width: 400px; height: 50px }</style>
<input style="top: 100px" oninput="document.title = 'Typed ' + this.value">
<button style="top: 500px" onclick="const c = new AudioContext(), o = c.createOscillator(); o.connect(c.destination); o.start()">Tone</button>`

let server: TestServer
let sessions: SpareSessions
let pages: Pages
let browser: Browser
beforeAll(async () => {
  server = await startTestServer()
  sessions = new SpareSessions(server)
  pages = await servePages({ '/work': WORK })
  browser = await Person.browser()
})
afterEach(() => sessions.giveBack())
afterAll(async () => {
  await pages?.close()
  await server?.close()
})

const guest = (id: string, role: 'view' | 'control', viewport?: typeof DESKTOP): Promise<Person> => Person.guest(browser, server, id, role, viewport)
const owner = (id: string): Promise<Person> => Person.owner(browser, server, id)
const work = () => sessions.create({ initial_url: `${pages.url}/work` })

test('the badge says how good the picture is, and an admin switches the quiet frame off and on', async () => {
  const { id } = await sessions.create({ initial_url: `${pages.url}/motion.html` })
  await using admin = await owner(id)
  await using viewer = await guest(id, 'view')
  await viewer.live()
  await admin.live()
  await admin.press('[data-badge]')
  const figures = [
    /Codec(AV1|VP8)/,
    /Resolution1280 × 720/,
    /\d fps shown/,
    /Bit rate[\d.]+ [kM]bit/,
    /Round trip.*\d ms/,
    /Glass to glass\d+ ms/,
    /Live.*WebRTC, direct/,
  ]
  for (const figure of figures)
    await vi.waitFor(async () => expect(await admin.page.$eval('[role=dialog]', ({ textContent }) => textContent)).toMatch(figure), 15_000)
  await admin.press('[role=switch][aria-checked=true]')
  await admin.page.waitForSelector('[role=switch][aria-checked=false]')
  await viewer.press('[data-badge]')
  await viewer.page.waitForFunction(() => /Quiet frame\s+Off/.test(document.body.innerText))
  expect(await viewer.page.$('[role=switch]')).toBeNull()
  await admin.press('[role=switch]')
  await admin.page.waitForSelector('[role=switch][aria-checked=true]')
})

test('full screen leaves the picture and one bar, and everything comes back', async () => {
  const { id } = await work()
  await using viewer = await guest(id, 'control')
  await viewer.live()
  await viewer.press('[aria-label="Full screen"]')
  await viewer.page.waitForSelector('header', { hidden: true })
  await viewer.page.waitForFunction(
    (width) => document.querySelector('.tandem-picture')?.clientWidth === width && document.fullscreenElement !== null,
    {},
    DESKTOP.width,
  )
  await viewer.takeControl()
  await viewer.press('[aria-label="Leave full screen"]')
  await viewer.page.waitForSelector('header')
  await viewer.page.waitForFunction(() => document.fullscreenElement === null)
})

test('full screen on a phone keeps every button on the screen while its viewer drives', async () => {
  const { id } = await work()
  await using phone = await guest(id, 'control', PHONE)
  await phone.live()
  await phone.takeControl()
  await phone.page.tap('[aria-label="Full screen"]')
  await phone.page.waitForSelector('[aria-label="Leave full screen"]')
  const edges = await phone.page.$$eval('footer button', (buttons) => buttons.map((button) => button.getBoundingClientRect().right))
  expect(Math.max(...edges)).toBeLessThanOrEqual(PHONE.width)
  expect(edges.length).toBeGreaterThanOrEqual(6)
})

test('sound is offered when the page makes some, and the button for it is always there', async () => {
  const { id } = await work()
  await using holder = await guest(id, 'control')
  await holder.live()
  await holder.takeControl()
  await holder.page.waitForSelector('[aria-label="Sound on"]')
  expect(await holder.page.$('::-p-text(Click for sound)')).toBeNull()
  await holder.pressInPicture(150, 525)
  await holder.press('::-p-text(Click for sound)')
  await holder.page.waitForSelector('[aria-label=Mute]')
  await holder.seesNoMore('Click for sound')
})

test("an agent's pointer moves in the picture and its clicks show, under its name, and the page knows nothing of it", async () => {
  const { id, cdp } = await work()
  await using viewer = await guest(id, 'view')
  await viewer.live()
  const agent = await chromium.connectOverCDP(cdp.ws_url)
  const page = agent.contexts()[0]?.pages()[0]
  if (page === undefined) throw new Error('the session has no page')
  const drawn = (selector: string) =>
    viewer.page.waitForFunction((part) => document.querySelector('.tandem-host')?.shadowRoot?.querySelector(part) !== null, {}, selector)
  await page.mouse.move(640, 360)
  await drawn('.agent.shown')
  const offset = await viewer.page.evaluate(() => {
    const host = document.querySelector('.tandem-host')
    const pointer = host?.shadowRoot?.querySelector<HTMLElement>('.agent')
    const [x = NaN, y = NaN] = (pointer?.style.transform.match(/[\d.]+/g) ?? []).map(Number)
    return { name: pointer?.textContent, fromMiddle: Math.hypot(x - (host?.clientWidth ?? 0) / 2, y - (host?.clientHeight ?? 0) / 2) }
  })
  expect(offset.name).toBe('Playwright')
  expect(offset.fromMiddle).toBeLessThan(1)
  const ripple = drawn('.ripple')
  await page.mouse.click(640, 360)
  await ripple
  expect(await page.evaluate(() => document.querySelector('.agent, .ripple'))).toBeNull()
  await agent.close()
})

test('the keyboard reaches everything in the order of the eye, each stop can be seen, and a change of driver is spoken', async () => {
  const { id } = await work()
  await using admin = await owner(id)
  await admin.live()
  await admin.takeControl()
  expect(await admin.page.$eval('[aria-live=assertive]', (element) => element.textContent)).toBe('You drive')
  await admin.page.focus('[aria-label="All sessions"]')
  const stops: string[] = []
  while (!stops.includes('hand-back') && stops.length < 30) {
    await admin.page.keyboard.press('Tab')
    const { name, marked } = await admin.page.evaluate(() => {
      const stop = document.activeElement
      if (!(stop instanceof HTMLElement)) return { name: 'nothing', marked: false }
      const style = getComputedStyle(stop)
      return {
        name: stop.dataset['action'] ?? stop.getAttribute('aria-label') ?? stop.getAttribute('role') ?? stop.className,
        marked: style.outlineStyle !== 'none' || style.boxShadow !== 'none',
      }
    })
    stops.push(name)
    expect(marked, `${name} shows its focus`).toBe(true)
  }
  expect(stops).toEqual([
    ...['viewers', 'Connection: Live', 'Timeline', 'share', 'More'],
    ...['tab', 'New tab', 'Back', 'Reload', 'Address'],
    ...['type', 'Sound on', 'Full screen', 'hand-back'],
  ])

  // Into the picture, where Tab is the page's, and out again.
  await admin.page.focus('[data-action=type]')
  await admin.page.keyboard.press('Enter')
  await admin.page.keyboard.press('Tab')
  await admin.page.keyboard.type('typed')
  await admin.page.waitForSelector('[role=tab][title^="Typed typed"]')
  await escapeTwice(admin.page)
  await admin.page.waitForFunction(() => document.activeElement?.matches('[data-action=type]'))
})
