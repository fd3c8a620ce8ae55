/**
 * Reads pixels out of what a viewer receives; runs in the viewer page. Three sources: frames of a received
 * track (as soon as they are decoded), frames of a <video> when they are shown, and a canvas.
 * Positions are pixels of the 1280x720 page, whatever size the picture has. Knows nothing of players.
 */
export const PAGE_WIDTH = 1280
export const PAGE_HEIGHT = 720

/** Part of the page, in its pixels. */
export interface Region {
  x: number
  y: number
  width: number
  height: number
}

/** Luminance (0-255) at a position of the page, within the region that was asked for. */
export type Luma = (x: number, y: number) => number

/** What a tap calls for each frame: when it was there (wall clock, ms, with fractions), and its pixels. */
export type OnFrame = (at: number, luma: Luma) => void

/** Wall clock with fractions of a millisecond. */
export function wallClock(sinceOrigin = performance.now()): number {
  return performance.timeOrigin + sinceOrigin
}

// Chromium has this in windows too; the DOM library of TypeScript knows it in workers only.
declare const MediaStreamTrackProcessor: new (init: { track: MediaStreamTrack }) => { readable: ReadableStream<VideoFrame> }

/** The luminance of a part of a frame. Only the planes of that part are copied. */
export async function frameLuma(frame: VideoFrame, region: Region): Promise<Luma> {
  const visible = frame.visibleRect
  if (!visible || (frame.format !== 'I420' && frame.format !== 'NV12')) throw new Error(`Frames of format ${String(frame.format)} cannot be read.`)
  const scaleX = visible.width / PAGE_WIDTH
  const scaleY = visible.height / PAGE_HEIGHT
  // Chroma planes have half the size: the copied part starts and ends at even pixels.
  const x = Math.floor((region.x * scaleX) / 2) * 2
  const y = Math.floor((region.y * scaleY) / 2) * 2
  const width = Math.min(Math.ceil((region.width * scaleX) / 2) * 2, (visible.width - x) & ~1)
  const height = Math.min(Math.ceil((region.height * scaleY) / 2) * 2, (visible.height - y) & ~1)
  const rect = { x: visible.x + x, y: visible.y + y, width, height }
  const pixels = new Uint8Array(frame.allocationSize({ rect }))
  const [plane] = await frame.copyTo(pixels, { rect })
  if (!plane) throw new Error('A frame without planes.')
  return (atX, atY) => pixels[plane.offset + Math.floor(atY * scaleY - y) * plane.stride + Math.floor(atX * scaleX - x)] ?? Number.NaN
}

/** Every decoded frame of a track, at the moment in which the page gets it. Returns the stop. */
export function tapTrack(track: MediaStreamTrack, region: Region, onFrame: OnFrame): () => void {
  const reader = new MediaStreamTrackProcessor({ track }).readable.getReader()
  let stopped = false
  const pump = async (): Promise<void> => {
    for (;;) {
      const { value: frame, done } = await reader.read()
      if (done) return
      const at = wallClock()
      try {
        if (!stopped) onFrame(at, await frameLuma(frame, region))
      } finally {
        frame.close()
      }
    }
  }
  void pump().catch((error: unknown) => console.error(`tap: ${String(error)}`))
  return () => {
    stopped = true
    void reader.cancel()
  }
}

/** Every frame of a video element that reaches the screen, at the time for which it is expected there. Returns the stop. */
export function tapShown(video: HTMLVideoElement, region: Region, onFrame: OnFrame): () => void {
  let handle = 0
  let stopped = false
  const next = (_now: number, metadata: VideoFrameCallbackMetadata): void => {
    if (stopped) return
    handle = video.requestVideoFrameCallback(next)
    const frame = new VideoFrame(video)
    const at = wallClock(metadata.expectedDisplayTime)
    void frameLuma(frame, region)
      .then((luma) => {
        if (!stopped) onFrame(at, luma)
      })
      .finally(() => frame.close())
  }
  handle = video.requestVideoFrameCallback(next)
  return () => {
    stopped = true
    video.cancelVideoFrameCallback(handle)
  }
}

/** The luminance of a part of a decoded bitmap. */
export function bitmapLuma(bitmap: ImageBitmap, region: Region, scratch: OffscreenCanvas): Luma {
  const scaleX = bitmap.width / PAGE_WIDTH
  const scaleY = bitmap.height / PAGE_HEIGHT
  const x = Math.floor(region.x * scaleX)
  const y = Math.floor(region.y * scaleY)
  const width = Math.max(1, Math.ceil(region.width * scaleX))
  const height = Math.max(1, Math.ceil(region.height * scaleY))
  if (scratch.width !== width || scratch.height !== height) Object.assign(scratch, { width, height })
  const context = scratch.getContext('2d', { willReadFrequently: true })
  if (!context) throw new Error('No canvas context.')
  context.drawImage(bitmap, -x, -y)
  const { data } = context.getImageData(0, 0, width, height)
  return (atX, atY) => {
    const at = (Math.floor(atY * scaleY - y) * width + Math.floor(atX * scaleX - x)) * 4
    return ((data[at] ?? 0) + (data[at + 1] ?? 0) + (data[at + 2] ?? 0)) / 3
  }
}
