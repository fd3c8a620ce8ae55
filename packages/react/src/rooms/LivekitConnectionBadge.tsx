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
}

/** The connection to a room in a word and a dot; why it failed is its title. */
export function LivekitConnectionBadge({ state, rttMs = null }: LivekitConnectionBadgeProps): ReactNode {
  applyStyles()
  return (
    <span className="tandem-badge" role="status" data-kind={state.kind} title={state.kind === 'error' ? state.message : undefined}>
      {WORDS[state.kind]}
      {state.kind === 'connected' && rttMs !== null && <span>{Math.round(rttMs)} ms</span>}
    </span>
  )
}
