/** A LiveKit server in words: whether it can be used, and how much is on it. Pure. */
import type { Node } from '@tandem/client'

export interface NodeState {
  label: string
  tone: 'good' | 'warn' | 'bad' | 'plain'
}

/** One word for a list: what an operator does something about comes first. */
export function stateOf({ connected, has_livekit, state, sessions }: Pick<Node, 'connected' | 'has_livekit' | 'state' | 'sessions'>): NodeState {
  if (!has_livekit) return { label: 'No LiveKit yet', tone: 'warn' }
  if (!connected) return { label: 'Down', tone: 'bad' }
  if (state === 'draining') return sessions === 0 ? { label: 'Drained', tone: 'warn' } : { label: 'Draining', tone: 'warn' }
  return state === 'cordoned' ? { label: 'Cordoned', tone: 'warn' } : { label: 'In use', tone: 'good' }
}

export const SOURCES: Record<Node['source'], string> = {
  own: 'Started by this server',
  environment: 'Named by LIVEKIT_URL',
  registered: 'Registered',
}

const count = (number: number, what: string): string => `${number} ${what}${number === 1 ? '' : 's'}`

/** A session's browser is a participant of its room too. */
export const loadOf = ({ sessions, participants }: Pick<Node, 'sessions' | 'participants'>): string =>
  `${count(sessions, 'session')}, ${count(participants, 'participant')}`

/** The server's reasons are parts of sentences. */
export const sentence = (words: string): string => `${words.charAt(0).toUpperCase()}${words.slice(1)}${/[.!?]$/.test(words) ? '' : '.'}`
