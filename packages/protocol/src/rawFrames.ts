/**
 * The picture as it is, for a process that draws or encodes it itself: what changed since the frame before, as I420, and
 * the sound as 16-bit samples. Binary messages of the capture page's own socket, beside the packets of media.ts; the
 * first byte tells them apart. Headers are big-endian. Imports nothing.
 *
 * A patch:                                       Sound:
 *   0  u8   16                                     0  u8   17
 *   1  u8   flags, bit 0: the whole picture        1  u8   channels
 *   2  u16  number of rectangles                   2  u16  0
 *   4  u16  width of the picture, pixels           4  u32  sample rate, Hz
 *   6  u16  its height                             8  f64  heard at
 *   8  f64  drawn at, ms on the monotonic clock   16  s16  samples, interleaved, little-endian
 *  16  u16  x, y, width, height of each rectangle
 *   …  u8   of each rectangle its rows of Y, then of U, then of V
 *
 * x and y are even; width and height are too, but at the right and lower edge of a picture of odd size.
 */
export const RAW_HEADER_BYTES = 16
export const RAW_RECT_BYTES = 8
export const RAW_KINDS = { patch: 16, sound: 17 } as const
export const RAW_WHOLE = 1

/** Pixels, from the picture's top left corner. */
export interface RawRect {
  x: number
  y: number
  width: number
  height: number
}

export interface RawPatch {
  whole: boolean
  width: number
  height: number
  /** ms, on the clock of the capture page. */
  at: number
  rects: RawRect[]
  /** A view into the message. */
  payload: Uint8Array
}

export interface RawSound {
  channels: number
  sampleRate: number
  /** ms, on the clock of the capture page. */
  at: number
  /** Interleaved; a copy, aligned. */
  samples: Int16Array<ArrayBuffer>
}

/** Bytes of a rectangle in I420: a quarter of its pixels, rounded up at odd edges, for each of U and V. */
export function rawBytesOf({ width, height }: { width: number; height: number }): number {
  return width * height + 2 * halved(width) * halved(height)
}

/** The side of a chroma plane for a side in pixels. */
export function halved(side: number): number {
  return (side + 1) >> 1
}

/** Bytes of a patch without its payload. */
export function rawPatchHead(rects: number): number {
  return RAW_HEADER_BYTES + rects * RAW_RECT_BYTES
}

/** Writes all but the payload, which begins at `rawPatchHead(rects.length)`. */
export function writeRawPatch(bytes: Uint8Array, { whole, width, height, at, rects }: Omit<RawPatch, 'payload'>): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  view.setUint8(0, RAW_KINDS.patch)
  view.setUint8(1, whole ? RAW_WHOLE : 0)
  view.setUint16(2, rects.length)
  view.setUint16(4, width)
  view.setUint16(6, height)
  view.setFloat64(8, at)
  rects.forEach((rect, index) => {
    const offset = RAW_HEADER_BYTES + index * RAW_RECT_BYTES
    view.setUint16(offset, rect.x)
    view.setUint16(offset + 2, rect.y)
    view.setUint16(offset + 4, rect.width)
    view.setUint16(offset + 6, rect.height)
  })
}

/** Null: no patch, or one that its own header does not fit. */
export function readRawPatch(bytes: Uint8Array): RawPatch | null {
  if (bytes.byteLength < RAW_HEADER_BYTES || bytes[0] !== RAW_KINDS.patch) return null
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const count = view.getUint16(2)
  const head = rawPatchHead(count)
  if (bytes.byteLength < head) return null
  const [width, height] = [view.getUint16(4), view.getUint16(6)]
  const rects = Array.from({ length: count }, (_, index): RawRect => {
    const offset = RAW_HEADER_BYTES + index * RAW_RECT_BYTES
    return { x: view.getUint16(offset), y: view.getUint16(offset + 2), width: view.getUint16(offset + 4), height: view.getUint16(offset + 6) }
  })
  const fits = rects.every((rect) => rect.x + rect.width <= width && rect.y + rect.height <= height)
  const payload = bytes.subarray(head)
  if (!fits || payload.byteLength !== rects.reduce((sum, rect) => sum + rawBytesOf(rect), 0)) return null
  return { whole: (view.getUint8(1) & RAW_WHOLE) !== 0, width, height, at: view.getFloat64(8), rects, payload }
}

/** One message of sound. */
export function writeRawSound({ channels, sampleRate, at, samples }: RawSound): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(RAW_HEADER_BYTES + samples.byteLength)
  const view = new DataView(bytes.buffer)
  view.setUint8(0, RAW_KINDS.sound)
  view.setUint8(1, channels)
  view.setUint32(4, sampleRate)
  view.setFloat64(8, at)
  bytes.set(new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength), RAW_HEADER_BYTES)
  return bytes
}

/** Null: no sound. */
export function readRawSound(bytes: Uint8Array): RawSound | null {
  if (bytes.byteLength < RAW_HEADER_BYTES || bytes[0] !== RAW_KINDS.sound) return null
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const samples = new Int16Array((bytes.byteLength - RAW_HEADER_BYTES) >> 1)
  new Uint8Array(samples.buffer).set(bytes.subarray(RAW_HEADER_BYTES, RAW_HEADER_BYTES + samples.byteLength))
  return { channels: view.getUint8(1), sampleRate: view.getUint32(4), at: view.getFloat64(8), samples }
}
