import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Tandem } from '@tandem/client'
import type { AgentSession, CreateSession, LiveViewOptions } from '@tandem/client'
import { loadConfig, startServer } from '@tandem/server'
import { chromium } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { ViewerBrowser } from '../harness/viewer.ts'
import type { Viewer } from '../harness/viewer.ts'
import { BLUE, FORM, GREEN, liveUrl, openFixture, RED } from './fixture.ts'
import type { Fixture } from './fixture.ts'

const TOUCH = `<!doctype html><meta name="viewport" content="width=device-width"><meta charset="utf-8"><title>ready</title>
<style>html,body{margin:0;height:100%;background:rgb(20,60,200);touch-action:none} button{position:absolute;left:100px;top:100px;width:200px;height:100px;border:0;background:rgb(220,30,30)}</style>
<button></button><script>
const button = document.querySelector('button')
button.onclick = (event) => { button.style.background = 'rgb(30,200,60)'; document.title = 'tapped by ' + event.pointerType }
let start = 0
const gap = (event) => Math.round(Math.hypot(event.touches[0].clientX - event.touches[1].clientX, event.touches[0].clientY - event.touches[1].clientY))
addEventListener('touchstart', (event) => { if (event.touches.length === 2) start = gap(event) })
addEventListener('touchmove', (event) => { if (event.touches.length === 2) document.title = 'pinch ' + start + ' to ' + gap(event) })
</script>`

const TONE = `<!doctype html><title>tone</title><body style="margin:0;background:rgb(20,60,200)"><script>
const context = new AudioContext(), oscillator = context.createOscillator()
oscillator.connect(context.destination); oscillator.start()
</script>`

const LOGIN = `<!doctype html><title>login</title><body style="margin:0;background:rgb(20,60,200)"><input type="password" style="position:absolute;left:100px;top:100px;width:300px;height:60px">`

let fixture: Fixture
const viewers: Viewer[] = []

beforeAll(async () => void (fixture = await openFixture()))
afterAll(() => fixture.close())
afterEach(async () => {
  for (const viewer of viewers.splice(0)) await viewer.close()
  await fixture.sessions.giveBack()
})

const create = (html: string, body: CreateSession = {}): Promise<AgentSession> =>
  fixture.sessions.create({ initial_url: fixture.pages.set('/page', html), ...body })

async function open(session: AgentSession, options: Partial<LiveViewOptions> = {}): Promise<Viewer> {
  const viewer = await fixture.browser.open(liveUrl(session), { name: 'Ada', ...options })
  viewers.push(viewer)
  await viewer.until("s.status === 'live'")
  return viewer
}

describe('a phone', () => {
  test('is seen at three times its size, and a mouse taps on it as a finger does', async () => {
    const viewer = await open(await create(TOUCH, { device: 'phone' }))
    const { stats } = await viewer.until('s.stats !== null && s.stats.width > 0')
    expect(stats).toMatchObject({ width: 1206, height: 2622 })
    await viewer.call('takeControl')
    await viewer.untilPixel(200, 150, RED)
    await viewer.click(200, 150)
    await viewer.until("s.tabs[0]?.title === 'tapped by touch'")
    await viewer.untilPixel(200, 150, GREEN)
  })

  test('two fingers on the picture are two fingers on the page', async () => {
    const viewer = await open(await create(TOUCH, { device: 'phone' }))
    await viewer.call('takeControl')
    const cdp = await viewer.page.createCDPSession()
    const finger = async (id: number, x: number, y: number): Promise<{ id: number; x: number; y: number }> => ({ id, ...(await viewer.place(x, y)) })
    await cdp.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: [await finger(0, 150, 400)] })
    await cdp.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: [await finger(0, 150, 400), await finger(1, 250, 400)] })
    await cdp.send('Input.dispatchTouchEvent', { type: 'touchMove', touchPoints: [await finger(0, 100, 400), await finger(1, 300, 400)] })
    const { tabs } = await viewer.until('/^pinch 100 to 200$/.test(s.tabs[0]?.title)')
    await cdp.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] })
    expect(tabs).toHaveLength(1)
  })
})

test('a finger on a desktop page taps, and scrolls with a glide', async () => {
  const tall =
    '<!doctype html><title>top</title><body style="margin:0;height:20000px;background:rgb(20,60,200)"><script>onscroll = () => { document.title = "at " + (scrollY > 250) }; onclick = () => { document.title = "clicked" }</script>'
  const viewer = await open(await create(tall))
  await viewer.call('takeControl')
  const cdp = await viewer.page.createCDPSession()
  const finger = async (y: number): Promise<{ x: number; y: number }[]> => [await viewer.place(400, y)]
  await cdp.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: await finger(600) })
  await cdp.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] })
  await viewer.until("s.tabs[0]?.title === 'clicked'")
  await cdp.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: await finger(600) })
  for (const y of [560, 520, 460, 400, 320]) await cdp.send('Input.dispatchTouchEvent', { type: 'touchMove', touchPoints: await finger(y) })
  await cdp.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] })
  expect(await viewer.until("s.tabs[0]?.title === 'at true'")).toMatchObject({ inputRefused: null })
})

test('sound is off without a gesture', async () => {
  const session = await create(TONE)
  const page = await fixture.browser.context.newPage()
  await page.goto(`${fixture.browser.origin}/#${encodeURIComponent(JSON.stringify({ url: liveUrl(session) }))}`)
  const cdp = await page.createCDPSession()
  const expression = `viewer.until("s.status === 'live'", 15000).then(() => viewer.view.setMuted(false))`
  const { result } = await cdp.send('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true, userGesture: false })
  expect(result.value).toBe(true)
  await page.close()
})

test.each(['webrtc', 'websocket'] as const)('sound is heard over %s once it is switched on', async (transport) => {
  const viewer = await open(await create(TONE), { transport })
  expect(await viewer.snapshot()).toMatchObject({ muted: true })
  expect(await viewer.call('setMuted', false)).toBe(false)
  await viewer.page.waitForFunction("viewer.host.shadowRoot.querySelector('audio').srcObject !== null")
  const level = await viewer.page.evaluate(async () => {
    const stream = globalThis.viewer.host.shadowRoot?.querySelector('audio')?.srcObject
    if (!(stream instanceof MediaStream)) return 0
    const context = new AudioContext()
    const analyser = context.createAnalyser()
    context.createMediaStreamSource(stream).connect(analyser)
    const samples = new Float32Array(analyser.fftSize)
    const deadline = performance.now() + 10_000
    for (;;) {
      analyser.getFloatTimeDomainData(samples)
      const loudest = Math.max(...samples)
      if (loudest > 0.1 || performance.now() > deadline) return loudest
      await new Promise((resolve) => requestAnimationFrame(resolve))
    }
  })
  expect(level).toBeGreaterThan(0.1)
})

test("the agent's pointer is drawn over the picture where it is, with its name, and not in the page", async () => {
  const session = await create(FORM)
  const viewer = await open(session)
  const browser = await chromium.connectOverCDP(session.cdp?.ws_url ?? '')
  const page = browser.contexts()[0]?.pages()[0]
  await page?.mouse.move(200, 150)
  await page?.mouse.click(200, 150)
  await viewer.untilPixel(200, 150, GREEN)
  const drawn = await viewer.page.waitForFunction(() => {
    const pointer = globalThis.viewer.host.shadowRoot?.querySelector<HTMLElement>('.agent.shown')
    return pointer ? { transform: pointer.style.transform, label: pointer.textContent } : null
  })
  expect(await drawn.jsonValue()).toMatchObject({ transform: 'translate(200px, 150px)', label: expect.stringMatching(/./) })
  await browser.close()
})

test('while a password is typed, everybody but the holder sees a sign instead of the page', async () => {
  const session = await create(LOGIN)
  const holder = await open(session)
  const other = await open(session, { name: 'Grace' })
  await other.untilPixel(640, 600, BLUE)
  await holder.call('takeControl')
  await holder.click(200, 130)
  const { blanked } = await other.until('s.blanked !== null')
  await other.untilPixel(640, 600, [0, 0, 0])
  const sign = await other.page.evaluate(() => globalThis.viewer.host.shadowRoot?.querySelector('.sign.shown')?.textContent)
  expect(sign).toBe(blanked)
  await holder.untilPixel(640, 600, BLUE)
  await holder.call('handBack')
  await other.until('s.blanked === null')
  await other.untilPixel(640, 600, BLUE)
})

test('the own address bar, history and tabs work under the epoch of now', async () => {
  const viewer = await open(await create(FORM))
  await expect(viewer.call('navigate', fixture.pages.url)).rejects.toThrow('control/agent-driving')
  await viewer.call('takeControl')
  await viewer.call('navigate', fixture.pages.set('/two', '<title>two</title>'))
  await viewer.until("s.tabs[0]?.title === 'two' && s.tabs[0].canGoBack")
  await viewer.call('history', 'back')
  await viewer.until("s.tabs[0]?.title === 'ready'")
  await expect(viewer.call('navigate', 'file:///etc/passwd')).rejects.toThrow('browser/url-refused')
  const tabId = await viewer.call('openTab', `${fixture.pages.url}/two`)
  expect((await viewer.until('s.tabs.length === 2 && s.tabs[1].title === "two"')).activeTabId).toBe(tabId)
  await viewer.call('closeTab', tabId)
  await viewer.until('s.tabs.length === 1')
})

test('a server that restarts is waited for, and the session goes on', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'tandem-restart-'))
  const config = loadConfig({}, { port: 0, dataDir, logLevel: 'error' })
  const first = await startServer(config)
  const session = await new Tandem({ baseUrl: first.url, apiKey: first.apiKey }).sessions.create({ initial_url: fixture.pages.set('/page', FORM) })
  const browser = await ViewerBrowser.launch()
  const viewer = await browser.open(liveUrl(session))
  await viewer.until("s.status === 'live'")
  await first.close()
  expect((await viewer.until("s.status === 'connecting'")).reason).toMatch(/Connecting again\.$/)
  const second = await startServer({ ...config, port: Number(new URL(first.url).port) })
  const back = await viewer.until("s.status === 'live'", 30_000)
  expect(back.session?.id).toBe(session.id)
  await viewer.untilPixel(640, 600, BLUE)
  await browser.close()
  await second.close()
  await rm(dataDir, { recursive: true, force: true })
})
