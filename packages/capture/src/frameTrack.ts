/**
 * A video track made of pictures of our own. It repeats its last picture once a second, so that a viewer who joins,
 * or loses a packet, sees it: a generator has no refresh of its own.
 */
import { monotonicNow } from './clock.ts'
import { platform } from './platform.ts'

const REPEAT_MS = 1_000

export class FrameTrack {
  readonly track: MediaStreamTrack
  readonly #writer: WritableStreamDefaultWriter<VideoFrame>
  readonly #timer: ReturnType<typeof setInterval>
  #last: ImageBitmap | null = null

  constructor() {
    const generator = new platform.MediaStreamTrackGenerator({ kind: 'video' })
    this.track = generator
    this.#writer = generator.writable.getWriter()
    this.#timer = setInterval(() => this.refresh(), REPEAT_MS)
  }

  /** Shows a picture and takes it over. `drawnAt`: ms on the monotonic clock. */
  write(picture: ImageBitmap, drawnAt = monotonicNow()): void {
    this.#last?.close()
    this.#last = picture
    this.#send(drawnAt)
  }

  refresh(): void {
    this.#send(monotonicNow())
  }

  #send(at: number): void {
    if (!this.#last) return
    const frame = new VideoFrame(this.#last, { timestamp: Math.round(at * 1_000) })
    // Rejects once the track has ended; there is nothing left to show then.
    this.#writer.write(frame).catch(() => frame.close())
  }

  close(): void {
    clearInterval(this.#timer)
    this.#last?.close()
    this.#last = null
    this.track.stop()
  }
}

/** A black picture, for peers that the page is hidden from. */
export function blackTrack(width: number, height: number): FrameTrack {
  const canvas = new OffscreenCanvas(width, height)
  canvas.getContext('2d')?.fillRect(0, 0, width, height)
  const track = new FrameTrack()
  track.write(canvas.transferToImageBitmap())
  return track
}
