/**
 * From a point on the viewer's screen to the page: through the letterbox of `object-fit: contain`, and where the frame
 * that is shown has other proportions than the page (it is of a moment before, or after) through the bars in it, to pixels
 * of the page's layout. Of the frame only the proportions count: an encoder may lower its size. Pure.
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

/** Where the page lies in the box that shows this frame; null: of the page's own proportions. */
export function pageIn(box: Box, page: Size, frame: Size | null): Box {
  return fit(frame && frame.width > 0 && frame.height > 0 ? fit(box, frame) : box, page)
}

function fit(box: Box, page: Size): Box {
  const scale = Math.min(box.width / page.width, box.height / page.height)
  const width = page.width * scale
  const height = page.height * scale
  return { left: box.left + (box.width - width) / 2, top: box.top + (box.height - height) / 2, width, height }
}

export function toPage(clientX: number, clientY: number, box: Box, page: Size, frame: Size | null): PagePoint {
  const picture = pageIn(box, page, frame)
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
export function fromPage(x: number, y: number, box: Box, page: Size, frame: Size | null): { left: number; top: number } {
  const picture = pageIn(box, page, frame)
  return { left: picture.left + (x / page.width) * picture.width, top: picture.top + (y / page.height) * picture.height }
}

function round(value: number): number {
  return Math.round(value * 100) / 100
}
