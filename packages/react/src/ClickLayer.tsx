/** Where somebody pressed in a screenshot: a ripple and the coordinates, in CSS pixels of the page. It only watches: the press goes on to whoever drives. */
import { useEffect, useEffectEvent, useState } from 'react'
import type { ReactNode, RefObject } from 'react'

interface Click {
  id: number
  x: number
  y: number
  /** Parts of the picture's size. */
  left: number
  top: number
}

interface ClickLayerProps {
  host: RefObject<HTMLElement | null>
  /** Null until the session has told it: then no point can be named. */
  viewport: { width: number; height: number } | null
  onClick: ((x: number, y: number) => void) | undefined
}

const SHOWN_MS = 1_800

export function ClickLayer({ host, viewport, onClick }: ClickLayerProps): ReactNode {
  const [click, setClick] = useState<Click | null>(null)
  const pressed = useEffectEvent((event: PointerEvent) => {
    const box = host.current?.getBoundingClientRect()
    if (box === undefined || viewport === null || event.button !== 0) return
    const left = (event.clientX - box.x) / box.width
    const top = (event.clientY - box.y) / box.height
    if (left < 0 || top < 0 || left >= 1 || top >= 1) return
    const x = Math.floor(left * viewport.width)
    const y = Math.floor(top * viewport.height)
    setClick({ id: event.timeStamp, x, y, left, top })
    onClick?.(x, y)
  })
  useEffect(() => {
    const element = host.current
    const undo = new AbortController()
    element?.addEventListener('pointerdown', pressed, { capture: true, passive: true, signal: undo.signal })
    return () => undo.abort()
  }, [host])
  useEffect(() => {
    if (click === null) return
    const timer = setTimeout(() => setClick(null), SHOWN_MS)
    return () => clearTimeout(timer)
  }, [click])
  if (click === null) return null
  const { id, left, top, x, y } = click
  return (
    <div
      key={id}
      className="tandem-click"
      style={{ left: `${left * 100}%`, top: `${top * 100}%` }}
      data-left={left > 0.8 ? '' : undefined}
      data-up={top > 0.85 ? '' : undefined}
      role="status"
    >
      <span>
        {x}, {y}
      </span>
    </div>
  )
}
