import { expect, test } from 'vitest'
import { Gesture } from './gesture.ts'

const press = (x: number, button: 0 | 2 = 0) => ({ type: 'mouseDown', x, y: 0, button }) as const
const lift = (x: number) => ({ type: 'mouseUp', x, y: 0, button: 0 }) as const
const move = { type: 'mouseMove', x: 5, y: 5 } as const
const reliable = true

test('clicks that follow each other at one place are a double-click, then a triple-click, then a click', () => {
  const gesture = new Gesture()
  const counts = [0, 100, 200, 300].flatMap((now) => [gesture.read(press(3), { reliable, now }), gesture.read(lift(3), { reliable, now: now + 20 })])
  expect(counts).toEqual([1, 1, 2, 2, 3, 3, 1, 1].map((clickCount) => expect.objectContaining({ clickCount })))
})

test('another place, another button or a pause begins anew', () => {
  const gesture = new Gesture()
  const counts = [gesture.read(press(0), { reliable, now: 0 }), gesture.read(press(6), { reliable, now: 100 })]
  counts.push(gesture.read(press(6, 2), { reliable, now: 200 }), gesture.read(press(6, 2), { reliable, now: 701 }))
  expect(counts).toEqual([1, 1, 1, 1].map((clickCount) => expect.objectContaining({ clickCount })))
})

test('a lossy move just behind a press or a release may be older than it and is dropped; reliable ones keep their order', () => {
  const gesture = new Gesture()
  expect(gesture.read(move, { reliable: false, now: 0 })).toBe(move)
  gesture.read(press(3), { reliable, now: 100 })
  expect(gesture.read(move, { reliable: false, now: 149 })).toBeNull()
  expect(gesture.read(move, { reliable, now: 149 })).toBe(move)
  expect(gesture.read(move, { reliable: false, now: 150 })).toBe(move)
  gesture.read({ type: 'touchEnd', x: 1, y: 1, touchId: 0 }, { reliable, now: 200 })
  expect(gesture.read({ type: 'touchMove', x: 1, y: 1, touchId: 0 }, { reliable: false, now: 210 })).toBeNull()
})
