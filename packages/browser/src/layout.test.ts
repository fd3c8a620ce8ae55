import { EventEmitter } from 'node:events'
import { DEVICES, type Viewport } from '@tandem/protocol'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { CdpSession } from './connection.ts'
import { Layout } from './layout.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const SET = 'Emulation.setDeviceMetricsOverride'
const CLEAR = 'Emulation.clearDeviceMetricsOverride'
const CLIENT = { width: 800, height: 600, deviceScaleFactor: 2, mobile: false, screenWidth: 900 }

/** A page of Chromium's that has the size which it is given here. */
function made(viewport: Viewport = DEVICES.desktop) {
  const cdp = new EventEmitter()
  const posted: [string, Record<string, unknown> | undefined][] = []
  const page = { width: viewport.width, height: viewport.height, scale: 1 }
  const session = {
    on: (name: string, listener: () => void) => void cdp.on(name, listener),
    onDetached: () => {},
    post: (method: string, params?: Record<string, unknown>) => void posted.push([method, params]),
    send: () =>
      Promise.resolve({ cssVisualViewport: { clientWidth: page.width / page.scale, clientHeight: page.height / page.scale, scale: page.scale, zoom: 1 } }),
  }
  // All that a layout needs of a session.
  const layout = new Layout(session as unknown as CdpSession, { ...viewport }, 'Chrome/156.0.0.0')
  posted.length = 0
  const resized = async (ms = 1_000): Promise<void> => {
    cdp.emit('Page.frameResized')
    await vi.advanceTimersByTimeAsync(ms)
  }
  return { layout, page, posted, resized, names: () => posted.map(([method]) => method) }
}

it('sets again what was lost without anybody’s asking, after Chromium has let go of it', async () => {
  const { page, posted, resized, layout } = made()
  Object.assign(page, { width: 1280, height: 577 })
  await resized(250)
  expect(posted.slice(0, 2)).toEqual([
    [CLEAR, undefined],
    [SET, { width: 1280, height: 720, deviceScaleFactor: 1, mobile: false }],
  ])
  expect(layout.shown).toMatchObject({ width: 1280, height: 720 })
})

it('tells the truth where setting does not help', async () => {
  const { page, names, resized, layout } = made()
  const told = vi.fn()
  layout.events.on('changed', told)
  Object.assign(page, { width: 800, height: 450 })
  await resized()
  expect(names().filter((name) => name === SET)).toHaveLength(3)
  expect(layout.shown).toMatchObject({ width: 800, height: 450, scale: 1 })
  expect(told).toHaveBeenCalledTimes(1)
})

it('leaves a page alone whose size changes for the moment of a screenshot', async () => {
  const { page, posted, resized, layout } = made()
  Object.assign(page, { width: 1280, height: 3000 })
  await resized(110)
  Object.assign(page, { width: 1280, height: 720 })
  await resized()
  expect(posted).toEqual([])
  expect(layout.shown).toEqual(DEVICES.desktop)
})

it('has the size of a client until it is gone, in the client’s own words, then the session’s and its touch', async () => {
  const { page, posted, resized, layout } = made(DEVICES.phone)
  Object.assign(page, { width: 800, height: 600 })
  layout.setClient({ size: CLIENT, touch: false })
  expect(posted).toEqual([[SET, CLIENT]])
  await resized()
  expect(layout.shown).toEqual({ width: 800, height: 600, scale: 2, touch: false, mobile: false })
  posted.length = 0
  layout.setClient(null)
  expect(posted.map(([method]) => method)).toEqual([CLEAR, SET, 'Emulation.setTouchEmulationEnabled'])
  expect(layout.shown).toEqual(DEVICES.phone)
})

it('zooms in steps, over a client’s size too, and is as it was afterwards', () => {
  const { posted, layout } = made()
  layout.setClient({ size: CLIENT, touch: null })
  layout.zoom(2)
  expect(layout.shown).toMatchObject({ width: 640, height: 480, scale: 2.5 })
  expect(posted.at(-1)).toEqual([SET, { ...CLIENT, width: 640, height: 480, deviceScaleFactor: 2.5 }])
  layout.zoom(-20)
  expect(layout.shown).toMatchObject({ width: 3200, height: 2400, scale: 0.5 })
  layout.follow(false)
  expect(posted.at(-1)).toEqual([SET, CLIENT])
})

it('knows by how much a page is pinched, which is no other layout', async () => {
  const { page, layout } = made(DEVICES.phone)
  const told = vi.fn()
  layout.events.on('changed', told)
  page.scale = 2
  layout.look()
  await vi.advanceTimersByTimeAsync(0)
  expect(layout.factor).toBe(2)
  expect(told).not.toHaveBeenCalled()
})
