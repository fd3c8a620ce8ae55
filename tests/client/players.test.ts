/** What every player promises (packages/client/src/players/player.ts), held by each of them: a real browser, a real server, a real page. */
import { fileURLToPath } from 'node:url'
import type { AgentSession } from '@tandem/client'
import type { Transport } from '@tandem/protocol'
import type { Page } from 'puppeteer-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { ownLiveKit } from '../harness/livekit.ts'
import { ViewerBrowser } from '../harness/viewer.ts'
import { BLUE, FORM, GREEN, liveUrl, openFixture } from './fixture.ts'
import type { Fixture } from './fixture.ts'

const ENTRY = fileURLToPath(new URL('./playerBench.ts', import.meta.url))
const GREEN_PAGE = `<!doctype html><title>green</title><body style="margin:0;background:rgb(${GREEN.join(',')})">`
const WAIT_MS = 20_000

let fixture: Fixture
let browser: ViewerBrowser
let session: AgentSession
let page: Page

beforeAll(async () => {
  fixture = await openFixture(ownLiveKit())
  browser = await ViewerBrowser.launch({ entry: ENTRY })
  session = await fixture.tandem.sessions.create()
})
afterAll(async () => {
  await browser?.close()
  await fixture?.close()
})
beforeEach(() => show(fixture.pages.set('/form', FORM)))
afterEach(() => page.close())

async function open(transport: Transport, { start = true, badToken = false } = {}): Promise<void> {
  page = await browser.page()
  await page.evaluate((given) => bench.open(given.url, given.transport, given.badToken), { url: liveUrl(session), transport, badToken })
  if (start) await page.evaluate(() => bench.player.start())
}

const until = (expression: string): Promise<void> => page.evaluate((given) => bench.until(given.expression, given.limit), { expression, limit: WAIT_MS })
const near = ([r, g, b]: readonly [number, number, number], x = 0.5, y = 0.9): string =>
  `((p) => p !== null && Math.abs(p[0] - ${r}) < 48 && Math.abs(p[1] - ${g}) < 48 && Math.abs(p[2] - ${b}) < 48)(bench.pixel(${x}, ${y}))`
const show = (url: string): Promise<unknown> => fixture.tandem.sessions.navigate(session.id, url)
const green = (): Promise<unknown> => show(fixture.pages.set('/green', GREEN_PAGE))
const moving = (): Promise<unknown> => show(`${fixture.pages.url}/text.html`)

describe.each<Transport>(['webrtc', 'room', 'websocket', 'jpeg', 'screenshots'])('the player of rung %s', (transport) => {
  test('shows a page at rest, and what it becomes', async () => {
    await open(transport)
    await until(`player.frames > 0 && player.state === 'connected' && player.why === null && ${near(BLUE)}`)
    await green()
    await until(near(GREEN))
    expect(await page.evaluate(() => bench.failures)).toEqual([])
  })

  test('shows motion, and measures it', async () => {
    await moving()
    await open(transport)
    await until('player.lastMotionAt !== null && bench.painted > 3')
    await until('bench.samples.length > 2 && bench.samples.at(-1).bytes > 0 && bench.samples.at(-1).width > 0 && bench.samples.at(-1).codec !== null')
    if (transport !== 'websocket' && transport !== 'jpeg') return
    // Server and viewer are one machine here, with one clock: a picture that was captured from now on says so, and is not of the future.
    const since = await page.evaluate(() => Date.now())
    await until(`bench.captured.at(-1) >= ${since}`)
    const captured = await page.evaluate(() => ({ times: bench.captured, now: Date.now() }))
    expect(captured.times.at(-1)).toBeLessThanOrEqual(captured.now)
    // Chromium's screencast brings some twice or late; none is shown behind a newer one.
    if (transport === 'jpeg') expect(captured.times).toEqual(captured.times.toSorted((a, b) => a - b))
  })

  test('costs nothing while it is paused, and resumes with the page as it is then', async () => {
    await moving()
    await open(transport)
    await until('bench.painted > 3')
    await page.evaluate(() => bench.player.pause(true))
    // A second in which nothing came, on a page in full motion.
    await until('bench.samples.length > 2 && bench.samples.at(-1).frames === bench.samples.at(-2).frames && bench.samples.at(-1).kbps < 30')
    await green()
    await page.evaluate(() => bench.player.pause(false))
    await until(`player.frames > 0 && ${near(GREEN)}`)
  })

  test('brings the present picture once more when asked, of a page at rest', async () => {
    await open(transport)
    await until('player.frames > 0')
    const before = await page.evaluate(() => bench.painted)
    await page.evaluate(() => bench.player.refresh())
    await until(`bench.painted > ${before}`)
  })

  test('takes another quality without a new beginning', async () => {
    await moving()
    await open(transport)
    await until('bench.painted > 3 && bench.samples.length > 0')
    await page.evaluate(() => bench.player.setQuality('low'))
    const before = await page.evaluate(() => bench.painted)
    await until(`bench.painted > ${before} + 3`)
    // A room has one encode for everybody in it.
    if (transport !== 'screenshots' && transport !== 'room') await until('bench.samples.at(-1).width > 0 && bench.samples.at(-1).width <= 640')
    expect(await page.evaluate(() => bench.failures)).toEqual([])
  })

  test('goes on after the live socket was lost and is back', async () => {
    await open(transport)
    await until('player.frames > 0')
    await page.evaluate(() => bench.socket.reconnect(true))
    await until("bench.socket.state.state === 'open'")
    await green()
    await until(`player.state === 'connected' && ${near(GREEN)}`)
  })

  test('says why when it cannot be had', async () => {
    const refused = transport === 'screenshots'
    await open(transport, { start: false, badToken: refused })
    await page.evaluate(() => {
      bench.refusal = 'All places are taken.'
      bench.player.start()
    })
    await until('bench.failures.length === 1')
    const [failure] = await page.evaluate(() => bench.failures)
    expect(failure?.reason).toMatch(refused ? /credential|token/i : /^All places are taken\.$/)
    expect(failure?.fatal).toBe(false)
  })

  test('stops, starts again, and leaves nothing behind when it is closed', async () => {
    await open(transport)
    await until('player.frames > 0')
    await page.evaluate(() => bench.player.stop())
    expect(await page.evaluate(() => ({ state: bench.player.state, frames: bench.player.frames }))).toEqual({ state: 'none', frames: 0 })
    // LiveKit's SDK says goodbye before it closes.
    await until('bench.left().peers === 0 && bench.left().decoders === 0')
    await green()
    await page.evaluate(() => bench.player.start())
    await until(`player.frames > 0 && ${near(GREEN)}`)
    await page.evaluate(() => bench.player.close())
    // What was on its way to the screen is seen still.
    const painted = await page.evaluate(
      () => new Promise<number>((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => resolve(bench.painted)))),
    )
    await moving()
    // The socket is there still, and proves with its next answer that time has passed.
    await page.evaluate(() => bench.socket.call('viewer.ping', { clientTime: Date.now() }))
    await until('bench.left().peers === 0 && bench.left().decoders === 0')
    expect(await page.evaluate(() => bench.painted)).toBe(painted)
  })
})

describe('the player of rung websocket', () => {
  test('asks for a key frame when packets are missing, and goes on with it', async () => {
    await moving()
    await open('websocket')
    await until('bench.painted > 3')
    await page.evaluate(() => (bench.lose = 1))
    await until('bench.keyFramesAsked > 0')
    const painted = await page.evaluate(() => bench.painted)
    await until(`bench.painted > ${painted} + 3`)
    expect(await page.evaluate(() => bench.failures)).toEqual([])
  })

  test('makes a decoder anew that failed, and gives up one that fails again and again', async () => {
    await moving()
    await open('websocket')
    await until('bench.painted > 3')
    await page.evaluate(() => (bench.corrupt = 1))
    await until('bench.keyFramesAsked > 0')
    const painted = await page.evaluate(() => bench.painted)
    await until(`bench.painted > ${painted} + 3`)
    await page.evaluate(() => (bench.corrupt = 1_000_000))
    await until('bench.failures.length > 0')
    expect((await page.evaluate(() => bench.failures))[0]).toMatchObject({ reason: expect.stringContaining('decoder'), fatal: false })
  })
})

describe('the player of rung screenshots', () => {
  test('fetches the picture of a page at rest once, also from a server of another origin', async () => {
    await green()
    await open('screenshots')
    await until(`player.frames > 0 && ${near(GREEN)} && bench.samples.at(-1)?.packets > 0`)
    const first = await page.evaluate(() => ({ painted: bench.painted, bytes: 0, packets: 0, ...bench.samples.at(-1) }))
    await until(`bench.samples.at(-1).packets > ${first.packets + 2}`)
    expect(await page.evaluate(() => ({ painted: bench.painted, bytes: bench.samples.at(-1)?.bytes }))).toEqual({ painted: first.painted, bytes: first.bytes })
    await show(fixture.pages.set('/form', FORM))
    await until(near(BLUE))
  })
})
