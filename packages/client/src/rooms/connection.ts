/**
 * One connection to the room of a session, for pages that use livekit-client themselves: made, joined, and its state in
 * one word. Whoever only watches or steers needs none of this: LiveView joins a room by itself (players/room.ts).
 */
import { TandemError } from '@tandem/protocol'
import type { LiveKitInfo } from '@tandem/protocol'
import { ConnectionError, ConnectionErrorReason, ConnectionState, DisconnectReason, Room, RoomEvent } from 'livekit-client'
import type { RoomOptions } from 'livekit-client'

export type LivekitConnectionState =
  | { kind: 'idle' }
  | { kind: 'connecting' }
  | { kind: 'connected' }
  | { kind: 'reconnecting' }
  | { kind: 'disconnected' }
  /** `message`: a sentence for people. */
  | { kind: 'error'; message: string }

interface Watched {
  state: LivekitConnectionState
  readonly listeners: Set<() => void>
}

const watched = new WeakMap<Room, Watched>()

/** A room as a live picture wants it: at once in full size (`adaptiveStream` waits for the size of an element before it asks). */
export function createLivekitRoom(options: Partial<RoomOptions> = {}): Room {
  const room = new Room({ adaptiveStream: false, dynacast: true, ...options })
  watch(room)
  return room
}

/**
 * Joins the room of a session, and shows each frame as it comes.
 * @throws TandemError `auth/invalid` (the token: get a fresh one by `sessions.livekitToken(id)`), `room/unavailable`
 *
 * @example
 * const room = createLivekitRoom()
 * room.on(RoomEvent.TrackSubscribed, (track) => track.attach(element))
 * await connectToAgentSession(room, await tandem.sessions.livekitToken(sessionId))
 */
export async function connectToAgentSession(room: Room, info: Pick<LiveKitInfo, 'ws_url' | 'token'>): Promise<void> {
  const { set } = watch(room)
  set({ kind: 'connecting' })
  try {
    await room.connect(info.ws_url, info.token)
  } catch (error) {
    const failure = failureOf(error)
    set({ kind: 'error', message: failure.message })
    throw failure
  }
}

export function connectionState(room: Room): LivekitConnectionState {
  return watch(room).watched.state
}

/** Calls back after each change; returns the undo. */
export function onConnectionState(room: Room, listener: () => void): () => void {
  const { listeners } = watch(room).watched
  listeners.add(listener)
  return () => void listeners.delete(listener)
}

function watch(room: Room): { watched: Watched; set(state: LivekitConnectionState): void } {
  const known = watched.get(room)
  const entry: Watched = known ?? { state: STATES[room.state], listeners: new Set() }
  const set = (state: LivekitConnectionState): void => {
    if (entry.state.kind === state.kind && state.kind !== 'error') return
    entry.state = state
    for (const listener of [...entry.listeners]) listener()
  }
  if (known) return { watched: known, set }
  watched.set(room, entry)
  room.on(RoomEvent.ConnectionStateChanged, (state) => {
    // How it ended is said by the event of its own.
    if (state !== ConnectionState.Disconnected) set(STATES[state])
  })
  room.on(RoomEvent.Disconnected, (reason) => {
    if (entry.state.kind !== 'error') set(endOf(reason))
  })
  room.on(RoomEvent.TrackSubscribed, (track) => {
    // Sound would crackle.
    if (track.kind === 'video' && track.receiver) track.receiver.jitterBufferTarget = 0
  })
  return { watched: entry, set }
}

const STATES: Record<ConnectionState, LivekitConnectionState> = {
  [ConnectionState.Disconnected]: { kind: 'idle' },
  [ConnectionState.Connecting]: { kind: 'connecting' },
  [ConnectionState.Connected]: { kind: 'connected' },
  [ConnectionState.Reconnecting]: { kind: 'reconnecting' },
  [ConnectionState.SignalReconnecting]: { kind: 'reconnecting' },
}

function endOf(reason: DisconnectReason | undefined): LivekitConnectionState {
  switch (reason) {
    case DisconnectReason.CLIENT_INITIATED:
      return { kind: 'disconnected' }
    case DisconnectReason.DUPLICATE_IDENTITY:
      return { kind: 'error', message: 'Somebody joined with the same token.' }
    case DisconnectReason.PARTICIPANT_REMOVED:
    case DisconnectReason.ROOM_DELETED:
      return { kind: 'error', message: 'The session is over, or its owner ended this connection.' }
    default:
      return { kind: 'error', message: 'The connection to the room was lost.' }
  }
}

function failureOf(error: unknown): TandemError {
  const refused = error instanceof ConnectionError && error.reason === ConnectionErrorReason.NotAllowed
  // What the SDK says may name the address that it tried, which holds the token.
  return refused
    ? new TandemError('auth/invalid', 'The LiveKit server did not take the token. Get a fresh one.')
    : new TandemError('room/unavailable', 'The LiveKit server could not be reached from here.')
}
