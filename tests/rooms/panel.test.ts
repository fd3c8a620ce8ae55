/** AgentSessionPanel in a React page, against a real session in a real room. */
import { join } from 'node:path'
import type { Page } from 'puppeteer-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { FORM, GREEN, RED } from '../client/fixture.ts'
import { startLiveKit } from '../harness/livekit.ts'
import type { LiveKit } from '../harness/livekit.ts'
import { servePages } from '../harness/pages.ts'
import type { Pages } from '../harness/pages.ts'
import { chromiumsOf, startTestServer } from '../harness/server.ts'
import type { TestServer } from '../harness/server.ts'
import { ViewerBrowser } from '../harness/viewer.ts'

const ENTRY = join(import.meta.dirname, 'panelPage.tsx')
const WAIT = { timeout: 30_000 }

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

async function mount(role: 'view' | 'control'): Promise<string> {
  const session = await server.create({ initial_url: pages.set('/form', FORM) })
  const { body: link } = await server.request('POST', `/v1/agent-sessions/${session.id}/viewer-tokens`, { body: { role, name: 'Ada' } })
  await page.evaluate((props) => panel.mount(props), { server: server.url, sessionId: session.id, token: link.token, name: 'Ada' })
  return session.id
}

const sees = (selector: string): Promise<unknown> => page.waitForSelector(selector, WAIT)
const seesColour = (colour: readonly number[]): Promise<unknown> =>
  page.waitForFunction(
    (wanted) => {
      const video = document.querySelector('video')
      if (!video || video.videoWidth < 3) return false
      const context = Object.assign(document.createElement('canvas'), { width: 1, height: 1 }).getContext('2d')
      context?.drawImage(video, (200 / 1280) * video.videoWidth, (150 / 720) * video.videoHeight, 1, 1, 0, 0, 1, 1)
      const seen = context?.getImageData(0, 0, 1, 1).data ?? []
      return wanted.every((value, index) => Math.abs(value - (seen[index] ?? -1)) < 48)
    },
    { ...WAIT, polling: 100 },
    colour,
  )
async function press(x: number, y: number): Promise<void> {
  const box = await (await page.waitForSelector('.tandem-picture'))!.boundingBox()
  await page.mouse.click(box!.x + (x / 1280) * box!.width, box!.y + (y / 720) * box!.height)
}

test('shows the room, takes the wheel and hands it back', async () => {
  const id = await mount('control')
  await sees('.tandem-badge[data-kind=connected]')
  await seesColour(RED)
  await page.waitForFunction(() => document.querySelector('[data-sign]') === null, WAIT)
  await page.click('[data-action=take]:not(:disabled)')
  await sees('[data-driver=you]')
  await press(200, 150)
  await seesColour(GREEN)
  await press(700, 150)
  await page.keyboard.type('plants')
  await expect.poll(async () => (await server.request('GET', `/v1/agent-sessions/${id}`)).body.page_state?.title, WAIT).toBe('text [plants]')
  // Tab is the page's; Escape is the way out of it, to what comes behind the picture.
  await page.keyboard.press('Escape')
  await page.keyboard.press('Tab')
  expect(await page.evaluate(() => document.activeElement?.closest('.tandem-bar') !== null)).toBe(true)
  // The latency of input, measured through the room.
  await page.waitForFunction(() => document.querySelector('.tandem-badge')?.textContent?.endsWith(' ms'), WAIT)
  // On a small screen too it is said whole who drives, and nothing is wider than the screen.
  await page.setViewport({ width: 320, height: 640 })
  expect(
    await page.$eval('.tandem-who span', (span) => ({
      words: span.innerText,
      cut: span.scrollWidth > span.clientWidth,
      screen: document.documentElement.scrollWidth,
    })),
  ).toEqual({ words: 'You are in control.', cut: false, screen: 320 })
  await page.click('[data-action=hand-back]')
  await sees('[data-driver=agent]')
})

test('whoever may only watch is offered no wheel', async () => {
  await mount('view')
  await seesColour(RED)
  await page.waitForFunction(() => document.querySelector('.tandem-who')?.textContent === 'Agent drives', WAIT)
  expect(await page.$('[data-action=take]')).toBeNull()
})

test('a picture that has stopped is not called live, though the room is joined', async () => {
  const id = await mount('view')
  await seesColour(RED)
  await sees('.tandem-badge[data-kind=connected]')
  await page.evaluate(() => {
    const seen: string[] = []
    const look = (): void => {
      const [badge, sign] = ['.tandem-badge', '[data-sign]'].map((selector) => document.querySelector(selector))
      seen.push(`${badge?.textContent} ${sign?.getAttribute('data-sign')} ${document.querySelector('.tandem-view')?.hasAttribute('data-old')}`)
    }
    new MutationObserver(look).observe(document.body, { subtree: true, childList: true, attributes: true, characterData: true })
    Object.assign(globalThis, { seen })
  })
  const saw = (word: string): Promise<unknown> =>
    page.waitForFunction((wanted) => (globalThis as unknown as { seen: string[] }).seen.includes(wanted), WAIT, word)
  // The browser leaves, and comes back by itself.
  await livekit.api.removeParticipant(id, 'tandem-browser')
  await saw('Stalled stalled true')
  await page.waitForFunction(() => document.querySelector('.tandem-badge[data-kind=connected]') && !document.querySelector('[data-sign]'), WAIT)
  await seesColour(RED)
  // It hangs: the room has it still, and nothing comes of it.
  const pids = chromiumsOf(id)
  expect(pids.length).toBeGreaterThan(0)
  for (const pid of pids) process.kill(pid, 'SIGSTOP')
  try {
    await sees('.tandem-badge[data-kind=stalled][title^="Nothing has come"]')
  } finally {
    for (const pid of pids) process.kill(pid, 'SIGCONT')
  }
  await sees('.tandem-badge[data-kind=connected]')
}, 120_000)

test('says that the connection is lost, and that the session is over', async () => {
  const id = await mount('control')
  await seesColour(RED)
  await livekit.kill()
  await page.waitForFunction(() => /reconnecting|error/.test(document.querySelector('.tandem-badge')?.getAttribute('data-kind') ?? ''), WAIT)
  await sees('[data-sign=stalled]')
  await livekit.start()
  await page.waitForFunction(() => document.querySelector('.tandem-badge[data-kind=connected]') && !document.querySelector('[data-sign]'), { timeout: 90_000 })
  await server.request('DELETE', `/v1/agent-sessions/${id}`)
  await sees('[data-sign=ended]')
}, 150_000)
