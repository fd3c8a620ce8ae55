import { useEffect, useRef, useState } from 'react'
import { LiveView } from '@tandem/client'
import type { LiveViewOptions } from '@tandem/client'
import type { LiveHandle } from './liveHandle.ts'

export interface UseLiveViewOptions extends Pick<LiveViewOptions, 'name' | 'audio' | 'transport' | 'quality'> {
  /** ws(s)://…/live, may carry `?token=`; null: not yet. */
  url: string | null
}

/**
 * Connects while the component is mounted, and says goodbye when it goes. Name, transport and quality change in
 * place: they never cost the picture.
 *
 * @example
 * const view = useLiveView({ url: liveUrl(sessionId) })
 * return view === null ? null : <BrowserStreamView sessionId={sessionId} liveView={view} />
 */
export function useLiveView({ url, name, audio = true, transport = 'auto', quality = 'auto' }: UseLiveViewOptions): LiveHandle | null {
  const [view, setView] = useState<LiveHandle | null>(null)
  /** What the view goes by: it is told of changes alone, since others (a hybrid view) may have chosen otherwise since. */
  const told = useRef({ name, transport, quality })
  useEffect(() => {
    if (url === null) return
    // Made in the effect: a LiveView owns a socket, and strict mode renders without mounting.
    const made = new LiveView({ url, name, audio, transport, quality })
    told.current = { name, transport, quality }
    setView(made)
    return () => {
      setView(null)
      made.close()
    }
    // Name, transport and quality follow below, in place.
    // eslint-disable-next-line react/exhaustive-deps
  }, [url, audio])
  useEffect(() => {
    if (view === null) return
    const before = told.current
    told.current = { name, transport, quality }
    if (transport !== before.transport) view.setTransport(transport)
    if (quality !== before.quality) view.setQuality(quality)
    // Without a connection it is the next one that says it.
    if (name !== undefined && name !== before.name) view.rename(name).catch(() => {})
  }, [view, name, transport, quality])
  return view
}
