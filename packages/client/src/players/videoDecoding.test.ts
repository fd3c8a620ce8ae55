import { afterEach, expect, test, vi } from 'vitest'
import type { MediaPacket } from '@tandem/protocol'
import { VideoDecoding } from './videoDecoding.ts'

afterEach(() => vi.unstubAllGlobals())

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
    const packet: MediaPacket = { kind: 'video', keyFrame: true, config: 1, seq, capturedAt: 0, durationUs: 0, width: 2, height: 2, payload: new Uint8Array(1) }
    expect(() => decoding.decode(packet)).not.toThrow()
  }
  expect(told).toEqual(['key frame', 'The video decoder of this browser failed: it is gone false'])
})
