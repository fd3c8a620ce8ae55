/** The size of the frame that an element shows; null before the first one. */
import type { Size } from './geometry.ts'

export function frameSize(element: Element | null): Size | null {
  if (element instanceof HTMLVideoElement) return element.videoWidth > 2 ? { width: element.videoWidth, height: element.videoHeight } : null
  return element instanceof HTMLCanvasElement ? { width: element.width, height: element.height } : null
}
