/** In and out of the picture with the keyboard alone: in it every key, Tab included, belongs to the page. */
import { useEffect, useRef } from 'react'
import type { ReactNode } from 'react'
import { useSession } from './context.ts'

const DOUBLE_ESCAPE_MS = 400

/** A stop of the Tab key that is seen only while it has the focus. Escape twice in the picture comes back to it. */
export function KeyboardDoor(): ReactNode {
  const { snapshot, view } = useSession()
  const door = useRef<HTMLButtonElement>(null)
  const { steering } = snapshot
  useEffect(() => {
    if (!steering) return
    let escapedAt = -Infinity
    const onKeyDown = (event: KeyboardEvent): void => {
      const inPicture = event.target instanceof Element && event.target.closest('.tandem-host') !== null
      if (!inPicture || event.key !== 'Escape' || event.repeat) return
      if (event.timeStamp - escapedAt < DOUBLE_ESCAPE_MS) queueMicrotask(() => door.current?.focus())
      escapedAt = event.timeStamp
    }
    // In the capture phase, because the picture keeps its keys to itself. The page gets both Escapes all the same.
    document.addEventListener('keydown', onKeyDown, { capture: true })
    return () => document.removeEventListener('keydown', onKeyDown, { capture: true })
  }, [steering])
  if (!steering) return null
  return (
    <button
      ref={door}
      type="button"
      data-action="type"
      onClick={() => view.focusKeyboard()}
      className="sr-only focus-visible:not-sr-only focus-visible:absolute focus-visible:top-3 focus-visible:left-1/2 focus-visible:z-10 focus-visible:-translate-x-1/2 focus-visible:rounded-full focus-visible:bg-raised focus-visible:px-3.5 focus-visible:py-1.5 focus-visible:font-medium focus-visible:shadow-pop"
    >
      Type in the page <span className="font-normal text-muted">Esc twice to leave it</span>
    </button>
  )
}
