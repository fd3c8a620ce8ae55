/**
 * The viewer's end of one LiveKit room: joins with one token, subscribes to what the browser publishes and to nothing
 * else, gives tracks, reads figures. It lives as long as its Room and decides nothing: room.ts says when it is given up.
 * The far end is packages/capture/src/room.ts.
 */
import { BROWSER_AUDIO_TRACK, BROWSER_IDENTITY, BROWSER_VIDEO_TRACK } from '@tandem/protocol'
import type * as LiveKit from 'livekit-client'
import type { RemoteTrackPublication, Room } from 'livekit-client'
import { wallNow } from '../live/serverClock.ts'
import type { PeerState } from '../status.ts'
import { readReport } from './reading.ts'
import type { Reading } from './reading.ts'

/** Ten seconds are what a rung has to show something; the SDK's own limits are 15. */
const SIGNAL_TIMEOUT_MS = 5_000
const PEER_TIMEOUT_MS = 8_000

export interface RoomTarget {
  track(track: MediaStreamTrack, receiver: RTCRtpReceiver): void
  changed(): void
  /** It is over, and not by us. */
  lost(why: string): void
}

export class RoomConnection {
  readonly #livekit: typeof LiveKit
  readonly #room: Room
  readonly #names: readonly string[]
  #video: RemoteTrackPublication | null = null
  #enabled = true
  #closed = false

  constructor(livekit: typeof LiveKit, { audio }: { audio: boolean }, target: RoomTarget) {
    this.#livekit = livekit
    this.#names = audio ? [BROWSER_VIDEO_TRACK, BROWSER_AUDIO_TRACK] : [BROWSER_VIDEO_TRACK]
    const { Room, RoomEvent, setLogLevel } = livekit
    // What fails is said in words of ours, on the badge.
    setLogLevel('silent')
    // Not by the size of an element: it waits before it asks for more, and the encode is one for all viewers.
    const room = new Room({ adaptiveStream: false, dynacast: false })
    this.#room = room
    const changed = (): void => target.changed()
    room.on(RoomEvent.TrackPublished, (publication, { identity }) => this.#published(publication, identity))
    room.on(RoomEvent.TrackSubscribed, (track, publication, { identity }) => {
      if (identity !== BROWSER_IDENTITY || !track.receiver) return
      if (track.kind === 'video') this.#video = publication
      if (!this.#enabled) publication.setEnabled(false)
      target.track(track.mediaStreamTrack, track.receiver)
    })
    room.on(RoomEvent.TrackUnsubscribed, (_track, publication) => {
      if (publication === this.#video) this.#video = null
      changed()
    })
    for (const event of [RoomEvent.Reconnecting, RoomEvent.Reconnected, RoomEvent.SignalReconnecting] as const) room.on(event, changed)
    room.on(RoomEvent.Disconnected, (reason) => {
      if (!this.#closed) target.lost(this.#whyLost(reason))
    })
  }

  get state(): PeerState {
    const { ConnectionState } = this.#livekit
    switch (this.#room.state) {
      case ConnectionState.Connected:
      // Its signalling is being made anew; packets go on.
      case ConnectionState.SignalReconnecting:
        return 'connected'
      case ConnectionState.Connecting:
        return 'connecting'
      case ConnectionState.Reconnecting:
        return 'disconnected'
      default:
        return 'none'
    }
  }

  /** Signalling and peer are both in order. */
  get isThere(): boolean {
    return this.#room.state === this.#livekit.ConnectionState.Connected
  }

  /** A video is subscribed to, and none of it withheld. */
  get hasVideo(): boolean {
    return this.#video !== null
  }

  /** Rejects with a sentence for people; the token is in none of them. */
  async join(wsUrl: string, token: string): Promise<void> {
    try {
      await this.#room.connect(wsUrl, token, {
        autoSubscribe: false,
        maxRetries: 0,
        websocketTimeout: SIGNAL_TIMEOUT_MS,
        peerConnectionTimeout: PEER_TIMEOUT_MS,
      })
    } catch (error) {
      throw new Error(this.#whyNot(error), { cause: error })
    }
    for (const { identity, trackPublications } of this.#room.remoteParticipants.values()) {
      // Publications of a remote participant are remote ones.
      for (const publication of trackPublications.values()) this.#published(publication as RemoteTrackPublication, identity)
    }
  }

  /** Off: the SFU sends nothing, and begins with a key frame when it is on again. */
  enable(enabled: boolean): void {
    this.#enabled = enabled
    const browser = this.#room.remoteParticipants.get(BROWSER_IDENTITY)
    // As above.
    for (const publication of browser?.trackPublications.values() ?? []) (publication as RemoteTrackPublication).setEnabled(enabled)
  }

  /** Null: no video comes at the moment. */
  async read(): Promise<Reading | null> {
    const report = await this.#video?.track?.getRTCStatsReport()
    return report ? { ...readReport(report, wallNow()), route: null } : null
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#room.removeAllListeners()
    void this.#room.disconnect()
  }

  #published(publication: RemoteTrackPublication, identity: string): void {
    if (identity === BROWSER_IDENTITY && this.#names.includes(publication.trackName)) publication.setSubscribed(true)
  }

  #whyNot(error: unknown): string {
    const { ConnectionError, ConnectionErrorReason } = this.#livekit
    if (error instanceof ConnectionError && error.reason === ConnectionErrorReason.NotAllowed) return 'The LiveKit server did not take this viewer’s token.'
    return 'The LiveKit server could not be reached through this network.'
  }

  #whyLost(reason: number | undefined): string {
    const { DisconnectReason } = this.#livekit
    if (reason === DisconnectReason.DUPLICATE_IDENTITY) return 'This viewer joined the LiveKit room again elsewhere.'
    if (reason === DisconnectReason.PARTICIPANT_REMOVED || reason === DisconnectReason.ROOM_DELETED) return 'This viewer was sent out of the LiveKit room.'
    return 'The connection to the LiveKit room was lost.'
  }
}
