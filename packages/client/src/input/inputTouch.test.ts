import type { InputEvent } from '@tandem/protocol'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { FingerIds, LONG_PRESS_MS, TouchGestures } from './inputTouch.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

function made(): { touch: TouchGestures; sent: InputEvent[] } {
  const sent: InputEvent[] = []
  return { touch: new TouchGestures((event) => sent.push(event)), sent }
}
const at = (x: number, y: number): { x: number; y: number } => ({ x, y })

test('a tap clicks where the finger came down', () => {
  const { touch, sent } = made()
  touch.down(5, at(100, 100), 0)
  touch.move(5, at(103, 101), 20)
  touch.up(5, 80)
  expect(sent).toEqual([
    { type: 'mouseMove', x: 100, y: 100 },
    { type: 'mouseDown', x: 100, y: 100, button: 0, clickCount: 1 },
    { type: 'mouseUp', x: 100, y: 100, button: 0, clickCount: 1 },
  ])
})

test('two quick taps at one place are a double-click, a third begins anew', () => {
  const { touch, sent } = made()
  for (const [down, up] of [
    [0, 50],
    [150, 200],
    [300, 350],
  ] as const) {
    touch.down(1, at(10, 10), down)
    touch.up(1, up)
  }
  expect(sent.filter((event) => event.type === 'mouseDown').map((event) => event.clickCount)).toEqual([1, 2, 1])
})

test('a long press is the right button, and the finger that goes up after it clicks nothing', () => {
  const { touch, sent } = made()
  touch.down(1, at(10, 10), 0)
  vi.advanceTimersByTime(LONG_PRESS_MS)
  touch.up(1, 700)
  expect(sent.map((event) => ('button' in event ? `${event.type} ${event.button}` : event.type))).toEqual(['mouseMove', 'mouseDown 2', 'mouseUp 2'])
})

test('one finger that drags scrolls the other way, by as much', () => {
  const { touch, sent } = made()
  touch.down(1, at(100, 300), 0)
  for (const [index, y] of [280, 240, 150].entries()) touch.move(1, at(100, y), index * 16)
  touch.up(1, 200)
  expect(sent.every((event) => event.type === 'wheel' && event.x === 100 && event.y === 300)).toBe(true)
  expect(sent.reduce((sum, event) => sum + (event.type === 'wheel' ? event.deltaY : 0), 0)).toBe(150)
  vi.advanceTimersByTime(LONG_PRESS_MS)
  expect(sent.some((event) => event.type === 'mouseDown')).toBe(false)
})

test('a page that is thrown glides on, ever slower, until a finger stops it', () => {
  const { touch, sent } = made()
  touch.down(1, at(100, 500), 0)
  for (let step = 1; step <= 5; step++) touch.move(1, at(100, 500 - step * 40), step * 16)
  touch.up(1, 90)
  sent.length = 0
  vi.advanceTimersByTime(160)
  const steps = sent.map((event) => (event.type === 'wheel' ? event.deltaY : Number.NaN))
  expect(steps).toHaveLength(10)
  expect(steps.every((step, index) => step > 0 && (index === 0 || step < (steps[index - 1] ?? 0)))).toBe(true)
  touch.down(1, at(100, 300), 300)
  vi.advanceTimersByTime(200)
  expect(sent).toHaveLength(10)
  touch.cancel()
})

test('a finger that rests before it leaves does not throw the page', () => {
  const { touch, sent } = made()
  touch.down(1, at(100, 500), 0)
  for (let step = 1; step <= 5; step++) touch.move(1, at(100, 500 - step * 40), step * 16)
  touch.up(1, 400)
  sent.length = 0
  vi.advanceTimersByTime(500)
  expect(sent).toEqual([])
})

test('two fingers that part are Ctrl and wheel upwards, which zooms in', () => {
  const { touch, sent } = made()
  touch.down(1, at(100, 100), 0)
  touch.down(2, at(200, 100), 10)
  touch.move(1, at(50, 100), 20)
  touch.move(2, at(250, 100), 30)
  touch.up(1, 100)
  touch.up(2, 110)
  const zooms = sent.filter((event) => event.type === 'wheel' && event.modifiers?.includes('ctrl'))
  expect(zooms).toHaveLength(2)
  expect(zooms.reduce((sum, event) => sum + (event.type === 'wheel' ? event.deltaY : 0), 0)).toBeCloseTo(-Math.log(2) * 100, 5)
  expect(sent.some((event) => event.type === 'mouseDown')).toBe(false)
})

test('ids of fingers are 0 to 9, the lowest that is free', () => {
  const ids = new FingerIds()
  expect([ids.down(901), ids.down(77), ids.down(3)]).toEqual([0, 1, 2])
  expect(ids.up(77)).toBe(1)
  expect(ids.down(500)).toBe(1)
  expect(ids.get(4_000)).toBeNull()
  for (let id = 0; id < 7; id++) ids.down(10_000 + id)
  expect(ids.down(20_000)).toBeNull()
})
