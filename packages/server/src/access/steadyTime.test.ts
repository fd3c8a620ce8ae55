import { expect, test } from 'vitest'
import { SteadyTime } from './steadyTime.ts'

function clocks(): { time: SteadyTime; wall: number; elapsed: number } {
  const state = { wall: 1_000_000, elapsed: 0 }
  return Object.assign(state, {
    time: new SteadyTime(
      () => state.wall,
      () => state.elapsed,
    ),
  })
}

test('time follows a clock that is set forward', () => {
  const clock = clocks()
  clock.wall += 3_600_000
  clock.elapsed += 5
  expect(clock.time.now()).toBe(4_600_000)
})

test('a clock that is set back takes nothing back, and time goes on meanwhile', () => {
  const clock = clocks()
  clock.wall -= 900_000
  clock.elapsed += 10
  expect(clock.time.now()).toBe(1_000_010)
  clock.wall += 20
  clock.elapsed += 20
  expect(clock.time.now()).toBe(1_000_030)
  // The machine's clock has caught up and runs on.
  clock.wall = 2_000_000
  clock.elapsed += 1
  expect(clock.time.now()).toBe(2_000_000)
})
