import { useEffect, useEffectEvent } from 'react'
import type { RefObject } from 'react'
import { InputCapture, sendInputEvent } from '@tandem/client/rooms'
import type { AgentSessionRoom } from '@tandem/client/rooms'

export interface UseInputCaptureOptions {
  /** Shows the picture with `object-fit: contain`. */
  element: RefObject<HTMLElement | null>
  room: AgentSessionRoom['room']
  /** Of the remote page, CSS pixels: `viewport` of the session. Never the video's own size, which the SFU may change. */
  frame: { width: number; height: number }
  /** Default `touch`: mouse and wheel become fingers. `mouse` for desktop pages. */
  mode?: 'touch' | 'mouse'
  /** This page may steer now; nothing is sent otherwise. */
  enabled: boolean
  /** Of the right to steer: a gesture that began under another one does not go on. */
  epoch?: unknown
  /** Why something was not sent: the channel is full, the room is gone. */
  onError?: (error: unknown) => void
}

/** Pointer, wheel and keys over an element go to the page in the room. */
export function useInputCapture({ element, room, frame, mode = 'touch', enabled, epoch, onError }: UseInputCaptureOptions): void {
  const current = useEffectEvent(() => ({ frame, enabled, epoch }))
  const failed = useEffectEvent((error: unknown) => onError?.(error))
  useEffect(() => {
    if (element.current === null || !enabled) return
    const capture = new InputCapture({
      element: element.current,
      mode,
      frame: () => current().frame,
      canSend: () => current().enabled,
      epoch: () => current().epoch,
      send: (event, options) => void sendInputEvent(room, event, options).catch((error: unknown) => failed(error)),
    })
    return () => capture.close()
  }, [element, room, mode, enabled])
}
