import { useEffect, useState } from 'react'
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
  useEffect(() => {
    if (url === null) return
    // Made in the effect: a LiveView owns a socket, and strict mode renders without mounting.
    const made = new LiveView({ url, name, audio, transport, quality })
    setView(made)
    return () => {
      setView(null)
      made.close()
    }
    // A new name renames in place (viewer.rename); transport and quality follow below.
    // eslint-disable-next-line react/exhaustive-deps
  }, [url, audio])
  useEffect(() => view?.setTransport(transport), [view, transport])
  useEffect(() => view?.setQuality(quality), [view, quality])
  return view
}
