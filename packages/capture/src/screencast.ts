/**
 * A source made of the screencast's JPEGs, for tabs in an isolated context, which tab capture does not reach.
 * Fed by the server's `frame` command through picture.ts; the same shape as a captured tab, without sound.
 */
import type { CaptureTarget } from '@tandem/protocol'
import { log, reasonOf } from './emit.ts'
import { FrameTrack } from './frameTrack.ts'
import type { Source } from './tab.ts'

export class ScreencastSource implements Source {
  readonly target: CaptureTarget
  readonly video: MediaStreamTrack
  readonly audio = null
  readonly #track = new FrameTrack()
  /** The newest frame that waits while one is decoded; older ones are skipped. */
  #next: { data: string; timestamp: number } | null = null
  #busy = false
  #closed = false

  constructor(target: CaptureTarget) {
    this.target = target
    this.video = this.#track.track
  }

  /** One JPEG, base64, and when it was drawn on the monotonic clock, ms. Latest wins: a picture that comes while another is decoded replaces whatever waits. */
  push(frame: { data: string; timestamp: number }): void {
    this.#next = frame
    if (!this.#busy) void this.#drain()
  }

  refresh(): void {
    this.#track.refresh()
  }

  close(): void {
    this.#closed = true
    this.#track.close()
  }

  async #drain(): Promise<void> {
    this.#busy = true
    for (let frame = this.#take(); frame !== null; frame = this.#take()) {
      try {
        const bitmap = await decodeJpeg(frame.data)
        if (this.#closed) bitmap.close()
        else this.#track.write(bitmap, frame.timestamp)
      } catch (error) {
        log('warn', `a screencast frame could not be decoded: ${reasonOf(error)}`)
      }
    }
    this.#busy = false
  }

  #take(): { data: string; timestamp: number } | null {
    const next = this.#closed ? null : this.#next
    this.#next = null
    return next
  }
}

export function decodeJpeg(base64: string): Promise<ImageBitmap> {
  const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0))
  return createImageBitmap(new Blob([bytes], { type: 'image/jpeg' }))
}
