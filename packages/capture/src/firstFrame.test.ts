import { expect, test, vi } from 'vitest'
import { firstFrameOfSize } from './firstFrame.ts'

/** Frames of these sizes, all of them closed again; then none. */
function framesOf(...heights: number[]) {
  const close = vi.fn<() => void>()
  const read = async () => {
    const height = heights.shift()
    if (height === undefined) await new Promise(() => {})
    return { done: false as const, value: { displayWidth: 1280, displayHeight: height ?? 0, close } }
  }
  return { close, cancel: vi.fn<() => Promise<void>>(async () => {}), read }
}

test('frames of another size at the start of a capture are waited out', async () => {
  const frames = framesOf(632, 632, 720, 720)
  await firstFrameOfSize(frames, { width: 1280, height: 720 })
  expect(frames.close).toHaveBeenCalledTimes(3)
  expect(frames.cancel).toHaveBeenCalledOnce()
})

test('a capture that keeps another size is shown as it is, after a moment', async () => {
  vi.useFakeTimers()
  const waited = firstFrameOfSize(framesOf(632), { width: 1280, height: 720 })
  await vi.advanceTimersByTimeAsync(500)
  await waited
  vi.useRealTimers()
})
