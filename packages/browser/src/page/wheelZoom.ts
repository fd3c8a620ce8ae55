/** Ctrl and wheel in a frame: a page that handles them keeps them, else they zoom. A part of watchPage.ts, sent as text with it. */
import type { Say } from './message.ts'

/** Answers with a switch: a listener that may stop a wheel makes every wheel wait for the page, so it is there only while somebody zooms. */
export function wheelZoom(say: Say): (on: boolean) => void {
  const options = { passive: false }
  const late = (event: WheelEvent): void => {
    // A page that stopped the last one on its way up left this behind for any wheel.
    if (event.defaultPrevented || !event.ctrlKey) return
    // Chromium would scroll.
    event.preventDefault()
    say({ type: 'zoom', deltaY: event.deltaY })
  }
  // The page's own listeners come first, so this one is added last of all.
  const early = (event: WheelEvent): void => {
    if (event.ctrlKey) addEventListener('wheel', late, { ...options, once: true })
  }
  return (on) => {
    removeEventListener('wheel', late)
    removeEventListener('wheel', early, { capture: true })
    if (on) addEventListener('wheel', early, { ...options, capture: true })
  }
}
