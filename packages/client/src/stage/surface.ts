/**
 * What shows the picture inside a stage: a video element for streams, a canvas for painted frames, one above the
 * other, of which one is seen. Which one the picture prefers is told; it is seen as soon as it has a frame, and until
 * then what was seen before stays. Knows DOM elements alone. Neighbour: stage.ts.
 */
import type { PaintedFrame, VideoStream } from '../players/player.ts'

export type SurfaceKind = 'video' | 'canvas'

export class Surface {
  readonly #parent: HTMLElement
  readonly #onVideoFrame: (source: VideoStream, now: number, metadata: VideoFrameCallbackMetadata) => void
  #preferred: SurfaceKind | null = null
  #video: HTMLVideoElement | null = null
  #videoReady = false
  #canvas: HTMLCanvasElement | null = null
  #context: CanvasRenderingContext2D | null = null
  #closed = false

  constructor(parent: HTMLElement, onVideoFrame: (source: VideoStream, now: number, metadata: VideoFrameCallbackMetadata) => void) {
    this.#parent = parent
    this.#onVideoFrame = onVideoFrame
  }

  /** The element that is seen; null before the first frame. */
  get element(): HTMLVideoElement | HTMLCanvasElement | null {
    return this.#parent.querySelector<HTMLVideoElement | HTMLCanvasElement>('video:not(.next), canvas:not(.next)')
  }

  /** What the picture prefers is seen. */
  get ready(): boolean {
    return this.#preferred === 'canvas' ? this.#canvas !== null : this.#videoReady
  }

  prefer(kind: SurfaceKind): void {
    this.#preferred = kind
    this.#settle()
  }

  /** Makes ready for a stream; null: it is gone, and its last picture stays until there is another. */
  show(source: VideoStream | null): void {
    if (source === null) {
      const before = this.#video
      if (before && !before.classList.contains('next') && before.videoWidth > 2) this.#freeze(before)
      else if (before?.classList.contains('next')) discard(before)
      this.#video = null
      this.#videoReady = false
      return
    }
    const video = this.#parent.ownerDocument.createElement('video')
    video.muted = true
    video.autoplay = true
    video.playsInline = true
    video.disablePictureInPicture = true
    video.className = 'next'
    video.srcObject = source.stream
    this.#parent.prepend(video)
    this.#video = video
    this.#videoReady = false
    const ready = (): void => {
      if (this.#video !== video) return
      this.#videoReady = true
      this.#settle()
    }
    if (typeof video.requestVideoFrameCallback === 'function') {
      const onFrame = (now: number, metadata: VideoFrameCallbackMetadata): void => {
        if (this.#closed || this.#video !== video) return
        video.requestVideoFrameCallback(onFrame)
        // Before the first packet Chromium shows a black picture of two pixels: it is not the page's.
        if (metadata.width <= 2) return
        this.#onVideoFrame(source, now, metadata)
        if (!this.#videoReady) ready()
      }
      video.requestVideoFrameCallback(onFrame)
    } else video.addEventListener('loadeddata', ready, { once: true })
    // Muted pictures may always play; a refusal only means that the element was taken away meanwhile.
    video.play().catch(() => {})
  }

  /** Draws at once, in device pixels; the style sheet fits it into the stage without stretching. */
  paint({ image, width, height }: PaintedFrame): void {
    const { canvas, context } = this.#drawing()
    if (canvas.width !== width || canvas.height !== height) {
      canvas.width = width
      canvas.height = height
    }
    context?.drawImage(image, 0, 0, width, height)
    this.#settle()
  }

  close(): void {
    this.#closed = true
    for (const video of this.#parent.querySelectorAll('video')) discard(video)
    this.#canvas?.remove()
    this.#video = this.#canvas = this.#context = null
  }

  /** A stream that ends takes its picture with it, so that is drawn where it stays. */
  #freeze(video: HTMLVideoElement): void {
    const { canvas, context } = this.#drawing()
    canvas.width = video.videoWidth
    canvas.height = video.videoHeight
    context?.drawImage(video, 0, 0)
    canvas.classList.remove('next')
    discard(video)
  }

  #drawing(): { canvas: HTMLCanvasElement; context: CanvasRenderingContext2D | null } {
    if (this.#canvas) return { canvas: this.#canvas, context: this.#context }
    const canvas = this.#parent.ownerDocument.createElement('canvas')
    canvas.className = 'next'
    this.#parent.prepend(canvas)
    this.#canvas = canvas
    this.#context = canvas.getContext('2d', { alpha: false })
    return { canvas, context: this.#context }
  }

  /** Swaps as soon as what is preferred has a frame. */
  #settle(): void {
    if (!this.ready) return
    if (this.#preferred === 'canvas') {
      this.#canvas?.classList.remove('next')
      for (const video of this.#parent.querySelectorAll('video')) {
        // The stream's own element stays ready: the peer may come back.
        if (video === this.#video) video.classList.add('next')
        else discard(video)
      }
    } else if (this.#preferred === 'video') {
      this.#video?.classList.remove('next')
      for (const video of this.#parent.querySelectorAll('video')) if (video !== this.#video) discard(video)
      this.#canvas?.remove()
      this.#canvas = this.#context = null
    }
  }
}

function discard(video: HTMLVideoElement): void {
  video.srcObject = null
  video.remove()
}
