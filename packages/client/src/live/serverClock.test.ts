import { expect, test } from 'vitest'
import { ServerClock } from './serverClock.ts'

test('the sample with the least round trip gives the offset', () => {
  const clock = new ServerClock()
  expect(clock.offsetMs).toBeNull()
  // Asymmetric and slow: 100 ms there, nothing back.
  clock.add({ sentAt: 0, receivedAt: 100, serverTime: 5_100 })
  clock.add({ sentAt: 1_000, receivedAt: 1_004, serverTime: 6_002 })
  expect(clock.offsetMs).toBe(5_000)
})

test('the round trip is the median of the last ones: one hiccup is not the network', () => {
  const clock = new ServerClock()
  for (const rtt of [10, 12, 400, 11, 10]) clock.add({ sentAt: 0, receivedAt: rtt, serverTime: 0 })
  expect(clock.rttMs).toBe(11)
})

test('a clock that jumped back gives no sample', () => {
  const clock = new ServerClock()
  clock.add({ sentAt: 10, receivedAt: 5, serverTime: 0 })
  expect(clock.offsetMs).toBeNull()
})
