import { expect, it } from 'vitest'
import { ClientScreens } from './clientScreens.ts'
import { ClientSession } from './clientSession.ts'

const SIZE = 'Emulation.setDeviceMetricsOverride'
const CLEAR = 'Emulation.clearDeviceMetricsOverride'
const TOUCH = 'Emulation.setTouchEmulationEnabled'
const small = { width: 800, height: 600, deviceScaleFactor: 0, mobile: false }
const phone = { width: 375, height: 667, deviceScaleFactor: 2, mobile: true }

function made() {
  const posted: unknown[] = []
  const told: unknown[] = []
  const screens = new ClientScreens({ post: (method, params, sessionId) => void posted.push([method, params, sessionId]) }, (targetId, screen) =>
    told.push(targetId, screen),
  )
  const page = (id: string) => new ClientSession(id, null, { targetId: 'page', type: 'page', url: '' })
  return { screens, posted, told, a: page('a'), b: page('b') }
}

it('tells what a client sets, and that the session has its own again when the client clears it', () => {
  const { screens, told, posted, a } = made()
  screens.passed(a, SIZE, small)
  screens.passed(a, TOUCH, { enabled: true })
  screens.passed(a, CLEAR, {})
  screens.ended(a)
  expect(told.filter((_, index) => index % 2 === 1)).toEqual([{ size: small, touch: null }, { size: small, touch: true }, { size: null, touch: true }, null])
  expect(posted).toEqual([])
})

it('sets the size of the client that is left again when the other one ends', () => {
  const { screens, told, posted, a, b } = made()
  screens.passed(a, SIZE, small)
  screens.passed(b, SIZE, phone)
  screens.ended(b)
  expect(posted).toEqual([
    [CLEAR, {}, 'a'],
    [SIZE, small, 'a'],
  ])
  expect(told.at(-1)).toMatchObject({ size: { width: 800 } })
  screens.ended(a)
  expect(told.at(-1)).toBeNull()
})

it('hears of no frames and of no session that has set nothing', () => {
  const { screens, told, a } = made()
  screens.passed(new ClientSession('f', a, { targetId: 'frame', type: 'iframe', url: '' }), SIZE, small)
  screens.passed(a, CLEAR, {})
  screens.ended(a)
  expect(told).toEqual([])
})

it('hears of nothing that Chromium refuses', () => {
  const { screens, told, a } = made()
  for (const wrong of [{ width: 800.5 }, { height: -1 }, { width: 10_000_001 }, { deviceScaleFactor: '2' }, { height: undefined }])
    screens.passed(a, SIZE, { ...small, ...wrong })
  expect(told).toEqual([])
  screens.passed(a, SIZE, { ...small, width: 0, height: 0 })
  expect(told).toHaveLength(2)
})
