/** Full screen: the browser's own where there is one (not on an iPhone), the whole page otherwise. */
import { useEffect, useState } from 'react'

export interface FullScreen {
  on: boolean
  toggle: () => void
}

export function useFullScreen(): FullScreen {
  const [on, setOn] = useState(false)
  useEffect(() => {
    // Escape leaves the browser's full screen without asking us.
    const change = (): void => setOn(document.fullscreenElement !== null)
    document.addEventListener('fullscreenchange', change)
    return () => {
      document.removeEventListener('fullscreenchange', change)
      if (document.fullscreenElement !== null) void document.exitFullscreen()
    }
  }, [])
  const toggle = (): void => {
    const next = !on
    setOn(next)
    // Popovers and dialogs live at the end of the body: the whole document goes, not one element.
    if (next) document.documentElement.requestFullscreen?.().catch(() => {})
    else if (document.fullscreenElement !== null) document.exitFullscreen().catch(() => {})
  }
  return { on, toggle }
}
