import { rawBytesOf, rawPatchHead, readRawSound, writeRawPatch, writeRawSound, type RawRect } from '@tandem/protocol'
import { describe, expect, it } from 'vitest'
import { RawFrames } from './rawFrames.ts'

/** A patch whose payload counts up from `first`. */
function patch(width: number, height: number, rects: RawRect[], whole = false, first = 0): Buffer {
  const head = rawPatchHead(rects.length)
  const bytes = Buffer.alloc(head + rects.reduce((sum, rect) => sum + rawBytesOf(rect), 0))
  writeRawPatch(bytes, { whole, width, height, at: 12.5, rects })
  for (let at = head; at < bytes.length; at++) bytes[at] = first + at - head
  return bytes
}

const whole = (width: number, height: number): Buffer => patch(width, height, [{ x: 0, y: 0, width, height }], true)

describe('RawFrames', () => {
  it('takes a whole picture, then what changed of it, in one buffer', () => {
    const frames = new RawFrames()
    const first = frames.take(whole(4, 4))
    expect(first).toMatchObject({ width: 4, height: 4, at: 12.5, dirtyRects: [{ x: 0, y: 0, width: 4, height: 4 }] })
    expect([...(first?.data ?? [])]).toEqual(Array.from({ length: 24 }, (_, index) => index))
    const rect = { x: 2, y: 2, width: 2, height: 2 }
    const second = frames.take(patch(4, 4, [rect], false, 100))
    expect(second?.data).toBe(first?.data)
    expect(second?.dirtyRects).toEqual([rect])
    expect([...(second?.data ?? [])]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 100, 101, 12, 13, 102, 103, 16, 17, 18, 104, 20, 21, 22, 105])
  })

  it('keeps odd sizes', () => {
    const frames = new RawFrames()
    expect(frames.take(whole(3, 3))?.data).toHaveLength(9 + 4 + 4)
    expect([...(frames.take(patch(3, 3, [{ x: 2, y: 2, width: 1, height: 1 }], false, 50))?.data ?? [])].slice(8)).toEqual([50, 9, 10, 11, 51, 13, 14, 15, 52])
  })

  it('takes no change of a picture that it never had', () => {
    const frames = new RawFrames()
    expect(frames.take(patch(4, 4, [{ x: 0, y: 0, width: 2, height: 2 }]))).toBeNull()
    frames.take(whole(4, 4))
    expect(frames.take(patch(6, 4, [{ x: 0, y: 0, width: 2, height: 2 }]))).toBeNull()
    expect(frames.take(whole(6, 4))?.width).toBe(6)
  })

  it('takes nothing that its header does not fit', () => {
    const frames = new RawFrames()
    frames.take(whole(4, 4))
    expect(frames.take(patch(4, 4, [{ x: 2, y: 2, width: 4, height: 2 }]))).toBeNull()
    expect(frames.take(patch(4, 4, [{ x: 0, y: 0, width: 2, height: 2 }]).subarray(0, -1))).toBeNull()
    expect(frames.take(Buffer.from([16, 0]))).toBeNull()
    expect(frames.take(Buffer.from([1, 2, 3]))).toBeNull()
  })
})

describe('raw sound', () => {
  it('comes as it was written', () => {
    const sound = { channels: 2, sampleRate: 48_000, at: 1.25, samples: Int16Array.of(0, -1, 32_767, -32_768) }
    expect(readRawSound(writeRawSound(sound))).toEqual(sound)
    expect(readRawSound(new Uint8Array(20))).toBeNull()
  })
})
