/**
 * The room of one session, kept joined for as long as it is open: with a fresh token each time, and everything that a
 * page shows of it in one snapshot. Knows no DOM. Parts: connection.ts, packetWatch.ts, topics.ts; React's AgentSessionPanel
 * draws it.
 */
import { BROWSER_AUDIO_TRACK, BROWSER_IDENTITY, BROWSER_VIDEO_TRACK, isTandemError } from '@tandem/protocol'
import type { LiveKitInfo, PageLayout } from '@tandem/protocol'
import { RoomEvent } from 'livekit-client'
import type { Participant, RemoteTrackPublication, Room } from 'livekit-client'
import { Store } from '../store.ts'
import { connectionState, connectToAgentSession, createLivekitRoom, onConnectionState } from './connection.ts'
import type { LivekitConnectionState } from './connection.ts'
import { PacketWatch } from './packetWatch.ts'
import { readTopic } from './topics.ts'

export interface AgentSessionRoomSnapshot {
  connection: LivekitConnectionState
  /** It is over for good: nothing is tried any more. */
  ended: boolean
  /** Who this page is in the room; null until it was joined once. */
  identity: string | null
  /** Null while none comes. */
  video: MediaStream | null
  audio: MediaStream | null
  /** Why the last picture is not the present, though the room is joined, for people; null: it is, or there was none yet. */
  stalled: string | null
  /** The picture is withheld from the room: somebody types a secret. */
  hidden: boolean
  /** The token lets this page steer at all. */
  mayControl: boolean
  /** Who drives, by identity; null: nobody of the room. */
  driver: string | null
  /** This page drives. */
  driving: boolean
  /** Of the shown tab. */
  url: string | null
  /** CSS name. */
  cursor: string
  /** How the page is laid out; null until it was told. */
  viewport: PageLayout | null
}

const EMPTY: AgentSessionRoomSnapshot = {
  connection: { kind: 'idle' },
  ended: false,
  identity: null,
  video: null,
  audio: null,
  stalled: null,
  hidden: false,
  mayControl: false,
  driver: null,
  driving: false,
  url: null,
  cursor: 'default',
  viewport: null,
}

const RETRY_FIRST_MS = 1_000
const RETRY_MAX_MS = 10_000

/**
 * @example
 * const kept = new AgentSessionRoom(() => tandem.sessions.livekitToken(sessionId))
 * kept.subscribe(() => (video.srcObject = kept.snapshot.video))
 */
export class AgentSessionRoom {
  readonly room: Room = createLivekitRoom()
  readonly #getInfo: () => Promise<LiveKitInfo>
  readonly #store = new Store<AgentSessionRoomSnapshot>(EMPTY)
  readonly #packets = new PacketWatch(() => this.#tracks())
  /** A picture was there since the room was joined. */
  #shown = false
  #attempts = 0
  #retry: ReturnType<typeof setTimeout> | undefined
  #closed = false

  /** `getInfo`: asked before each time that it joins; an error of it that says not to retry ends it. */
  constructor(getInfo: () => Promise<LiveKitInfo>) {
    this.#getInfo = getInfo
    const { room } = this
    onConnectionState(room, () => this.#connection())
    room.on(RoomEvent.TrackSubscribed, () => this.#tracks())
    room.on(RoomEvent.TrackUnsubscribed, () => this.#tracks())
    room.on(RoomEvent.TrackSubscriptionPermissionChanged, () => this.#tracks())
    room.on(RoomEvent.TrackMuted, () => this.#tracks())
    room.on(RoomEvent.TrackUnmuted, () => this.#tracks())
    room.on(RoomEvent.ParticipantPermissionsChanged, () => this.#may())
    room.on(RoomEvent.DataReceived, (payload, participant, _kind, topic) => this.#told(payload, participant, topic))
    void this.#join()
  }

  get snapshot(): AgentSessionRoomSnapshot {
    return this.#store.value
  }

  subscribe = (listener: () => void): (() => void) => this.#store.subscribe(listener)

  close(): void {
    if (this.#closed) return
    this.#closed = true
    clearTimeout(this.#retry)
    this.#packets.watch(null)
    void this.room.disconnect()
  }

  async #join(): Promise<void> {
    let info: LiveKitInfo
    try {
      info = await this.#getInfo()
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      return this.#failed(message, isTandemError(error) && !error.retry)
    }
    if (this.#closed) return
    this.#store.patch({ identity: info.participant_identity })
    // How it fails is told by the state of the connection, which tries again.
    await connectToAgentSession(this.room, info).catch(() => {})
    if (this.#closed) void this.room.disconnect()
  }

  #connection(): void {
    if (this.#closed) return
    const connection = connectionState(this.room)
    if (connection.kind === 'error') return this.#failed(connection.message, false)
    this.#store.patch({ connection })
    if (connection.kind !== 'connected') return
    this.#attempts = 0
    this.#may()
    this.#tracks()
  }

  #failed(message: string, ended: boolean): void {
    if (this.#closed) return
    const { identity } = this.snapshot
    this.#shown = false
    this.#packets.watch(null)
    this.#store.patch({ ...EMPTY, identity, connection: { kind: 'error', message }, ended })
    clearTimeout(this.#retry)
    if (!ended) this.#retry = setTimeout(() => void this.#join(), Math.min(RETRY_MAX_MS, RETRY_FIRST_MS * 2 ** this.#attempts++))
  }

  #may(): void {
    this.#store.patch({ mayControl: this.room.localParticipant.permissions?.canPublishData === true })
  }

  #tracks(): void {
    if (this.#closed) return
    const browser = this.room.remoteParticipants.get(BROWSER_IDENTITY)
    const video = browser && publicationOf(browser, BROWSER_VIDEO_TRACK)
    const audio = browser && publicationOf(browser, BROWSER_AUDIO_TRACK)
    const { video: videoBefore, audio: audioBefore } = this.snapshot
    const hidden = video?.permissionStatus === 'not_allowed'
    this.#packets.watch((video?.isSubscribed === true && !hidden && video.track) || null)
    const shows = streamOf(video, videoBefore)
    this.#shown ||= shows !== null
    const why = browser ? whyStalled(video, this.#packets.silent) : 'The browser has left the room. The view goes on when it is back.'
    this.#store.patch({ video: shows, audio: streamOf(audio, audioBefore), hidden, stalled: this.#shown && !hidden ? why : null })
  }

  #told(payload: Uint8Array, participant: Participant | undefined, topic: string | undefined): void {
    const told = readTopic(payload, participant, topic)
    if (told?.topic === 'focus') this.#store.patch({ driver: told.identity, driving: told.identity !== null && told.identity === this.snapshot.identity })
    else if (told?.topic === 'url') this.#store.patch({ url: told.url })
    else if (told?.topic === 'cursor') this.#store.patch({ cursor: told.cursor })
    else if (told?.topic === 'viewport') this.#store.patch({ viewport: told.viewport })
  }
}

function publicationOf(participant: Participant, name: string): RemoteTrackPublication | undefined {
  // Publications of a remote participant are remote ones.
  return participant.getTrackPublications().find(({ trackName }) => trackName === name) as RemoteTrackPublication | undefined
}

function whyStalled(video: RemoteTrackPublication | undefined, silent: boolean): string | null {
  if (!video?.track || video.track.mediaStreamTrack.readyState === 'ended') return 'The picture has ended. The view goes on when it is back.'
  if (video.isMuted) return 'The browser sends no picture at the moment.'
  return silent ? 'Nothing has come from the browser for some seconds.' : null
}

/** The same stream while its track is the same: an element that is given another one begins anew. */
function streamOf(publication: RemoteTrackPublication | undefined, before: MediaStream | null): MediaStream | null {
  const track = publication?.isSubscribed === true ? publication.track?.mediaStreamTrack : undefined
  if (!track) return null
  return before?.getTracks()[0] === track ? before : new MediaStream([track])
}
