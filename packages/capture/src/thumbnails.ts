/**
 * Small JPEGs of the picture for lists, drawn from frames that are captured anyway: none while nobody watches. A page at
 * rest gives one, of how it came to rest. quietFrame.ts hands frames in; wire.ts takes them out as pictures.
 */
import { log, reasonOf } from './emit.ts'
import type { Wire } from './wire.ts'

const EVERY_MS = 3_000
const MAX_WIDTH = 320
const JPEG_QUALITY = 0.6

export class Thumbnails {
  readonly #wire: Wire
  readonly #refresh: () => void
  #drawnAt = -Infinity
  #timer: ReturnType<typeof setTimeout> | undefined
  #seq = 0

  /** `refresh`: has the source bring its present picture once more. */
  constructor(wire: Wire, refresh: () => void) {
    this.#wire = wire
    this.#refresh = refresh
  }

  /** Another source, or none: its first frame is drawn. */
  reset(): void {
    this.#drawnAt = -Infinity
    this.#stopTimer()
  }

  /** A frame came by; it stays the caller's. */
  see(frame: VideoFrame): void {
    const wait = this.#drawnAt + EVERY_MS - performance.now()
    if (wait <= 0) void this.draw(frame, frame.timestamp / 1_000)
    // The page may come to rest before the next is due, on a picture that would be missed.
    else this.#timer ??= setTimeout(() => this.#refresh(), wait)
  }

  /** `drawnAt`: ms on the monotonic clock. */
  async draw(picture: VideoFrame | ImageBitmap, drawnAt: number): Promise<void> {
    this.#drawnAt = performance.now()
    this.#stopTimer()
    try {
      const jpeg = await shrink(picture)
      const header = { kind: 'picture', keyFrame: true, config: 0, seq: this.#seq++, capturedAt: drawnAt, durationUs: 0 } as const
      this.#wire.send({ ...header, width: jpeg.width, height: jpeg.height }, jpeg)
    } catch (error) {
      log('warn', `a thumbnail could not be made: ${reasonOf(error)}`)
    }
  }

  #stopTimer(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }
}

async function shrink(picture: VideoFrame | ImageBitmap) {
  const [fullWidth, fullHeight] = 'displayWidth' in picture ? [picture.displayWidth, picture.displayHeight] : [picture.width, picture.height]
  const width = Math.min(MAX_WIDTH, fullWidth)
  const height = Math.max(1, Math.round((fullHeight * width) / fullWidth))
  const canvas = new OffscreenCanvas(width, height)
  const context = canvas.getContext('2d', { alpha: false })
  if (!context) throw new Error('there is no canvas to draw on')
  context.imageSmoothingQuality = 'medium'
  context.drawImage(picture, 0, 0, width, height)
  const bytes = new Uint8Array(await (await canvas.convertToBlob({ type: 'image/jpeg', quality: JPEG_QUALITY })).arrayBuffer())
  return { width, height, byteLength: bytes.byteLength, copyTo: (destination: Uint8Array<ArrayBuffer>) => destination.set(bytes) }
}
