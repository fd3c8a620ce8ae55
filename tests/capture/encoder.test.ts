/** The shared encode: what its packets promise beyond what every outlet does (outlets.test.ts). */
import { QUALITY_LIMITS, SHARED_ENCODE } from '@tandem/protocol'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { ALL, OutletRig, type Watching } from './outletRig.ts'

const WHITE = '({ luma }) => luma > 200'
const GREY = '({ luma }) => luma > 40 && luma < 80'
/** Seconds, not milliseconds: a busy machine is late. */
const CLOCK = '({ latency }) => latency < 5000'

let rig: OutletRig
const viewers: Watching[] = []

async function decode(): Promise<Watching> {
  const viewer = await rig.decode()
  viewers.push(viewer)
  return viewer
}

beforeAll(async () => {
  rig = await OutletRig.start()
})
afterEach(async () => {
  await rig.encode(null)
  for (const viewer of viewers.splice(0)) await viewer.leave()
  rig.packets.length = 0
  rig.configs.length = 0
  rig.messages.length = 0
})
afterAll(() => rig.close())

it('every packet decodes, from the first on: a key frame, its configuration before it, and no gap in the numbers', async () => {
  await rig.open('text')
  const viewer = await decode()
  await rig.encode(ALL)
  for (let i = 0; i < 30; i++) await viewer.frame(CLOCK)
  const [first] = rig.packets
  const [config] = rig.configs
  expect(first).toMatchObject({ kind: 'video', keyFrame: true, config: config?.config, width: 1280, height: 720 })
  expect(config).toMatchObject({ kind: 'video', codec: expect.stringMatching(/^av01\./), width: 1280, height: 720 })
  const numbers = rig.packets.map(({ seq }) => seq)
  expect(numbers).toEqual(numbers.map((_, i) => (numbers[0] ?? 0) + i))
  expect(await viewer.evaluate('decodeErrors')).toEqual([])
})

it("says on the server's clock when the page drew what a packet shows", async () => {
  await rig.open('text')
  const viewer = await decode()
  await rig.encode(ALL)
  await viewer.frame(CLOCK)
  rig.packets.length = 0
  const before = Date.now()
  await rig.packet(({ capturedAt }) => capturedAt > before)
  const times = rig.packets.map(({ capturedAt }) => capturedAt)
  expect(times.every((at) => at > before - 2_000 && at <= Date.now() + 2)).toBe(true)
  expect(times).toEqual(times.toSorted((a, b) => a - b))
})

it('makes a key frame when it is asked for, of a page at rest too', async () => {
  await rig.open('still')
  const viewer = await decode()
  await rig.encode(ALL)
  await viewer.frame(WHITE)
  for (let i = 0; i < 3; i++) {
    rig.packets.length = 0
    await rig.browser.capture.keyFrame()
    await rig.packet(({ keyFrame }) => keyFrame)
  }
  // A joiner needs nothing that came before it.
  const joiner = await decode()
  for (const config of rig.configs) await joiner.evaluate(`configure(${JSON.stringify(config)})`)
  await rig.browser.capture.keyFrame()
  await joiner.frame(WHITE)
})

it('begins anew with another tab: a configuration and a key frame', async () => {
  await rig.open('text')
  const text = rig.browser.activeTabId ?? ''
  const viewer = await decode()
  await rig.encode(ALL)
  await viewer.frame(CLOCK)
  rig.packets.length = 0
  const before = rig.configs.at(-1)?.config
  const tab = await rig.browser.openTab(`${rig.url}/dark`)
  await viewer.frame(GREY)
  const after = rig.packets.filter(({ config }) => config !== before)
  expect(after[0]).toMatchObject({ keyFrame: true, config: rig.configs.find(({ config }) => config !== before)?.config })
  await rig.browser.activateTab(text)
  await rig.browser.closeTab(tab)
})

it('the last frame of a movement arrives, however busy the encoder was', async () => {
  await rig.open('text')
  const viewer = await decode()
  await rig.encode(ALL)
  await viewer.frame(CLOCK)
  const session = await rig.browser.connection.attach(rig.browser.activeTabId ?? '')
  // A burst of different pictures, the last of them grey.
  const burst = `new Promise((resolve) => {
    draw = () => {}
    let left = 12
    const next = () => {
      document.body.innerHTML = '<div style="height: 720px; background: ' + (--left ? 'hsl(' + left * 30 + ' 90% 80%)' : '#333') + '"></div>'
      if (left) requestAnimationFrame(next)
      else resolve()
    }
    next()
  })`
  await session.send('Runtime.evaluate', { expression: burst, awaitPromise: true })
  await viewer.frame(GREY)
})

it('encodes nothing while nobody wants it, and a page at rest costs next to nothing', async () => {
  await rig.open('still')
  const viewer = await decode()
  await rig.encode(ALL)
  await viewer.frame(WHITE)
  rig.packets.length = 0
  // Two rounds of statistics: 2 s without a movement.
  for (let i = 0; i < 2; i++) {
    rig.messages.length = 0
    await rig.browser.capture.keyFrame()
    await rig.stream(({ shared }) => shared !== null)
  }
  const bytes = rig.packets.reduce((sum, { payload }) => sum + payload.byteLength, 0)
  expect(bytes).toBeLessThan(5_000)
  await rig.encode(null)
  await rig.open('text')
  rig.packets.length = 0
  rig.messages.length = 0
  // The page moves, and the capture page answers: nothing of it is captured.
  const session = await rig.browser.connection.attach(rig.browser.activeTabId ?? '')
  await session.send('Runtime.evaluate', {
    expression: 'new Promise((r) => { let n = 60; const f = () => (n-- ? requestAnimationFrame(f) : r()); f() })',
    awaitPromise: true,
  })
  expect(rig.packets).toEqual([])
})

it('sends what every viewer can decode, and refuses when there is nothing', async () => {
  await rig.open('text')
  const viewer = await decode()
  await rig.encode(ALL)
  await viewer.frame(CLOCK)
  await rig.encode({ ...ALL, codecs: ['vp8'] })
  const vp8 = () => rig.configs.find((config) => config.codec === 'vp8')
  await rig.packet(({ config }) => config === vp8()?.config)
  expect(rig.packets.find(({ config }) => config === vp8()?.config)).toMatchObject({ keyFrame: true })
  await viewer.frames()
  await viewer.frame(CLOCK)
  await rig.encode(null)
  await expect(rig.encode({ ...ALL, codecs: ['hvc1'] })).rejects.toMatchObject({ code: 'media/unavailable' })
})

it('moves to VP8 for a page in full motion, by the judgement that peers have', async () => {
  await rig.open('motion')
  // Its frames are large in any codec, on a fast machine; on a slow one AV1 cannot keep up.
  await rig.encode(ALL)
  await rig.stream(({ shared, codecReason }) => shared?.codec === 'video/VP8' && codecReason === 'motion')
  await rig.packet(({ config }) => rig.configs.some((known) => known.config === config && known.codec === 'vp8'))
  await rig.browser.capture.quality({ peerId: SHARED_ENCODE, quality: 'medium' })
  rig.messages.length = 0
  await rig.stream(({ shared }) => (shared?.kbps ?? Infinity) < QUALITY_LIMITS.medium.kbps * 2)
})

it('carries sound as Opus when it is wanted and something is heard: 440 Hz in, 440 Hz out', async () => {
  await rig.open('tone')
  const viewer = await decode()
  await rig.encode({ ...ALL, audio: true })
  // In 20 ms there are 8.8 waves of it; a busy machine leaves gaps between some.
  await viewer.evaluate('until(() => heard.filter(({ hertz, loud }) => loud > 0.1 && Math.abs(hertz - 440) < 30).length >= 20)')
  expect(await viewer.evaluate('decodeErrors')).toEqual([])
  expect(rig.configs.find(({ kind }) => kind === 'audio')).toMatchObject({ codec: 'opus', sampleRate: expect.any(Number), channels: 2 })
  await rig.stream(({ audio }) => audio)
  rig.packets.length = 0
  const before = Date.now()
  const sound = await rig.packet(({ kind, capturedAt }) => kind === 'audio' && capturedAt > before)
  expect(sound.capturedAt).toBeLessThanOrEqual(Date.now() + 2)
  // A page that is silent sends none, soon after the last that was heard.
  await rig.open('still')
  await viewer.frame(WHITE)
  for (let silent = 0; silent < 5;) {
    rig.packets.length = 0
    await rig.browser.capture.keyFrame()
    await rig.packet(({ kind }) => kind === 'video')
    silent = rig.packets.some(({ kind }) => kind === 'audio') ? 0 : silent + 1
  }
})

it('a session in an isolated context is encoded from its screencast', async () => {
  const { browserContextId } = await rig.browser.connection.root.send('Target.createBrowserContext')
  const back = rig.browser.activeTabId ?? ''
  const { targetId } = await rig.browser.connection.root.send('Target.createTarget', { url: `${rig.url}/text`, browserContextId })
  const viewer = await decode()
  await rig.encode(ALL)
  await rig.browser.activateTab(targetId)
  await rig.stream(({ source }) => source === 'screencast')
  for (let i = 0; i < 5; i++) await viewer.frame(CLOCK)
  await rig.browser.activateTab(back)
  await rig.browser.connection.root.send('Target.disposeBrowserContext', { browserContextId })
})

it('gives small pictures of what is watched, none while nobody watches and none of a page that nobody saw', async () => {
  const thumbnails: { jpeg: Buffer; at: number }[] = []
  const next = () => new Promise<{ jpeg: Buffer; at: number }>((resolve) => rig.browser.events.once('thumbnail', resolve))
  rig.browser.events.on('thumbnail', (thumbnail) => thumbnails.push(thumbnail))
  // One of the test before may still be on its way.
  const since = Date.now()
  await rig.open('dark')
  expect(thumbnails.filter((thumbnail) => thumbnail.at > since)).toEqual([])
  const first = next()
  await rig.encode(ALL)
  const { jpeg, at } = await first
  expect(Math.abs(Date.now() - at)).toBeLessThan(30_000)
  expect(jpeg.length).toBeLessThan(30_000)
  const viewer = await decode()
  const look = `createImageBitmap(new Blob([Uint8Array.from(atob('${jpeg.toString('base64')}'), (c) => c.charCodeAt(0))])).then(({ width, height }) => [width, height])`
  const [width = 0, height = 0] = await viewer.evaluate<number[]>(look)
  // Right after a navigation Chromium may draw one frame in the window's own size, before that of the session.
  expect([width, height > 150 && height <= 180]).toEqual([320, true])
  // What the page came to rest on is shown, though the one before is younger than three seconds.
  const second = next()
  await rig.open('still')
  await second
  // The JPEG rung alone: made of its own frames.
  await rig.encode(null)
  const third = next()
  await rig.browser.setScreencast({ quality: 'auto' })
  await third
  await rig.browser.setScreencast(null)
})

it('comes back by itself for whoever asks again after the capture page was lost', async () => {
  await rig.open('text')
  const viewer = await decode()
  await rig.encode(ALL)
  await viewer.frame(CLOCK)
  const recovered = new Promise<boolean>((resolve) => rig.browser.events.once('captureLost', (lost) => resolve(lost.recovered)))
  const { targetInfos } = await rig.browser.connection.root.send('Target.getTargets')
  const page = targetInfos.find(({ url }) => url.endsWith('/capture.html'))
  const session = await rig.browser.connection.attach(page?.targetId ?? '')
  session.post('Page.crash')
  expect(await recovered).toBe(true)
  // The rig asks, as the server does.
  rig.packets.length = 0
  const again = await rig.packet(({ kind }) => kind === 'video')
  expect(again.keyFrame).toBe(true)
  await viewer.frames()
  await viewer.frame(CLOCK)
  await rig.browser.capture.pause({ peerId: SHARED_ENCODE, paused: true })
})

it('what waits for Node is bounded: nothing is encoded while it does not read, and it goes on with a key frame', async () => {
  await rig.open('text')
  const viewer = await decode()
  await rig.encode(ALL)
  await viewer.frame(CLOCK)
  await rig.packet(({ keyFrame }) => !keyFrame)
  rig.packets.length = 0
  const stopped = Date.now()
  // This process reads nothing meanwhile.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 4_000)
  const went = Date.now()
  await rig.packet(({ capturedAt }) => capturedAt > went)
  // A busy machine draws a frame late, before and after.
  const full = stopped + 2_500
  expect(rig.packets.filter(({ capturedAt }) => capturedAt > full && capturedAt < went - 300).map(({ capturedAt }) => capturedAt - stopped)).toEqual([])
  expect(rig.packets.find(({ capturedAt }) => capturedAt > full)?.keyFrame).toBe(true)
})
