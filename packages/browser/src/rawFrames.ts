/** The picture of a capture page as I420, kept up to date by its patches (protocol/src/rawFrames.ts). Used by mediaSocket.ts. */
import { halved, rawBytesOf, readRawPatch, type RawRect } from '@tandem/protocol'
import type { RawFrame } from './contract.ts'

export class RawFrames {
  #width = 0
  #height = 0
  #data = Buffer.alloc(0)

  /** Applies a patch; the frame's `at` is on the page's clock. Null: it is none, or of a picture that never came whole. */
  take(bytes: Buffer): RawFrame | null {
    const patch = readRawPatch(bytes)
    if (!patch) return null
    const { width, height, whole, at, rects } = patch
    const isOther = width !== this.#width || height !== this.#height
    if (isOther && !whole) return null
    if (isOther) {
      this.#width = width
      this.#height = height
      // Not of Buffer's pool: who takes the frame may look at `data.buffer`.
      this.#data = Buffer.from(new ArrayBuffer(rawBytesOf({ width, height })))
    }
    let from = bytes.length - patch.payload.byteLength
    for (const rect of rects) from = this.#apply(rect, bytes, from)
    return { width, height, data: this.#view, dirtyRects: rects, at }
  }

  get #view(): Uint8Array<ArrayBuffer> {
    return this.#data
  }

  #apply({ x, y, width, height }: RawRect, bytes: Buffer, from: number): number {
    const [chromaWidth, chromaHeight] = [halved(this.#width), halved(this.#height)]
    const luma = this.#width * this.#height
    from = this.#copy(bytes, from, y * this.#width + x, this.#width, width, height)
    const at = luma + (y / 2) * chromaWidth + x / 2
    from = this.#copy(bytes, from, at, chromaWidth, halved(width), halved(height))
    return this.#copy(bytes, from, at + chromaWidth * chromaHeight, chromaWidth, halved(width), halved(height))
  }

  #copy(bytes: Buffer, from: number, to: number, stride: number, width: number, rows: number): number {
    // Whole rows lie one after the other.
    if (width === stride) bytes.copy(this.#data, to, from, from + width * rows)
    else for (let row = 0; row < rows; row++) bytes.copy(this.#data, to + row * stride, from + row * width, from + (row + 1) * width)
    return from + width * rows
  }
}
