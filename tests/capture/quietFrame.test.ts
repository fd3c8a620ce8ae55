import { afterAll, beforeAll, expect, it } from 'vitest'
import { holdOneFrame } from '../../packages/browser/src/quietFrame.ts'
import { Rig, type PeerHandle, type Tab } from './rig.ts'

let rig: Rig
let tab: Tab
let viewer: PeerHandle
let serve = false

beforeAll(async () => {
  rig = await Rig.start()
  // What the server does with the message; switched by each test.
  rig.capture.events.on('message', (message) => {
    if (message.type === 'quietFrameWanted' && serve) void holdOneFrame(tab.session)
  })
  tab = await rig.openTab('/text#60')
  await rig.capture.commands.show(tab.target())
  viewer = await rig.watch('viewer')
  await viewer.frame('({ latency }) => latency < 500')
})
afterAll(() => rig.close())

/** Median of the next half second of frames. */
async function medianLatency(): Promise<number> {
  await viewer.frames()
  for (let i = 0; i < 30; i++) await viewer.frame()
  const sorted = (await viewer.frames()).map(({ latency }) => latency).toSorted((a, b) => a - b)
  return sorted[sorted.length >> 1]!
}

/** A script that blocks the page: nearly always the page runs late after it, and stays so. */
async function makeLate(): Promise<number> {
  for (;;) {
    await tab.evaluate('{ const end = performance.now() + 100; while (performance.now() < end); }')
    const latency = await medianLatency()
    if (latency > 18) return latency
  }
}

it('a page made late by a jank is detected without looking at its pixels', async () => {
  // Wishes that nobody serves make it patient, up to a minute: none are made while it is forbidden, and one is enough.
  await rig.capture.commands.quietFrame({ allow: false })
  await makeLate()
  rig.messages.length = 0
  await rig.capture.commands.quietFrame({ allow: true })
  expect(await rig.message('quietFrameWanted')).toEqual({ type: 'quietFrameWanted', tabId: tab.targetId })
  await rig.message('stream', ({ info }) => info.quietFrame.state === 'late' && info.quietFrame.lateBy === 1)
})

it('with quiet frames the page leaves the late state: a whole display interval less, and it says holding', async () => {
  await rig.capture.commands.quietFrame({ allow: false })
  const late = await makeLate()
  serve = true
  await rig.capture.commands.quietFrame({ allow: true })
  rig.messages.length = 0
  const { info } = await rig.message('stream', (message) => message.info.quietFrame.state === 'holding')
  expect(info.quietFrame.applied).toBeGreaterThan(0)
  // A busy machine throws it out again now and then: what counts are frames that came while it held. What has not changed is not told again.
  const state = (): string | undefined => rig.messages.flatMap((message) => (message.type === 'stream' ? [message.info.quietFrame.state] : [])).at(-1)
  let held: number
  do {
    await rig.message('stream', () => state() === 'holding')
    held = await medianLatency()
  } while (late - held < 8 || state() !== 'holding')
})

it('forbidden, it asks for none and says off', async () => {
  serve = false
  await rig.capture.commands.quietFrame({ allow: false })
  rig.messages.length = 0
  await rig.message('stream', ({ info }) => info.quietFrame.state === 'off')
  await makeLate()
  expect(rig.messages.filter(({ type }) => type === 'quietFrameWanted')).toEqual([])
  await rig.capture.commands.quietFrame({ allow: true })
  await rig.message('quietFrameWanted')
})

it('a held frame loses no callback, keeps cancelAnimationFrame working and leaves the functions as they were', async () => {
  await tab.evaluate('globalThis.before = [requestAnimationFrame, cancelAnimationFrame]')
  const attempt = async (): Promise<string[] | null> => {
    // Back to back, so that both run before the next frame; when a frame came between, once more.
    const held = holdOneFrame(tab.session)
    const ran = await tab.evaluate<string[] | null>(`requestAnimationFrame === before[0] ? null : new Promise((resolve) => {
      const ran = []
      requestAnimationFrame((time) => ran.push(typeof time))
      cancelAnimationFrame(requestAnimationFrame(() => ran.push('cancelled')))
      const later = requestAnimationFrame(() => ran.push('cancelled late'))
      before[0].call(window, () => cancelAnimationFrame(later))
      let frames = 0
      const count = () => (++frames < 8 ? before[0].call(window, count) : resolve(ran))
      count()
    })`)
    await held
    return ran
  }
  let ran: string[] | null = null
  while (ran === null) ran = await attempt()
  expect(ran).toEqual(['number'])
  expect(await tab.evaluate('before[0] === requestAnimationFrame && before[1] === cancelAnimationFrame')).toBe(true)
})

it('the page cannot tell: order, times, errors and ids are those of the browser, and nothing is left behind', async () => {
  await tab.evaluate(`globalThis.before = [requestAnimationFrame, cancelAnimationFrame]; globalThis.keys = 0; keys = Object.getOwnPropertyNames(window).length`)
  interface Seen {
    order: number[]
    monotonic: boolean
    looks: string[]
    illegal: string
    bad: string
    kept: boolean
  }
  const attempt = async (): Promise<Seen | null> => {
    // Twice: a second one while the first is applied changes nothing.
    const held = [holdOneFrame(tab.session), holdOneFrame(tab.session)]
    const seen = await tab.evaluate<Seen | null>(`requestAnimationFrame === before[0] ? null : new Promise((resolve) => {
      const kept = requestAnimationFrame
      const errorOf = (run) => { try { run(); return 'none' } catch (error) { return error.constructor.name } }
      const looks = [String(requestAnimationFrame), requestAnimationFrame.name, String(requestAnimationFrame.length), String(cancelAnimationFrame), String(Object.hasOwn(requestAnimationFrame, 'prototype'))]
      const illegal = errorOf(() => requestAnimationFrame.call({}, () => {}))
      const bad = errorOf(() => requestAnimationFrame(1))
      const order = [], times = []
      const ask = (n) => requestAnimationFrame((time) => { order.push(n); times.push(time); if (n < 6) ask(n + 2) })
      ask(0)
      ask(1)
      before[0].call(window, () => requestAnimationFrame(() => order.push(100)))
      let frames = 0
      // Who kept the function goes on with it at the full rate: it passes on.
      let keptFrames = 0
      const keep = () => { keptFrames++; kept(keep) }
      const count = () => {
        if (++frames === 5) kept(keep)
        if (frames < 15) return before[0].call(window, count)
        resolve({ order, monotonic: times.every((time, i) => i === 0 || time >= times[i - 1]), looks, illegal, bad, kept: keptFrames >= 8 })
      }
      count()
    })`)
    await Promise.all(held)
    return seen
  }
  let seen: Seen | null = null
  while (seen === null) seen = await attempt()
  // What was asked for first runs first, though it was held.
  expect(seen.order).toEqual([0, 1, 100, 2, 3, 4, 5, 6, 7])
  expect(seen).toMatchObject({ monotonic: true, illegal: 'TypeError', bad: 'TypeError', kept: true })
  expect(seen.looks[0]).toMatch(/^function \w*\(\) \{ \[native code\] \}$/)
  expect(seen.looks.slice(1, 3)).toEqual(['requestAnimationFrame', '1'])
  expect(seen.looks[3]).toMatch(/\[native code\]/)
  expect(seen.looks[4]).toBe('false')
  const after = `[before[0] === requestAnimationFrame, before[1] === cancelAnimationFrame, Object.getOwnPropertyNames(window).length - keys, String(requestAnimationFrame)]`
  expect(await tab.evaluate(after)).toEqual([true, true, 0, 'function requestAnimationFrame() { [native code] }'])
})

it('a page that moves without requestAnimationFrame is not asked again and again', async () => {
  const moving = await rig.openTab('/compositor')
  rig.messages.length = 0
  await rig.capture.commands.show(moving.target())
  await rig.message('stream', ({ info }) => info.tabId === moving.targetId && info.captureFps > 10)
  await viewer.frames()
  for (let i = 0; i < 300; i++) await viewer.frame()
  const asked = rig.messages.filter((message) => message.type === 'quietFrameWanted' && message.tabId === moving.targetId)
  expect(asked.length).toBeLessThan(6)
  rig.messages.length = 0
  await rig.capture.commands.show(tab.target())
  await viewer.frame('({ latency }) => latency < 500')
})

it('a capture page that dies is told as lost, once, and its commands are refused', async () => {
  const lost: string[] = []
  rig.capture.events.on('lost', (reason) => lost.push(reason))
  const told = new Promise<string>((resolve) => rig.capture.events.once('lost', resolve))
  const session = await rig.chromium.connection.attach(rig.capture.targetId)
  session.post('Page.crash')
  expect(await told).toMatch(/capture page/)
  await expect(rig.capture.commands.ping()).rejects.toMatchObject({ code: 'media/unavailable' })
  expect(lost).toHaveLength(1)
})
