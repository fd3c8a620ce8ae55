import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { DIRECTION_LOCK_PX, EDGE_PX, FRAME_MAX_PX, REVERSAL_PX, WHEEL_REST_MS, WheelFinger } from './wheelFinger.ts'

const FRAME_MS = 16
const SIZE = { width: 402, height: 874 }
const MIDDLE = { x: 200, y: 400 }

let sent: string[]
let wheel: WheelFinger

beforeEach(() => {
  vi.useFakeTimers()
  sent = []
  wheel = new WheelFinger({
    send: (event, { reliable }) => {
      if ('touchId' in event) sent.push(`${event.type} ${event.x},${event.y}${reliable ? '' : ' lossy'}`)
    },
    touchId: 9,
    size: () => SIZE,
    frame: (callback) => void setTimeout(callback, FRAME_MS),
  })
})
afterEach(() => void vi.useRealTimers())

const take = (): string[] => sent.splice(0)
const frame = (): string[] => {
  vi.advanceTimersByTime(FRAME_MS)
  return take()
}
const turn = (y: number, x = 0): void => wheel.turn(MIDDLE, { x, y })

test('turns of one frame are one move of the finger, against the wheel; the first is sure, those after it may be lost', () => {
  turn(50)
  turn(50)
  expect(take()).toEqual([])
  expect(frame()).toEqual(['touchStart 200,400', 'touchMove 200,300'])
  turn(30)
  turn(20)
  expect(frame()).toEqual(['touchMove 200,250 lossy'])
})

test('less than the lock is no direction: nothing happens, and it is forgotten', () => {
  turn(DIRECTION_LOCK_PX - 1)
  expect(frame()).toEqual([])
  vi.advanceTimersByTime(WHEEL_REST_MS)
  turn(1)
  expect(frame()).toEqual([])
  turn(DIRECTION_LOCK_PX - 1)
  expect(frame()).toEqual(['touchStart 200,400', 'touchMove 200,392'])
})

test('the finger keeps to the direction that it took', () => {
  turn(20, 5)
  frame()
  turn(0, 200)
  expect(frame()).toEqual([])
  turn(10, -300)
  expect(frame()).toEqual(['touchMove 200,370 lossy'])
})

test('a wheel that rests lifts the finger, which stood still by then', () => {
  turn(100)
  frame()
  vi.advanceTimersByTime(WHEEL_REST_MS - FRAME_MS - 1)
  expect(take()).toEqual([])
  vi.advanceTimersByTime(1)
  expect(take()).toEqual(['touchMove 200,300', 'touchEnd 200,300'])
})

describe('a wheel that turns back', () => {
  test('a little is noise', () => {
    turn(100)
    frame()
    turn(-REVERSAL_PX)
    expect(frame()).toEqual([])
    turn(10)
    expect(frame()).toEqual(['touchMove 200,290 lossy'])
    // What was against it is forgotten with it.
    turn(-REVERSAL_PX)
    expect(frame()).toEqual([])
  })

  test('for good lifts the finger, and another one goes the other way', () => {
    turn(100)
    frame()
    turn(-REVERSAL_PX)
    turn(-4)
    expect(take()).toEqual(['touchMove 200,300', 'touchEnd 200,300'])
    expect(frame()).toEqual(['touchStart 200,400', 'touchMove 200,500'])
  })
})

test('much at once is done in frames of at most so much, and nothing of it is lost', () => {
  wheel.turn({ x: 200, y: 800 }, { x: 0, y: 700 })
  expect(frame()).toEqual(['touchStart 200,800', `touchMove 200,${800 - FRAME_MAX_PX}`])
  expect(frame()).toEqual([`touchMove 200,${800 - 2 * FRAME_MAX_PX} lossy`])
  expect(frame()).toEqual(['touchMove 200,100 lossy'])
  expect(frame()).toEqual([])
})

test('the finger keeps away from the edges, and takes hold anew at the far one', () => {
  wheel.turn({ x: 2, y: 100 }, { x: 0, y: 200 })
  expect(frame()).toEqual(['touchStart 48,100', `touchMove 48,${EDGE_PX}`, `touchEnd 48,${EDGE_PX}`, `touchStart 48,${SIZE.height - EDGE_PX}`])
  expect(frame()).toEqual([`touchMove 48,${SIZE.height - EDGE_PX - 148}`])
})

test('it rests only when all that was due is done', () => {
  wheel.turn({ x: 200, y: 426 }, { x: 0, y: 30_000 })
  let frames = 0
  let lifted = false
  while (!lifted && frames++ < 1_000) {
    const now = frame()
    lifted = now.length > 0 && now.at(-1)?.startsWith('touchEnd') === true
  }
  // 30,000 pixels in steps of 320 are 94 frames at least, and the rest after them.
  expect(frames).toBeGreaterThan(94 + WHEEL_REST_MS / FRAME_MS - 1)
  expect(frames).toBeLessThan(200)
})

test('lifted or forgotten, it is over', () => {
  turn(100)
  frame()
  wheel.lift()
  expect(take()).toEqual(['touchMove 200,300', 'touchEnd 200,300'])
  turn(100)
  frame()
  wheel.forget()
  vi.advanceTimersByTime(1_000)
  expect(take()).toEqual([])
})
