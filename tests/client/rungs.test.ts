/** The rungs below WebRTC as a viewer lives with them: who gets which, what is seen and done there, and pictures one by one. */
import { readFileSync } from 'node:fs'
import type { AgentSession, CreateSession, LiveViewOptions } from '@tandem/client'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { chromiumsOf } from '../harness/server.ts'
import type { Viewer } from '../harness/viewer.ts'
import { BLUE, FORM, GREEN, liveUrl, openFixture, RED } from './fixture.ts'
import type { Fixture } from './fixture.ts'

let fixture: Fixture
const viewers: Viewer[] = []

beforeAll(async () => void (fixture = await openFixture()))
afterAll(() => fixture.close())
afterEach(async () => {
  for (const viewer of viewers.splice(0)) await viewer.close()
  await fixture.sessions.giveBack()
})

const create = (body: CreateSession = {}): Promise<AgentSession> => fixture.sessions.create({ initial_url: fixture.pages.set('/form', FORM), ...body })

async function open(
  session: AgentSession,
  options: Partial<LiveViewOptions> & { host?: { left: number; top: number; width: number; height: number } } = {},
): Promise<Viewer> {
  const viewer = await fixture.browser.open(liveUrl(session), { name: 'Ada', ...options })
  viewers.push(viewer)
  return viewer
}

const liveOn = (transport: string): string => `s.status === 'live' && s.transport === '${transport}'`

test('the fourth viewer gets the shared encode, with the reason; when a place becomes free it steps up at once', async () => {
  const session = await create()
  const first = await open(session)
  await first.until(liveOn('webrtc'))
  for (const name of ['Grace', 'Edsger']) await (await open(session, { name })).until(liveOn('webrtc'))
  const fourth = await open(session, { name: 'Barbara' })
  expect((await fourth.until(liveOn('websocket'))).rung).toEqual({
    transport: 'websocket',
    why: 'All 3 direct connections of this session are taken.',
    forced: false,
  })
  await fourth.untilPixel(640, 600, BLUE)
  const { viewers: listed } = await first.until("s.viewers.some((viewer) => viewer.name === 'Barbara' && viewer.transport === 'websocket')")
  expect(listed.filter(({ transport }) => transport === 'webrtc')).toHaveLength(3)
  await first.call('close')
  expect((await fourth.until(liveOn('webrtc'))).rung.why).toBeNull()
})

describe.each(['websocket', 'jpeg'] as const)('on rung %s', (transport) => {
  test('a press is seen, and glass to glass is measured while the page moves', async () => {
    const viewer = await open(await create(), { transport })
    await viewer.until(liveOn(transport))
    await viewer.call('takeControl')
    await viewer.untilPixel(200, 150, RED)
    await viewer.click(200, 150)
    await viewer.untilPixel(200, 150, GREEN)
    await viewer.call('navigate', `${fixture.pages.url}/text.html`)
    const { stats } = await viewer.until('s.stats !== null && s.stats.glassToGlassMs !== null && s.stats.fps > 3')
    expect(stats).toMatchObject({ transport, width: 1280, height: 720 })
    expect(stats?.glassToGlassMs).toBeGreaterThan(0)
    // Of this clock, not of another; how short it is, the bench measures.
    expect(stats?.glassToGlassMs).toBeLessThan(10_000)
    expect(stats?.rttMs).not.toBeNull()
  })

  test('a page at rest stays live, and a second stage shows it too', async () => {
    const viewer = await open(await create(), { transport })
    await viewer.until(liveOn(transport))
    await viewer.untilPixel(640, 600, BLUE)
    await viewer.page.evaluate(() => {
      globalThis.viewer.detach()
      globalThis.viewer.attach()
    })
    await viewer.untilPixel(640, 600, BLUE)
    // Long enough for silence to be told from rest.
    await viewer.page.evaluate(
      () =>
        new Promise<void>((resolve, reject) => {
          const { view } = globalThis.viewer
          const undo = view.subscribe(() => view.snapshot.status !== 'live' && reject(new Error(`${view.snapshot.status}: ${view.snapshot.reason}`)))
          let pings = 0
          const timer = setInterval(() => {
            if (++pings < 5) return
            clearInterval(timer)
            undo()
            resolve()
          }, 1_000)
        }),
    )
  })

  test('a phone is drawn in the pixels that come, and never stretched', async () => {
    const viewer = await open(await create({ device: 'phone' }), { transport, host: { left: 100, top: 0, width: 900, height: 600 } })
    await viewer.until(liveOn(transport))
    const shape = await viewer.page.evaluate(() => {
      const picture = globalThis.viewer.view.pictureElement
      if (!(picture instanceof HTMLCanvasElement)) return null
      const box = picture.getBoundingClientRect()
      return { width: picture.width, height: picture.height, fit: getComputedStyle(picture).objectFit, box: [box.width, box.height] }
    })
    expect(shape).toMatchObject({ fit: 'contain', box: [900, 600] })
    expect((shape?.width ?? 0) / (shape?.height ?? 1)).toBeCloseTo(402 / 874, 2)
    // The screencast gives CSS pixels of an emulated phone.
    if (transport === 'websocket') expect(shape?.width).toBe(1206)
  })
})

test('the capture page is killed: the last picture stays, JPEGs or the next capture page go on, and it ends with a peer', async () => {
  const session = await create({ initial_url: `${fixture.pages.url}/text.html` })
  const viewer = await open(session)
  await viewer.until(liveOn('webrtc'))
  await viewer.page.evaluate(() => {
    const { view } = globalThis.viewer
    const seen = new Set<string>()
    view.subscribe(() => seen.add(`${view.snapshot.rung.transport} ${view.snapshot.status}`))
    Object.assign(globalThis, { seen })
  })
  for (const pid of chromiumsOf(session.id)) if (readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('--extension-process')) process.kill(pid, 'SIGKILL')
  await viewer.until("s.status !== 'live' || s.transport !== 'webrtc'")
  await viewer.until("s.status === 'live'")
  await viewer.until(liveOn('webrtc'), 40_000)
  // Never without a picture on the screen.
  expect((await viewer.page.evaluate('[...seen]')) as string[]).not.toContainEqual(expect.stringMatching(/^null|ended/))
}, 90_000)

test('a way chosen by hand that cannot be had keeps the last picture, under a sign, and the best way brings it back', async () => {
  const viewer = await open(await create())
  await viewer.until(liveOn('webrtc'))
  await viewer.untilPixel(640, 600, BLUE)
  await viewer.call('setTransport', 'relay')
  await viewer.until("s.status !== 'live' && s.transport === null && s.rung.forced && /TURN/.test(s.reason)")
  await viewer.untilPixel(640, 600, BLUE)
  await viewer.call('setTransport', 'auto')
  await viewer.until(liveOn('webrtc'))
})

test('the picture can be off while the session is held: facts, control and single screenshots go on, and it comes back as it is then', async () => {
  const viewer = await open(await create(), { autoStart: false })
  const off = await viewer.until('s.session !== null && s.tabs.length === 1')
  expect(off).toMatchObject({ status: 'connecting', reason: 'The picture is off.', transport: null })
  await viewer.call('takeControl')
  const size = await viewer.page.evaluate(async () => {
    const blob = await globalThis.viewer.view.screenshot({ format: 'jpeg', quality: 50 })
    const image = await createImageBitmap(blob)
    return [blob.type, image.width, image.height]
  })
  expect(size).toEqual(['image/jpeg', 1280, 720])
  await viewer.call('start')
  await viewer.until(liveOn('webrtc'))
  await viewer.untilPixel(640, 600, BLUE)
  await viewer.call('pause')
  expect(await viewer.until("s.status !== 'live'")).toMatchObject({ reason: 'The picture is off.', holding: true, transport: null })
  await viewer.until("s.viewers.every(({ kind, transport }) => kind === 'agent' || transport === null)")
  await viewer.call('navigate', fixture.pages.set('/green', '<body style="margin:0;background:rgb(30,200,60)">'))
  await viewer.call('start')
  await viewer.until(liveOn('webrtc'))
  await viewer.untilPixel(640, 600, GREEN)
  expect((await viewer.snapshot()).holding).toBe(true)
})

test('quality is asked for, and told', async () => {
  const session = await create()
  const viewer = await open(session, { quality: 'low', transport: 'websocket' })
  expect(await viewer.until(`${liveOn('websocket')} && s.stats !== null && s.stats.width > 0`)).toMatchObject({
    quality: 'low',
    stats: { width: 640, height: 360 },
  })
  await viewer.call('setQuality', 'auto')
  await fixture.tandem.sessions.navigate(session.id, `${fixture.pages.url}/text.html`)
  expect(await viewer.until('s.stats !== null && s.stats.width === 1280')).toMatchObject({ quality: 'auto' })
})

test('a kicked viewer is ended, and says so', async () => {
  const session = await create()
  const viewer = await open(session)
  const { me } = await viewer.until("s.status === 'live'")
  await fixture.tandem.sessions.kick(session.id, me?.id ?? '')
  expect(await viewer.until("s.status === 'ended'")).toMatchObject({ code: 'auth/kicked', reason: expect.stringContaining('ended') })
})
