import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { VideoSender } from './videoSender.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** A sender of a page at rest; `frames` reached its encoder and `encoded` left it. */
function resting() {
  const counts = { frames: 0, encoded: 0 }
  const track = { id: 'page' }
  const fake = {
    track,
    replaceTrack: async () => {},
    getParameters: () => ({ encodings: [{}], codecs: [] }),
    setParameters: async () => {},
    getStats: async () =>
      new Map<string, object>([
        ['source', { type: 'media-source', trackIdentifier: track.id, frames: counts.frames }],
        ['out', { type: 'outbound-rtp', framesEncoded: counts.encoded }],
      ]),
  }
  const refresh = vi.fn<() => void>()
  // What VideoSender uses of a browser's sender and track.
  const sender = new VideoSender({ sender: fake as unknown as RTCRtpSender, id: 'peer', live: () => true, refresh })
  const feed = () => sender.feed(track as unknown as MediaStreamTrack, { width: 1280, height: 720 }, 'auto')
  return { sender, feed, refresh, counts }
}

test('a page at rest is asked for its picture until one went out, however long that takes', async () => {
  const { feed, refresh, counts } = resting()
  feed()
  await vi.advanceTimersByTimeAsync(60_000)
  refresh.mockClear()
  // Now its frames reach the encoder, which leaves the first ones out.
  refresh.mockImplementation(() => void counts.frames++)
  await vi.advanceTimersByTimeAsync(30_000)
  expect(refresh).toHaveBeenCalled()
  refresh.mockImplementation(() => void counts.encoded++)
  await vi.advanceTimersByTimeAsync(10_000)
  expect(counts.encoded).toBeGreaterThan(0)
  refresh.mockClear()
  await vi.advanceTimersByTimeAsync(600_000)
  expect(refresh).not.toHaveBeenCalled()
})

test('of several that ask one goes on, and none once it is closed or fed nothing', async () => {
  const { sender, feed, refresh } = resting()
  for (let i = 0; i < 5; i++) feed()
  await vi.advanceTimersByTimeAsync(60_000)
  refresh.mockClear()
  await vi.advanceTimersByTimeAsync(2_560 * 4)
  expect(refresh).toHaveBeenCalledTimes(4)
  sender.feed(null, { width: 1280, height: 720 }, 'auto')
  await vi.advanceTimersByTimeAsync(60_000)
  refresh.mockClear()
  feed()
  await vi.advanceTimersByTimeAsync(1_000)
  expect(refresh).toHaveBeenCalled()
  sender.close()
  refresh.mockClear()
  await vi.advanceTimersByTimeAsync(60_000)
  expect(refresh).not.toHaveBeenCalled()
})
