import { useCallback, useEffect, useEffectEvent, useState, useSyncExternalStore } from 'react'
import { AgentSessionRoom, connectionState, onConnectionState } from '@tandem/client/rooms'
import type { AgentSessionRoomSnapshot, LivekitConnectionState, LiveKitInfo } from '@tandem/client/rooms'

/**
 * Joins the room of a session while the component is mounted, with a fresh token each time; null before the first effect.
 *
 * @param key Of the session and the credential: another one joins another room.
 */
export function useAgentSessionRoom(getInfo: () => Promise<LiveKitInfo>, key: string): AgentSessionRoom | null {
  const [kept, setKept] = useState<AgentSessionRoom | null>(null)
  const info = useEffectEvent(getInfo)
  useEffect(() => {
    const made = new AgentSessionRoom(() => info())
    // Made in the effect: it owns a connection, and strict mode renders without mounting.
    // eslint-disable-next-line react/set-state-in-effect
    setKept(made)
    return () => {
      setKept(null)
      made.close()
    }
  }, [key])
  return kept
}

/** The room's snapshot; the component renders anew at each change of it. */
export function useRoomSnapshot(kept: AgentSessionRoom): AgentSessionRoomSnapshot {
  return useSyncExternalStore(kept.subscribe, () => kept.snapshot)
}

/** The connection of a livekit-client Room of the caller's own, for LivekitConnectionBadge. */
export function useLivekitConnection(room: AgentSessionRoom['room']): LivekitConnectionState {
  const subscribe = useCallback((listener: () => void) => onConnectionState(room, listener), [room])
  return useSyncExternalStore(subscribe, () => connectionState(room))
}
