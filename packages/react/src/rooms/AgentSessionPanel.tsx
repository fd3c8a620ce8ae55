/**
 * A session in any React page through its LiveKit room: picture, sound, connection, and the wheel one button away. Control
 * goes by REST, input by the room. Without a room, or for networks that reach no SFU: BrowserStreamView.
 */
import { useEffect, useEffectEvent, useRef, useState } from 'react'
import type { ReactNode } from 'react'
import { describeDriver, driverSentence, Tandem } from '@tandem/client'
import type { AgentSession } from '@tandem/client'
import type { AgentSessionRoom } from '@tandem/client/rooms'
import { Glyph } from '../Glyph.tsx'
import { Steering } from '../Steering.tsx'
import { applyStyles } from '../styles.ts'
import { LivekitConnectionBadge } from './LivekitConnectionBadge.tsx'
import { RoomPicture } from './RoomPicture.tsx'
import { useAgentSessionRoom, useRoomSnapshot } from './useAgentSessionRoom.ts'
import { useInputCapture } from './useInputCapture.ts'
import { useLatencyPing } from './useLatencyPing.ts'

export interface AgentSessionPanelProps {
  sessionId: string
  /** URL of the Tandem server; absent: where this page came from. */
  server?: string
  /** A session token with the role `view` or `control`; absent: the cookie of this origin. */
  token?: string
  /** What others see of whoever drives here. */
  name?: string
  className?: string
}

const LOOK_EVERY_MS = 5_000
const DEFAULT_FRAME = { width: 1280, height: 720 }

/**
 * @example
 * <AgentSessionPanel server="https://tandem.example.com" sessionId={id} token={token} />
 */
export function AgentSessionPanel({ sessionId, server, token, name, className }: AgentSessionPanelProps): ReactNode {
  const tandem = (): Tandem => new Tandem({ baseUrl: server ?? location.origin, token })
  const kept = useAgentSessionRoom(() => tandem().sessions.livekitToken(sessionId), JSON.stringify([server, sessionId, token]))
  applyStyles()
  return kept === null ? null : <Panel kept={kept} sessionId={sessionId} tandem={tandem()} name={name} className={className} />
}

interface PanelProps extends Pick<AgentSessionPanelProps, 'sessionId' | 'name' | 'className'> {
  kept: AgentSessionRoom
  tandem: Tandem
}

function Panel({ kept, sessionId, tandem, name, className }: PanelProps): ReactNode {
  const snapshot = useRoomSnapshot(kept)
  const { connection, driving, driver, identity, mayControl, audio, stalled } = snapshot
  const { session, look } = useSessionFacts(tandem, sessionId, `${connection.kind} ${driver}`)
  const { rttMs } = useLatencyPing(kept.room, mayControl && connection.kind === 'connected')
  const [muted, setMuted] = useState(true)
  const [expanded, setExpanded] = useState(false)
  const [error, setError] = useState<string | null>(null)
  const host = useRef<HTMLVideoElement>(null)
  // The room tells of a change at once.
  const viewport = snapshot.viewport ?? session?.viewport
  const frame = viewport ?? DEFAULT_FRAME
  const failed = (reason: unknown): void => setError(reason instanceof Error ? reason.message : String(reason))
  useInputCapture({
    element: host,
    room: kept.room,
    frame,
    mode: viewport?.touch === true ? 'touch' : 'mouse',
    enabled: driving && connection.kind === 'connected',
    epoch: session?.control.epoch,
    onError: failed,
  })
  const attempt = (action: Promise<unknown>): void => {
    setError(null)
    action.then(look, failed)
  }
  const who = describeDriver({ control: session?.control ?? null, holding: driving, me: null, viewers: [] })
  const kind = driving ? 'you' : who.kind
  const wheel = mayControl && session?.status === 'active' && session.mode !== 'ai' && connection.kind === 'connected'
  return (
    <div
      className={`tandem-view${className === undefined ? '' : ` ${className}`}`}
      data-connection={connection.kind}
      data-driver={kind}
      data-old={connection.kind === 'connected' && stalled === null ? undefined : ''}
      data-hidden={snapshot.hidden ? '' : undefined}
      data-expanded={expanded ? '' : undefined}
    >
      <RoomPicture snapshot={snapshot} host={host} frame={frame} muted={muted} steering={driving} />
      <div className="tandem-error" role="alert">
        {error}
      </div>
      <div className="tandem-bar" data-keep="">
        <LivekitConnectionBadge state={connection} rttMs={rttMs} stalled={stalled} />
        <div className="tandem-who" aria-live="polite">
          <span>{driving ? <Steering /> : driverSentence(who)}</span>
        </div>
        <Icon label={muted ? 'Sound on' : 'Sound off'} glyph={muted ? 'muted' : 'sound'} disabled={audio === null} onPress={() => setMuted(!muted)} />
        <Icon label={expanded ? 'Collapse' : 'Expand'} glyph={expanded ? 'collapse' : 'expand'} pressed={expanded} onPress={() => setExpanded(!expanded)} />
        {wheel && !driving && (
          <button
            type="button"
            className="tandem-button"
            data-action="take"
            disabled={identity === null || who.kind === 'human' || who.changing !== null}
            title={who.kind === 'human' ? `${who.name} drives.` : undefined}
            onClick={() => identity !== null && attempt(tandem.sessions.takeover(sessionId, { client_id: identity, name }))}
          >
            {who.changing === 'taking' ? 'Asking…' : 'Take control'}
          </button>
        )}
        {driving && (
          <button
            type="button"
            className="tandem-button"
            data-action="hand-back"
            onClick={() => identity !== null && attempt(tandem.sessions.handback(sessionId, { client_id: identity }))}
          >
            Hand back
          </button>
        )}
      </div>
    </div>
  )
}

interface IconProps {
  label: string
  glyph: 'sound' | 'muted' | 'expand' | 'collapse'
  pressed?: boolean
  disabled?: boolean
  onPress: () => void
}

function Icon({ label, glyph, pressed, disabled, onPress }: IconProps): ReactNode {
  return (
    <button type="button" className="tandem-icon" aria-label={label} title={label} aria-pressed={pressed} disabled={disabled} onClick={onPress}>
      <Glyph of={glyph} />
    </button>
  )
}

/** What the room does not tell: mode, and who drives that is not in it. Looked at anew when `key` changes, and now and then. */
function useSessionFacts(tandem: Tandem, sessionId: string, key: string): { session: AgentSession | null; look: () => void } {
  const [session, setSession] = useState<AgentSession | null>(null)
  const [looks, setLooks] = useState(0)
  const look = (): void => setLooks((count) => count + 1)
  const get = useEffectEvent((signal: AbortSignal) => tandem.sessions.get(sessionId, { signal }))
  useEffect(() => {
    const abort = new AbortController()
    const ask = (): void => {
      // What cannot be asked is told by the connection; the facts of before stay.
      get(abort.signal).then(setSession, () => {})
    }
    ask()
    const timer = setInterval(ask, LOOK_EVERY_MS)
    return () => {
      clearInterval(timer)
      abort.abort()
    }
  }, [sessionId, key, looks])
  return { session, look }
}
