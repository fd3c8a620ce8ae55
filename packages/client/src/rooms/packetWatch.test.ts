import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { PacketWatch, SILENT_MS } from './packetWatch.ts'

const said: boolean[] = []
const watch = new PacketWatch(() => said.push(watch.silent))

/** A track that has got so many packets. */
function track(packets = 1) {
  return {
    packets,
    async getRTCStatsReport(): Promise<RTCStatsReport> {
      return new Map([['video', { type: 'inbound-rtp', kind: 'video', packetsReceived: this.packets }]])
    },
  }
}

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  watch.watch(null)
  said.length = 0
  vi.useRealTimers()
})

test('a page at rest is sent again now and then: that is no silence', async () => {
  const resting = track()
  watch.watch(resting)
  for (let i = 0; i < 10; i++) {
    await vi.advanceTimersByTimeAsync(SILENT_MS / 2)
    resting.packets++
  }
  expect(said).toEqual([])
})

test('a picture of which nothing comes is silent until something does', async () => {
  const hanging = track()
  watch.watch(hanging)
  await vi.advanceTimersByTimeAsync(SILENT_MS + 3_000)
  expect(said).toEqual([true])
  hanging.packets++
  await vi.advanceTimersByTimeAsync(1_000)
  expect(said).toEqual([true, false])
})

test('another track has its time anew, and none is never silent', async () => {
  watch.watch(track())
  await vi.advanceTimersByTimeAsync(SILENT_MS + 3_000)
  expect(watch.silent).toBe(true)
  watch.watch(track())
  expect(watch.silent).toBe(false)
  watch.watch(null)
  await vi.advanceTimersByTimeAsync(3 * SILENT_MS)
  expect(watch.silent).toBe(false)
  expect(said).toEqual([true])
})
