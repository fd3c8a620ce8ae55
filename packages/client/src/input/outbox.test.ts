import type { InputEvent } from '@tandem/protocol'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { MOVE_INTERVAL_MS, Outbox } from './outbox.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const move = (x: number): InputEvent => ({ type: 'mouseMove', x, y: 0 })
function made(): { outbox: Outbox; sent: InputEvent[][] } {
  const sent: InputEvent[][] = []
  return { outbox: new Outbox({ send: (events) => sent.push(events), now: () => Date.now() }), sent }
}

test('the first move goes at once, the next ones as the latest of each interval', () => {
  const { outbox, sent } = made()
  for (const x of [1, 2, 3]) outbox.push(move(x))
  expect(sent).toEqual([[move(1)]])
  vi.advanceTimersByTime(MOVE_INTERVAL_MS)
  expect(sent).toEqual([[move(1)], [move(3)]])
})

test('a press goes at once and is not overtaken by the move before it', () => {
  const { outbox, sent } = made()
  outbox.push(move(1))
  outbox.push(move(2))
  const down: InputEvent = { type: 'mouseDown', x: 2, y: 0, button: 0 }
  outbox.push(down)
  expect(sent).toEqual([[move(1)], [move(2), down]])
  vi.advanceTimersByTime(100)
  expect(sent).toHaveLength(2)
})

test('a thousand moves a second become at most 125 messages', () => {
  const { outbox, sent } = made()
  for (let ms = 0; ms < 1_000; ms++) {
    outbox.push(move(ms))
    vi.advanceTimersByTime(1)
  }
  expect(sent.length).toBeLessThanOrEqual(126)
  expect(sent.length).toBeGreaterThan(100)
})

test('wheel steps add up, unless a modifier changed their meaning', () => {
  const { outbox, sent } = made()
  const wheel = (deltaY: number, ctrl = false): InputEvent => ({ type: 'wheel', x: 0, y: 0, deltaX: 1, deltaY, ...(ctrl ? { modifiers: ['ctrl'] } : {}) })
  outbox.push(wheel(10))
  for (const event of [wheel(10), wheel(5), wheel(7, true)]) outbox.push(event)
  vi.advanceTimersByTime(MOVE_INTERVAL_MS)
  expect(sent[1]).toEqual([{ ...wheel(15), deltaX: 2 }, wheel(7, true)])
})

test('each finger keeps its own latest place', () => {
  const { outbox, sent } = made()
  const touch = (touchId: number, x: number): InputEvent => ({ type: 'touchMove', x, y: 0, touchId })
  outbox.push(touch(0, 1))
  for (const event of [touch(0, 2), touch(1, 2), touch(0, 3)]) outbox.push(event)
  vi.advanceTimersByTime(MOVE_INTERVAL_MS)
  expect(sent[1]).toEqual([touch(0, 3), touch(1, 2)])
})

test('what waits is forgotten when control is lost', () => {
  const { outbox, sent } = made()
  outbox.push(move(1))
  outbox.push(move(2))
  outbox.clear()
  vi.advanceTimersByTime(100)
  expect(sent).toEqual([[move(1)]])
})

test('ways of a locked pointer add up', () => {
  const { outbox, sent } = made()
  const by = (dx: number, dy: number): InputEvent => ({ type: 'mouseMoveBy', dx, dy })
  outbox.push(by(1, 1))
  for (const event of [by(10, -2), by(5, -3)]) outbox.push(event)
  vi.advanceTimersByTime(MOVE_INTERVAL_MS)
  expect(sent[1]).toEqual([by(15, -5)])
})
