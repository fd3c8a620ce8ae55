/** The shape of the cursor over a point of the page, as Chromium would draw it. */
import type { Point } from './message.ts'

/** Serialised with watchPage.ts: nothing outside of it may be used. */
export function cursorOver(element: Element, { x, y }: Point): string {
  const isText = (): boolean => {
    if (getComputedStyle(element).userSelect === 'none') return false
    const root = element.getRootNode()
    const node = document.caretPositionFromPoint(x, y, { shadowRoots: root instanceof ShadowRoot ? [root] : [] })?.offsetNode
    if (node?.nodeType !== Node.TEXT_NODE) return false
    const range = document.createRange()
    range.selectNodeContents(node)
    return [...range.getClientRects()].some((rect) => x >= rect.left && x <= rect.right && y >= rect.top && y <= rect.bottom)
  }
  // Of a list with pictures the last word counts: a picture would be fetched by the viewer.
  const style = getComputedStyle(element).cursor.split(',').at(-1)?.trim() ?? 'auto'
  if (style !== 'auto') return style
  const editable = element instanceof HTMLElement && element.isContentEditable
  return editable || isText() ? 'text' : 'default'
}
