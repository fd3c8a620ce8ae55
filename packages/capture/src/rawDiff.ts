/**
 * What of a picture changed: two I420 pictures of one size are compared by tiles, neighbours are joined to rectangles,
 * and each is drawn in to the pixels that changed. Pure; rawWorker.ts owns the pictures.
 */
import { halved, type RawRect } from '@tandem/protocol'

/** Pixels of a tile. Its rows are whole 32-bit words in all three planes. */
const TILE_WIDTH = 64
const TILE_HEIGHT = 16

/** A picture in memory; rows of Y are padded to whole tiles. */
export class RawPicture {
  readonly width: number
  readonly height: number
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly words: Int32Array
  /** Y, U, V, as VideoFrame.copyTo takes them; bytes. */
  readonly layout: readonly [PlaneLayout, PlaneLayout, PlaneLayout]

  constructor(width: number, height: number) {
    const stride = Math.ceil(width / TILE_WIDTH) * TILE_WIDTH
    const [luma, chroma] = [stride * height, (stride / 2) * halved(height)]
    this.width = width
    this.height = height
    this.bytes = new Uint8Array(Math.ceil((luma + 2 * chroma) / 4) * 4)
    this.words = new Int32Array(this.bytes.buffer)
    this.layout = [
      { offset: 0, stride },
      { offset: luma, stride: stride / 2 },
      { offset: luma + chroma, stride: stride / 2 },
    ]
  }
}

/** The rectangles in which the pictures differ, none overlapping; x, y and the sizes are even but at odd edges. */
export function changedRects(now: RawPicture, before: RawPicture): RawRect[] {
  const columns = Math.ceil(now.width / TILE_WIDTH)
  const rows = Math.ceil(now.height / TILE_HEIGHT)
  const dirty = new Uint8Array(columns * rows)
  now.layout.forEach((plane, index) => {
    const scale = index === 0 ? 1 : 2
    markTiles(dirty, columns, now.words, before.words, {
      offset: plane.offset / 4,
      stride: plane.stride / 4,
      lines: index === 0 ? now.height : halved(now.height),
      tileWords: TILE_WIDTH / scale / 4,
      tileLines: TILE_HEIGHT / scale,
    })
  })
  return joinTiles(dirty, columns, rows, now).map((rect) => drawnIn(rect, now, before))
}

interface WordPlane {
  offset: number
  stride: number
  lines: number
  tileWords: number
  tileLines: number
}

/** Line by line, as the pictures lie in memory; a tile that is known to differ is not looked at again. */
function markTiles(dirty: Uint8Array, columns: number, now: Int32Array, before: Int32Array, plane: WordPlane): void {
  const { offset, stride, lines, tileWords, tileLines } = plane
  for (let line = 0; line < lines; line++) {
    const tile = Math.floor(line / tileLines) * columns
    let word = offset + line * stride
    for (let column = 0; column < columns; column++, word += tileWords) {
      if (dirty[tile + column] !== 0) continue
      for (let at = word; at < word + tileWords; at++) {
        if (now[at] === before[at]) continue
        dirty[tile + column] = 1
        break
      }
    }
  }
}

/** Runs of tiles in a row; a run that lies under one of the same extent makes it longer. */
function joinTiles(dirty: Uint8Array, columns: number, rows: number, { width, height }: RawPicture): RawRect[] {
  const rects: RawRect[] = []
  let above = new Map<number, RawRect>()
  for (let row = 0; row < rows; row++) {
    const here = new Map<number, RawRect>()
    const y = row * TILE_HEIGHT
    const bottom = Math.min(y + TILE_HEIGHT, height)
    for (let column = 0; column < columns; column++) {
      if (dirty[row * columns + column] === 0) continue
      const first = column
      while (column + 1 < columns && dirty[row * columns + column + 1] !== 0) column++
      const x = first * TILE_WIDTH
      const wide = Math.min((column + 1) * TILE_WIDTH, width) - x
      const longer = above.get(first)
      if (longer?.width === wide) {
        longer.height = bottom - longer.y
        here.set(first, longer)
      } else {
        const rect = { x, y, width: wide, height: bottom - y }
        rects.push(rect)
        here.set(first, rect)
      }
    }
    above = here
  }
  return rects
}

/** Without the rows and columns at its edges that did not change, two pixels at a time: as much as one of U and V. */
function drawnIn(rect: RawRect, now: RawPicture, before: RawPicture): RawRect {
  let { x, y } = rect
  let [right, bottom] = [x + rect.width, y + rect.height]
  const even = (side: number): number => side - (side % 2 || 2)
  while (y + 2 < bottom && isSame(now, before, { x, y, width: right - x, height: 2 })) y += 2
  while (even(bottom) > y && isSame(now, before, { x, y: even(bottom), width: right - x, height: bottom - even(bottom) })) bottom = even(bottom)
  while (x + 2 < right && isSame(now, before, { x, y, width: 2, height: bottom - y })) x += 2
  while (even(right) > x && isSame(now, before, { x: even(right), y, width: right - even(right), height: bottom - y })) right = even(right)
  return { x, y, width: right - x, height: bottom - y }
}

function isSame(now: RawPicture, before: RawPicture, rect: RawRect): boolean {
  const [a, b] = [now.bytes, before.bytes]
  for (let index = 0; index < 3; index++) {
    const { offset = 0, stride = 0 } = now.layout[index] ?? {}
    const { x, y, width, height } = index === 0 ? rect : halvedRect(rect)
    for (let line = y; line < y + height; line++) {
      const start = offset + line * stride + x
      for (let at = start; at < start + width; at++) if (a[at] !== b[at]) return false
    }
  }
  return true
}

/** A rectangle's place in a chroma plane. */
export function halvedRect({ x, y, width, height }: RawRect): RawRect {
  return { x: x / 2, y: y / 2, width: halved(width), height: halved(height) }
}
