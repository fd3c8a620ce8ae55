import { describe, expect, it } from 'vitest'
import { changedRects, RawPicture } from './rawDiff.ts'

/** Two pictures that are the same, of noise. */
function pair(width: number, height: number): [RawPicture, RawPicture] {
  const [now, before] = [new RawPicture(width, height), new RawPicture(width, height)]
  now.bytes.forEach((_byte, index) => (now.bytes[index] = (index * 31 + (index >> 7)) & 0xff))
  before.bytes.set(now.bytes)
  return [now, before]
}

function change(picture: RawPicture, plane: 0 | 1 | 2, x: number, y: number, width = 1, height = 1): void {
  const { offset, stride } = picture.layout[plane]
  for (let line = y; line < y + height; line++) {
    for (let column = x; column < x + width; column++) {
      const at = offset + line * stride + column
      picture.bytes[at] = (picture.bytes[at] ?? 0) ^ 0x55
    }
  }
}

describe('changedRects', () => {
  it('finds nothing where nothing changed', () => {
    expect(changedRects(...pair(1920, 1080))).toEqual([])
  })

  it('draws one rectangle in to what changed, across tiles', () => {
    const [now, before] = pair(640, 360)
    change(now, 0, 100, 60, 120, 80)
    expect(changedRects(now, before)).toEqual([{ x: 100, y: 60, width: 120, height: 80 }])
  })

  it('covers odd changes with even rectangles', () => {
    const [now, before] = pair(640, 360)
    change(now, 0, 101, 61)
    expect(changedRects(now, before)).toEqual([{ x: 100, y: 60, width: 2, height: 2 }])
  })

  it('sees colour alone', () => {
    const [now, before] = pair(640, 360)
    change(now, 2, 50, 30)
    expect(changedRects(now, before)).toEqual([{ x: 100, y: 60, width: 2, height: 2 }])
  })

  it('keeps apart what is apart', () => {
    const [now, before] = pair(640, 360)
    change(now, 0, 10, 10, 2, 2)
    change(now, 0, 600, 10, 2, 2)
    change(now, 0, 10, 300, 2, 2)
    expect(changedRects(now, before)).toEqual([
      { x: 10, y: 10, width: 2, height: 2 },
      { x: 600, y: 10, width: 2, height: 2 },
      { x: 10, y: 300, width: 2, height: 2 },
    ])
  })

  it('reaches the edges of a picture of odd size, and never beyond', () => {
    const [now, before] = pair(101, 75)
    change(now, 0, 100, 74)
    expect(changedRects(now, before)).toEqual([{ x: 100, y: 74, width: 1, height: 1 }])
    change(now, 0, 0, 0, 101, 75)
    change(now, 0, 100, 74)
    expect(changedRects(now, before)).toEqual([{ x: 0, y: 0, width: 101, height: 75 }])
  })

  it('misses no change and touches no rectangle twice, whatever changes', () => {
    let seed = 7
    const random = (below: number): number => (seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648) % below
    for (let round = 0; round < 50; round++) {
      const [now, before] = pair(200 + random(100), 100 + random(100))
      const marks = Array.from({ length: 1 + random(20) }, () => ({ x: random(now.width), y: random(now.height) }))
      for (const { x, y } of marks) if (now.bytes[y * now.layout[0].stride + x] === before.bytes[y * before.layout[0].stride + x]) change(now, 0, x, y)
      const rects = changedRects(now, before)
      for (const { x, y } of marks)
        expect(rects.filter((rect) => x >= rect.x && x < rect.x + rect.width && y >= rect.y && y < rect.y + rect.height)).toHaveLength(1)
    }
  })
})
