import { expect, test } from 'vitest'
import type { InputEvent } from '@tandem/protocol'
import { InputValve } from './inputValve.ts'

const move = (x: number): InputEvent => ({ type: 'mouseMove', x, y: 0 })
const down: InputEvent = { type: 'mouseDown', x: 0, y: 0, button: 0 }
const up: InputEvent = { type: 'mouseUp', x: 0, y: 0, button: 0 }
const key: InputEvent = { type: 'keyDown', key: 'a' }

/** Uses up what may pass at once. */
function emptied(): InputValve {
  const valve = new InputValve(0)
  for (let count = 0; count < 2_000; count++) valve.admit([key], 0)
  return valve
}

test('moves in a row become the last one, but never across a button', () => {
  const { events } = new InputValve(0).admit([move(1), move(2), down, move(3), move(4), up, move(5)], 0)
  expect(events).toEqual([move(2), down, move(4), up, move(5)])
})

test('turns of a wheel add up, fingers are kept apart', () => {
  const wheel = (deltaY: number): InputEvent => ({ type: 'wheel', x: 0, y: 0, deltaX: 0, deltaY })
  const touch = (touchId: number, x: number): InputEvent => ({ type: 'touchMove', x, y: 0, touchId })
  expect(new InputValve(0).admit([wheel(1), wheel(2), wheel(-4)], 0).events).toEqual([wheel(-1)])
  expect(new InputValve(0).admit([touch(0, 1), touch(1, 2), touch(1, 3)], 0).events).toEqual([touch(0, 1), touch(1, 3)])
})

test('beyond the rate presses are refused and counted, releases always pass', () => {
  const valve = emptied()
  expect(valve.admit([down, key], 0)).toEqual({ events: [], refused: 2 })
  expect(valve.admit([up, { type: 'keyUp', key: 'a' }, { type: 'release' }, { type: 'touchCancel' }], 0).events).toHaveLength(4)
})

test('ways of a locked pointer add up, in a row and beyond the rate', () => {
  const by = (dx: number): InputEvent => ({ type: 'mouseMoveBy', dx, dy: -dx })
  expect(new InputValve(0).admit([by(1), by(2), down, by(4)], 0).events).toEqual([by(3), down, by(4)])
  const valve = emptied()
  valve.admit([by(1)], 0)
  valve.admit([by(2)], 0)
  expect(valve.flush(1_000).events).toEqual([by(3)])
})

test('beyond the rate the newest move waits, and goes out before a release or with the next room', () => {
  const valve = emptied()
  expect(valve.admit([move(1)], 0).events).toEqual([])
  expect(valve.admit([move(2)], 0).events).toEqual([])
  expect(valve.hasWaiting).toBe(true)
  expect(valve.admit([up], 0).events).toEqual([move(2), up])
  valve.admit([move(3)], 0)
  expect(valve.flush(0).events).toEqual([])
  expect(valve.flush(1_000).events).toEqual([move(3)])
  expect(valve.hasWaiting).toBe(false)
})

test('room comes back with time, up to a burst', () => {
  const valve = emptied()
  expect(valve.admit([key], 0).refused).toBe(1)
  expect(valve.admit([key], 1_000).refused).toBe(0)
  let passed = 0
  for (let count = 0; count < 5_000; count++) passed += valve.admit([key], 3_600_000).events.length
  expect(passed).toBe(1_200)
})
