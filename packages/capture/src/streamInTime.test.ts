import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { streamInTime } from './streamInTime.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** A stream of one track. */
function stream() {
  const stop = vi.fn<() => void>()
  // Of a track nothing but its end is used.
  return { stop, getTracks: () => [{ stop } as unknown as MediaStreamTrack] }
}

test('a capture that is never answered is refused, and let go of when the answer comes all the same', async () => {
  const { promise, resolve } = Promise.withResolvers<ReturnType<typeof stream>>()
  const asked = streamInTime(promise).catch((error: unknown) => error)
  await vi.advanceTimersByTimeAsync(60_000)
  expect(await asked).toBeInstanceOf(DOMException)
  const late = stream()
  resolve(late)
  await vi.advanceTimersByTimeAsync(0)
  expect(late.stop).toHaveBeenCalledOnce()
})

test('one that is answered stays, and a refusal is passed on', async () => {
  const given = stream()
  expect(await streamInTime(Promise.resolve(given))).toBe(given)
  await vi.advanceTimersByTimeAsync(60_000)
  expect(given.stop).not.toHaveBeenCalled()
  const refusal = new Error('there is an active stream')
  await expect(streamInTime(Promise.reject(refusal))).rejects.toBe(refusal)
})
