/**
 * From a point on the viewer's screen to the page: through the letterbox of `object-fit: contain` to CSS
 * pixels of the session's viewport. Never through `video.videoWidth`, which an encoder may lower. Pure.
 */
export interface Box {
  left: number
  top: number
  width: number
  height: number
}

export interface Size {
  width: number
  height: number
}

export interface PagePoint {
  x: number
  y: number
  /** False in the bars beside the picture. */
  inside: boolean
}

/** Where the picture lies in its box. */
export function pictureIn(box: Box, page: Size): Box {
  const scale = Math.min(box.width / page.width, box.height / page.height)
  const width = page.width * scale
  const height = page.height * scale
  return { left: box.left + (box.width - width) / 2, top: box.top + (box.height - height) / 2, width, height }
}

export function toPage(clientX: number, clientY: number, box: Box, page: Size): PagePoint {
  const picture = pictureIn(box, page)
  if (picture.width <= 0 || picture.height <= 0) return { x: 0, y: 0, inside: false }
  const x = ((clientX - picture.left) / picture.width) * page.width
  const y = ((clientY - picture.top) / picture.height) * page.height
  const inside = x >= 0 && y >= 0 && x < page.width && y < page.height
  return { x: round(x), y: round(y), inside }
}

/** Keeps a point within reach of the page: a drag may leave it (selecting scrolls then), by at most the page's own size. */
export function clampPoint({ x, y }: { x: number; y: number }, page: Size): { x: number; y: number } {
  return { x: Math.min(Math.max(x, -page.width), 2 * page.width), y: Math.min(Math.max(y, -page.height), 2 * page.height) }
}

/** From the page to the box of the overlay, for the agent's pointer. */
export function fromPage(x: number, y: number, box: Box, page: Size): { left: number; top: number } {
  const picture = pictureIn(box, page)
  return { left: picture.left + (x / page.width) * picture.width, top: picture.top + (y / page.height) * picture.height }
}

function round(value: number): number {
  return Math.round(value * 100) / 100
}
