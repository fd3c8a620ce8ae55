/** A network that is far: every packet of the picture takes 150 ms, each way. What is looked at is what a person sees. */
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { FORM, GREEN, liveUrl, RED } from '../client/fixture.ts'
import { servePages } from '../harness/pages.ts'
import type { Pages } from '../harness/pages.ts'
import { startTestServer } from '../harness/server.ts'
import type { TestServer } from '../harness/server.ts'
import { delayUdp, goBy } from '../harness/udpDelay.ts'
import type { UdpDelay } from '../harness/udpDelay.ts'
import { Viewer, ViewerBrowser } from '../harness/viewer.ts'

const ONE_WAY_MS = 150
/** The only port that a peer can have, so that the long way knows where it leads. */
const PORT = 27_310
const MOTION = readFileSync(new URL('../pages/text.html', import.meta.url), 'utf8')

let server: TestServer
let pages: Pages
let browser: ViewerBrowser
let delay: UdpDelay

beforeAll(async () => {
  server = await startTestServer({ udpPorts: `${PORT}-${PORT}` })
  pages = await servePages()
  browser = await ViewerBrowser.launch()
  delay = await delayUdp(PORT, ONE_WAY_MS)
})
afterAll(async () => {
  await browser?.close()
  await server?.close()
  await pages?.close()
  delay?.close()
})

async function watch(html: string): Promise<Viewer> {
  const session = await server.create({ initial_url: pages.set('/page', html) })
  const page = await browser.page()
  await goBy(page, delay, PORT)
  const viewer = new Viewer(page, liveUrl(session), { name: 'Ada' })
  await viewer.mount()
  await viewer.until("s.status === 'live' && s.transport === 'webrtc'", 40_000)
  expect(delay.carried()).toBeGreaterThan(0)
  return viewer
}

test('clicks and keys reach the page, and what they change is seen', async () => {
  const viewer = await watch(FORM)
  await viewer.untilPixel(200, 150, RED, 30_000)
  await viewer.call('takeControl')
  await viewer.click(200, 150)
  await viewer.untilPixel(200, 150, GREEN)
  await viewer.click(700, 150)
  await viewer.page.keyboard.type('far away')
  await viewer.until("s.tabs[0]?.title === 'text [far away]'")
  expect((await viewer.snapshot()).rung).toEqual({ transport: 'webrtc', why: null, forced: false })
  await viewer.close()
}, 90_000)

test('a page in motion is live all the time, on the same rung, and the badge says how late it is', async () => {
  const viewer = await watch(MOTION)
  await viewer.until('s.stats?.fps > 5 && s.stats.glassToGlassMs !== null', 30_000)
  const { words, delays } = await viewer.page.evaluate(
    () =>
      new Promise<{ words: string[]; delays: number[] }>((resolve) => {
        const { view } = globalThis.viewer
        const samples = new Set<unknown>([view.snapshot.stats])
        const words = new Set<string>()
        const delays: number[] = []
        view.subscribe(() => {
          const { stats, status, transport } = view.snapshot
          words.add(`${transport} ${status}`)
          if (samples.has(stats)) return
          // One comes each second.
          samples.add(stats)
          if (typeof stats?.glassToGlassMs === 'number') delays.push(stats.glassToGlassMs)
          if (samples.size > 10) resolve({ words: [...words], delays })
        })
      }),
  )
  expect(words).toEqual(['webrtc live'])
  // No picture can have been sooner than its way.
  const median = delays.toSorted((a, b) => a - b)[Math.floor(delays.length / 2)] ?? 0
  expect(median).toBeGreaterThanOrEqual(ONE_WAY_MS)
  await viewer.close()
}, 90_000)
