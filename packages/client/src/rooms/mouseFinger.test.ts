import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { DEAD_ZONE_PX, DRAG_HELD_MS, DRAG_MOVED_PX, MouseFinger } from './mouseFinger.ts'
import { MOVE_INTERVAL_MS, REST_MS } from './moves.ts'

let sent: string[]
let finger: MouseFinger

beforeEach(() => {
  vi.useFakeTimers()
  sent = []
  finger = new MouseFinger((event, { reliable }) => {
    if ('touchId' in event) sent.push(`${event.type} ${event.x},${event.y} #${event.touchId}${reliable ? '' : ' lossy'}`)
  }, 0)
})
afterEach(() => void vi.useRealTimers())

/** The page is shown at half its size. */
const at = (screenX: number, screenY = 100) => ({ x: 2 * screenX, y: 2 * screenY, screenX, screenY })
const take = (): string[] => sent.splice(0)

describe('a press', () => {
  test('that stays within the dead zone is a tap where it began, however long it was held', () => {
    finger.press(at(100))
    finger.move(at(100 + DEAD_ZONE_PX))
    vi.advanceTimersByTime(5_000)
    expect(take()).toEqual([])
    finger.lift(at(100 + DEAD_ZONE_PX))
    expect(take()).toEqual(['touchStart 200,200 #0', 'touchEnd 200,200 #0'])
  })

  test('that strays past the dead zone in a hurry is a tap still', () => {
    finger.press(at(100))
    vi.advanceTimersByTime(DRAG_HELD_MS)
    finger.move(at(100 + DRAG_MOVED_PX))
    finger.lift(at(100 + DRAG_MOVED_PX))
    expect(take()).toEqual(['touchStart 200,200 #0', 'touchEnd 200,200 #0'])
  })

  test('that moves far is a drag at once, from where it began', () => {
    finger.press(at(100))
    finger.move(at(101 + DRAG_MOVED_PX))
    expect(take()).toEqual(['touchStart 200,200 #0', 'touchMove 290,200 #0'])
  })

  test('that is held past the dead zone is a drag by then, without another move', () => {
    finger.press(at(100))
    finger.move(at(101 + DEAD_ZONE_PX))
    vi.advanceTimersByTime(DRAG_HELD_MS)
    expect(take()).toEqual([])
    vi.advanceTimersByTime(1)
    expect(take()).toEqual(['touchStart 200,200 #0', 'touchMove 230,200 #0'])
  })
})

describe('a drag', () => {
  beforeEach(() => {
    finger.press(at(100))
    finger.move(at(200))
    take()
  })

  test('goes on by the lossy channel, the newest place each time, and ends by the one that loses nothing', () => {
    finger.move(at(210))
    finger.move(at(211))
    finger.move(at(212))
    expect(take()).toEqual(['touchMove 420,200 #0 lossy'])
    vi.advanceTimersByTime(MOVE_INTERVAL_MS)
    expect(take()).toEqual(['touchMove 424,200 #0 lossy'])
    finger.lift(at(213))
    expect(take()).toEqual(['touchMove 426,200 #0', 'touchEnd 426,200 #0'])
    vi.advanceTimersByTime(1_000)
    expect(take()).toEqual([])
  })

  test('that rests says once more where it is, surely', () => {
    finger.move(at(210))
    take()
    vi.advanceTimersByTime(REST_MS)
    expect(take()).toEqual(['touchMove 420,200 #0'])
    vi.advanceTimersByTime(10_000)
    expect(take()).toEqual([])
  })

  test('that is broken off lifts the finger where it is', () => {
    finger.move(at(210))
    take()
    finger.cancel()
    expect(take()).toEqual(['touchEnd 420,200 #0'])
    finger.lift(at(300))
    expect(take()).toEqual([])
  })

  test('that the right to steer was taken from sends nothing more', () => {
    finger.move(at(210))
    take()
    finger.forget()
    vi.advanceTimersByTime(1_000)
    finger.lift(at(300))
    expect(take()).toEqual([])
  })
})

test('a press that is broken off was nothing', () => {
  finger.press(at(100))
  finger.cancel()
  vi.advanceTimersByTime(1_000)
  expect(take()).toEqual([])
})
