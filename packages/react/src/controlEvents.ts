/** Tells an embedding page what the holder does in the picture; the input itself travels through the LiveView. */
import { useEffect } from 'react'
import type { RefObject } from 'react'

export interface ControlEvent {
  type: 'click' | 'move' | 'scroll' | 'key'
  /** CSS pixels of the page's viewport. */
  x?: number
  y?: number
  key?: string
  deltaY?: number
}

export function useControlEvents(
  host: RefObject<HTMLElement | null>,
  viewport: { width: number; height: number },
  active: boolean,
  onControl: ((event: ControlEvent) => void) | undefined,
): void {
  const { width, height } = viewport
  useEffect(() => {
    const element = host.current
    if (element === null || !active || onControl === undefined) return
    const undo = new AbortController()
    const options = { capture: true, passive: true, signal: undo.signal }
    const at = (event: MouseEvent): { x: number; y: number } => {
      const box = element.getBoundingClientRect()
      return { x: ((event.clientX - box.x) / box.width) * width, y: ((event.clientY - box.y) / box.height) * height }
    }
    element.addEventListener('pointerdown', (event) => onControl({ type: 'click', ...at(event) }), options)
    element.addEventListener('pointermove', (event) => onControl({ type: 'move', ...at(event) }), options)
    element.addEventListener('wheel', (event) => onControl({ type: 'scroll', ...at(event), deltaY: event.deltaY }), options)
    element.addEventListener('keydown', (event) => onControl({ type: 'key', key: event.key }), options)
    return () => undo.abort()
  }, [host, width, height, active, onControl])
}
