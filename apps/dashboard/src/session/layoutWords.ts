/** How a page is laid out that is not as its session was made: agents set sizes of their own, people zoom. */
import type { AgentSession } from '@tandem/client'

/** A zoomed page is laid out in whole pixels. */
const ROUNDING_PX = 1

/** Null: as the session was made. */
export function layoutWords({ viewport, own_viewport: own }: Pick<AgentSession, 'viewport' | 'own_viewport'>): { short: string; long: string } | null {
  const size = `${viewport.width} × ${viewport.height}`
  if (viewport.width === own.width && viewport.height === own.height) {
    if (viewport.touch === own.touch) return null
    return {
      short: viewport.touch ? 'Touch' : 'No touch',
      long: viewport.touch ? 'An agent has turned touch on for the page.' : 'An agent has turned touch off for the page.',
    }
  }
  const zoom = viewport.scale / own.scale
  const isZoom = Math.abs(viewport.width * zoom - own.width) <= ROUNDING_PX * zoom && Math.abs(viewport.height * zoom - own.height) <= ROUNDING_PX * zoom
  if (isZoom)
    return { short: `${Math.round(zoom * 100)} %`, long: `Zoomed with Ctrl and the wheel: the page is ${size}. Turn it back, or hand back, to undo it.` }
  return { short: size, long: `An agent has set the page to ${size}; the session is ${own.width} × ${own.height}, and the page again when the agent leaves.` }
}
