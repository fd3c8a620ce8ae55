import { expect, test } from 'vitest'
import { CELL, CLOCK_CELLS, clockAge, clockCheck, readClock } from './clock.ts'

const paint = (ms: number) => {
  const bits = ms | (clockCheck(ms) << 16) | (1 << 20)
  return (x: number) => ((bits >> Math.floor(x / CELL)) & 1 ? 16 : 235)
}

test('a painted time is read back', () => {
  for (const ms of [0, 1, 4_711, 32_768, 65_535]) expect(readClock(paint(ms))).toBe(ms)
})

test('a damaged cell, a black, a white and an inverted picture are no clock', () => {
  const good = paint(4_711)
  for (let cell = 0; cell < CLOCK_CELLS; cell++) {
    expect(readClock((x) => (Math.floor(x / CELL) === cell ? 251 - good(x) : good(x)))).toBeNull()
  }
  expect(readClock(() => 0)).toBeNull()
  expect(readClock(() => 255)).toBeNull()
  expect(readClock((x) => 251 - good(x))).toBeNull()
})

test('an age survives the wrap of the clock and keeps fractions', () => {
  expect(clockAge(65_530, 65_536 * 3 + 6.5)).toBeCloseTo(12.5)
  expect(clockAge(100, 111.25)).toBeCloseTo(11.25)
})
