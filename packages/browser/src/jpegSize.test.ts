import { describe, expect, it } from 'vitest'
import { jpegSize } from './jpegSize.ts'

const START = [0xff, 0xd8]
const COMMENT = [0xff, 0xfe, 0x00, 0x04, 0x01, 0x02]
const FRAME = [0xff, 0xc0, 0x00, 0x11, 0x08, 0x02, 0xd0, 0x05, 0x00, 0x03, 0x01, 0x22, 0x00]

describe('the size of a JPEG', () => {
  it('is read from the frame header, whatever segments come before it', () => {
    expect(jpegSize(Buffer.from([...START, ...FRAME]))).toEqual({ width: 1280, height: 720 })
    expect(jpegSize(Buffer.from([...START, ...COMMENT, ...COMMENT, ...FRAME]))).toEqual({ width: 1280, height: 720 })
  })

  it('is unknown where there is no frame header', () => {
    expect(jpegSize(Buffer.from([...START, ...COMMENT]))).toBeNull()
    expect(jpegSize(Buffer.from('not a picture at all'))).toBeNull()
    expect(jpegSize(Buffer.alloc(0))).toBeNull()
  })
})
