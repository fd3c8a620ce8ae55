/**
 * Has thumbnails made of the screencast's own frames, where viewers see nothing else: the capture page makes one small,
 * every few seconds and of how the page came to rest. Without a capture page there is none. Used by pictureSource.ts.
 */
const EVERY_MS = 3_000

interface Frame {
  /** JPEG, base64. */
  data: string
  /** ms since the epoch. */
  at: number
}

export class ThumbnailFeed {
  readonly #shrink: (frame: Frame) => void
  #timer: NodeJS.Timeout | null = null
  /** Came while the last one was too fresh. */
  #waiting: Frame | null = null

  constructor(shrink: (frame: Frame) => void) {
    this.#shrink = shrink
  }

  see(frame: Frame): void {
    if (this.#timer) this.#waiting = frame
    else this.#make(frame)
  }

  /** Nobody watches, or another tab is shown: its first frame is made small. */
  reset(): void {
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = null
    this.#waiting = null
  }

  #make(frame: Frame): void {
    this.#waiting = null
    this.#shrink(frame)
    this.#timer = setTimeout(() => {
      this.#timer = null
      if (this.#waiting) this.#make(this.#waiting)
    }, EVERY_MS)
  }
}
