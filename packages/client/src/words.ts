/**
 * What a view says about itself, in words: who drives, what lies over a picture that is not the present, and the
 * one button that changes who drives. Pure, from the snapshot; React components, `<tandem-view>` and the dashboard
 * share it, so that a state reads the same everywhere.
 */
import type { LiveSnapshot } from './types.ts'

export interface DriverDescription {
  /** `you` holds the wheel in this very view. */
  kind: 'agent' | 'you' | 'human' | 'both' | 'nobody' | 'unknown'
  /** For people: `Agent`, `You`, the name of whoever drives. */
  name: string
  /** A control change is under way. */
  changing: 'taking' | 'handing-back' | null
  /** The agents that are there answer nothing any more. */
  silent?: boolean
}

/** Who drives, in words. */
export function describeDriver({ control, holding, me, viewers }: Pick<LiveSnapshot, 'control' | 'holding' | 'me' | 'viewers'>): DriverDescription {
  if (control === null) return { kind: 'unknown', name: '', changing: null }
  const { driver, state } = control
  const taking = state === 'takeover-queued' || state === 'takeover-pending'
  const changing = taking ? 'taking' : state === 'handback-queued' || state === 'handback-pending' ? 'handing-back' : null
  switch (driver.kind) {
    case 'agent': {
      const agents = viewers.filter((viewer) => viewer.kind === 'agent')
      const silent = agents.length > 0 && agents.every((agent) => agent.silent)
      return { kind: 'agent', name: agents.length === 1 ? (agents[0]?.name ?? 'Agent') : 'Agent', changing, ...(silent ? { silent } : {}) }
    }
    case 'human':
      return holding || driver.client_id === me?.id ? { kind: 'you', name: 'You', changing } : { kind: 'human', name: driver.name, changing }
    case 'both':
      return { kind: 'both', name: 'Agent and people', changing }
    case 'nobody':
      return { kind: 'nobody', name: 'Nobody', changing }
  }
}

const DRIVES = { agent: ' drives', human: ' drives', you: ' drive', both: ' drive together', nobody: ' drives', unknown: '' }

/** `Ada drives`, `You drive`; empty until it is known. */
export const driverSentence = ({ name, kind, silent }: DriverDescription): string => `${name}${silent ? ' does not answer' : DRIVES[kind]}`

/** Who drives; while the agent waits for a person, what it asks for. */
export function whoSentence(snapshot: LiveSnapshot): string {
  const [asked] = snapshot.humanRequests
  return asked !== undefined && !snapshot.holding ? `The agent asks: ${asked.reason}` : driverSentence(describeDriver(snapshot))
}

export interface Sign {
  kind: 'connecting' | 'stalled' | 'ended' | 'hidden'
  title: string
  reason: string
}

const TITLES = { connecting: 'Connecting', stalled: 'The picture has stopped', ended: 'The view has ended' }
const REASONS = {
  connecting: 'Waiting for the first picture.',
  stalled: 'What you see is old. The view goes on by itself when frames arrive again.',
  ended: 'Nothing more will come on this connection.',
}
/** How a view ends that its viewer did not end. The reason under it comes from the server and says what to do. */
const ENDINGS: Record<string, string> = {
  'session/closed': 'This session is closed',
  'session/not-found': 'There is no such session',
  'session/server-lost': 'The server with this browser is gone',
  'session/viewer-limit': 'As many watch as may',
  'auth/invalid': 'This link does not work',
  'auth/kicked': 'Your watching was ended',
  'auth/used': 'This link was used already',
  'auth/revoked': 'This link was withdrawn',
  'auth/expired': 'This link has expired',
  'auth/origin': 'This page may not show it',
}

const PLAINLY: Record<string, string> = {
  'auth/missing': 'You are not signed in any more.',
  'auth/revoked': 'Ask the owner of the session for a new one.',
  'auth/invalid': 'It may be cut off, or from another server. Ask for a new one.',
}

/** The sign over the picture whenever it is not the present; null while it is. */
export function describeSign({ status, reason, code, blanked }: Pick<LiveSnapshot, 'status' | 'reason' | 'code' | 'blanked'>): Sign | null {
  if (status === 'live') return blanked === null ? null : { kind: 'hidden', title: 'Hidden for privacy', reason: blanked }
  const title = (code !== null && ENDINGS[code]) || TITLES[status]
  // The error's own words are for whoever writes a client, and may begin with what the title says.
  const why = (code !== null && PLAINLY[code]) || reason
  const said = why?.startsWith(`${title}. `) ? why.slice(title.length + 2) : why
  return { kind: status, title, reason: said ?? REASONS[status] }
}

export interface ControlOffer {
  action: 'take' | 'request' | 'hand-back'
  label: string
  enabled: boolean
}

/** What this viewer can do about control now; null where there is no wheel to take. */
export function describeOffer(
  snapshot: Pick<LiveSnapshot, 'control' | 'holding' | 'me' | 'viewers' | 'mayControl' | 'status' | 'session'>,
): ControlOffer | null {
  const { holding, mayControl, status, control, me, session } = snapshot
  if (holding) return { action: 'hand-back', label: 'Hand back', enabled: true }
  if (!mayControl || status === 'ended' || session?.mode === 'ai' || session?.mode === 'shared') return null
  const driver = describeDriver(snapshot)
  if (driver.kind === 'human') {
    const asked = control?.requests.some((request) => request.client_id === me?.id) ?? false
    return { action: 'request', label: asked ? 'Asked for control' : 'Ask for control', enabled: !asked }
  }
  const changing = driver.changing
  return { action: 'take', label: changing === 'taking' ? 'Asking…' : 'Take control', enabled: changing === null && status === 'live' }
}

/** The four words of a connection, for embedding pages. */
export type ConnectionState = 'connecting' | 'connected' | 'disconnected' | 'failed'

export function connectionState({ status }: Pick<LiveSnapshot, 'status'>): ConnectionState {
  return ({ connecting: 'connecting', live: 'connected', stalled: 'disconnected', ended: 'failed' } as const)[status]
}

export const CONNECTION_WORDS: Record<ConnectionState, string> = {
  connecting: 'Connecting…',
  connected: 'Live stream',
  disconnected: 'Disconnected',
  failed: 'Ended',
}
