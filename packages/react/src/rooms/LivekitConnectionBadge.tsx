import type { ReactNode } from 'react'
import type { LivekitConnectionState } from '@tandem/client/rooms'
import { applyStyles } from '../styles.ts'

const WORDS: Record<LivekitConnectionState['kind'], string> = {
  idle: 'Not connected',
  connecting: 'Connecting…',
  connected: 'Live',
  reconnecting: 'Reconnecting…',
  disconnected: 'Disconnected',
  error: 'No connection',
}

interface LivekitConnectionBadgeProps {
  state: LivekitConnectionState
  /** Shown beside the word while it is known; see useLatencyPing. */
  rttMs?: number | null
  /** Why the picture is not live though the room is connected, as `stalled` of the room's snapshot. */
  stalled?: string | null
}

/** The connection to a room in a word and a dot; why it failed, or shows nothing new, is its title. */
export function LivekitConnectionBadge({ state, rttMs = null, stalled = null }: LivekitConnectionBadgeProps): ReactNode {
  applyStyles()
  const old = state.kind === 'connected' && stalled !== null
  const why = state.kind === 'error' ? state.message : old ? stalled : undefined
  return (
    <span className="tandem-badge" role="status" data-kind={old ? 'stalled' : state.kind} title={why}>
      {old ? 'Stalled' : WORDS[state.kind]}
      {state.kind === 'connected' && rttMs !== null && <span>{Math.round(rttMs)} ms</span>}
    </span>
  )
}
