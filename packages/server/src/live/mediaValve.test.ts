import { expect, test } from 'vitest'
import { MediaValve } from './mediaValve.ts'

function passed(valve: MediaValve, now: number): number {
  for (let count = 0; ; count++) {
    try {
      valve.pass(now)
    } catch (error) {
      expect(error).toMatchObject({ code: 'request/rate-limited' })
      return count
    }
  }
}

test('a burst passes, then so many a second, and a quiet viewer has its burst again', () => {
  const valve = new MediaValve(5_000)
  expect(passed(valve, 5_000)).toBe(100)
  expect(passed(valve, 5_500)).toBe(10)
  expect(passed(valve, 6_500)).toBe(20)
  expect(passed(valve, 3_600_000)).toBe(100)
})
