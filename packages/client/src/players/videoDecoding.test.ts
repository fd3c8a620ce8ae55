import { afterEach, expect, test, vi } from 'vitest'
import { KEY_FRAME_EVERY_MS } from '@tandem/protocol'
import type { MediaPacket } from '@tandem/protocol'
import { VideoDecoding } from './videoDecoding.ts'

afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

/** A decoder that takes its configuration and refuses every chunk at once, as one does whose hardware is gone. */
class RefusingDecoder {
  state = 'configured'
  decodeQueueSize = 0
  configure(): void {}
  decode(): void {
    throw new DOMException('it is gone', 'EncodingError')
  }
  close(): void {
    this.state = 'closed'
  }
}

const video = (seq: number, keyFrame: boolean): MediaPacket => ({
  kind: 'video',
  keyFrame,
  config: 1,
  seq,
  capturedAt: 0,
  durationUs: 0,
  width: 2,
  height: 2,
  payload: new Uint8Array(1),
})

test('a decoder that throws is a decoder that failed: a key frame is asked for, and the rung given up after three', () => {
  vi.stubGlobal('VideoDecoder', RefusingDecoder)
  vi.stubGlobal('EncodedVideoChunk', class {})
  const told: string[] = []
  const decoding = new VideoDecoding({
    frame: () => {},
    keyFrame: () => told.push('key frame'),
    dropped: () => {},
    failed: (reason, fatal) => told.push(`${reason} ${fatal}`),
  })
  decoding.configure({ kind: 'video', config: 1, codec: 'vp8', width: 2, height: 2 })
  for (let seq = 0; seq < 3; seq++) {
    expect(() => decoding.decode(video(seq, true))).not.toThrow()
  }
  expect(told).toEqual(['key frame', 'The video decoder of this browser failed: it is gone false'])
})

test('what is missing soon after a key frame was asked for is asked for too, though the page rests from then on', () => {
  vi.useFakeTimers()
  vi.stubGlobal(
    'VideoDecoder',
    class extends RefusingDecoder {
      override decode(): void {}
    },
  )
  vi.stubGlobal('EncodedVideoChunk', class {})
  let asked = 0
  const decoding = new VideoDecoding({ frame: () => {}, keyFrame: () => asked++, dropped: () => {}, failed: () => {} })
  decoding.configure({ kind: 'video', config: 1, codec: 'vp8', width: 2, height: 2 })
  decoding.decode(video(0, true))
  decoding.decode(video(2, false))
  expect(asked).toBe(1)
  decoding.decode(video(3, true))
  decoding.decode(video(5, false))
  vi.advanceTimersByTime(KEY_FRAME_EVERY_MS)
  expect(asked).toBe(2)
  // Answered: nothing is asked any more.
  decoding.decode(video(6, true))
  vi.advanceTimersByTime(KEY_FRAME_EVERY_MS)
  expect(asked).toBe(2)
})
