/** Any frame that a source gives as I420. A captured tab's are I420 already and are copied; our own pictures are RGB. */
import { halved } from '@tandem/protocol'
import type { RawPicture } from './rawDiff.ts'

/** Copies the frame's visible part into a picture of its size. Throws for a format that no source gives. */
export async function toI420(frame: VideoFrame, picture: RawPicture): Promise<void> {
  if (frame.format === 'I420') {
    await frame.copyTo(picture.bytes, { layout: [...picture.layout] })
    return
  }
  const { width, height } = picture
  const rgba = new Uint8Array(width * height * 4)
  await frame.copyTo(rgba, { format: 'RGBA' })
  fromRgba(rgba, picture)
}

/** BT.709 in the limited range, as captured tabs have it; U and V of the upper left of four pixels. */
function fromRgba(rgba: Uint8Array, { width, height, bytes, layout }: RawPicture): void {
  const [luma, u, v] = layout
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = (y * width + x) * 4
      const [r = 0, g = 0, b = 0] = [rgba[at], rgba[at + 1], rgba[at + 2]]
      bytes[luma.offset + y * luma.stride + x] = 16.5 + 0.1826 * r + 0.6142 * g + 0.062 * b
    }
  }
  for (let y = 0; y < halved(height); y++) {
    for (let x = 0; x < halved(width); x++) {
      const at = (y * 2 * width + x * 2) * 4
      const [r = 0, g = 0, b = 0] = [rgba[at], rgba[at + 1], rgba[at + 2]]
      bytes[u.offset + y * u.stride + x] = 128.5 - 0.1006 * r - 0.3386 * g + 0.4392 * b
      bytes[v.offset + y * v.stride + x] = 128.5 + 0.4392 * r - 0.3989 * g - 0.0403 * b
    }
  }
}
