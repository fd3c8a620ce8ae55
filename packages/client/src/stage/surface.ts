/**
 * What shows the picture inside a stage: a video element for each stream, a canvas for painted frames, one above the
 * other, of which one is seen. Which one the picture prefers is told; it is seen as soon as it has a frame, and until
 * then what was seen before stays. Knows DOM elements alone. Neighbour: stage.ts.
 */
import type { Transport } from '@tandem/protocol'
import type { PaintedFrame, VideoStream } from '../players/player.ts'

interface Playing {
  video: HTMLVideoElement
  /** It has shown a frame. */
  ready: boolean
}

export class Surface {
  readonly #parent: HTMLElement
  readonly #onVideoFrame: (source: VideoStream, now: number, metadata: VideoFrameCallbackMetadata) => void
  #preferred: Transport | null = null
  readonly #playing = new Map<Transport, Playing>()
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
    if (this.#preferred === null) return false
    return STREAMED.includes(this.#preferred) ? (this.#playing.get(this.#preferred)?.ready ?? false) : this.#canvas !== null
  }

  prefer(transport: Transport): void {
    this.#preferred = transport
    this.#settle()
  }

  /** Makes ready for the stream of a rung; null: it is gone, and its last picture stays until there is another. */
  show(transport: Transport, source: VideoStream | null): void {
    const before = this.#playing.get(transport)?.video
    this.#playing.delete(transport)
    if (source === null) {
      if (before && !before.classList.contains('next') && before.videoWidth > 2) this.#freeze(before)
      else if (before?.classList.contains('next')) discard(before)
      return
    }
    // Another stream of the same rung: what is seen of the one before stays until this one shows.
    if (before?.classList.contains('next')) discard(before)
    const video = this.#parent.ownerDocument.createElement('video')
    video.muted = true
    video.autoplay = true
    video.playsInline = true
    video.disablePictureInPicture = true
    video.className = 'next'
    video.srcObject = source.stream
    this.#parent.prepend(video)
    const playing: Playing = { video, ready: false }
    this.#playing.set(transport, playing)
    const current = (): boolean => this.#playing.get(transport) === playing
    const ready = (): void => {
      if (!current()) return
      playing.ready = true
      this.#settle()
    }
    if (typeof video.requestVideoFrameCallback === 'function') {
      const onFrame = (now: number, metadata: VideoFrameCallbackMetadata): void => {
        if (this.#closed || !current()) return
        video.requestVideoFrameCallback(onFrame)
        // Before the first packet Chromium shows a black picture of two pixels: it is not the page's.
        if (metadata.width <= 2) return
        this.#onVideoFrame(source, now, metadata)
        if (!playing.ready) ready()
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
    this.#playing.clear()
    this.#canvas = this.#context = null
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
    if (!this.ready || this.#preferred === null) return
    const chosen = this.#playing.get(this.#preferred)?.video
    const streams = [...this.#playing.values()].map(({ video }) => video)
    for (const video of this.#parent.querySelectorAll('video')) {
      if (video === chosen) video.classList.remove('next')
      // The elements of streams that go on stay ready: their rungs may be shown again.
      else if (streams.includes(video)) video.classList.add('next')
      else discard(video)
    }
    if (!chosen) return this.#canvas?.classList.remove('next')
    this.#canvas?.remove()
    this.#canvas = this.#context = null
  }
}

/** Rungs whose picture is a stream for a video element; all others paint. */
const STREAMED: readonly Transport[] = ['webrtc', 'room']

function discard(video: HTMLVideoElement): void {
  video.srcObject = null
  video.remove()
}
