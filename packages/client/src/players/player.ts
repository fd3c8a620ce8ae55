/**
 * What every rung of the ladder is to the picture: one player, behind this contract, and held to it by one suite
 * (tests/client/players.test.ts). A player asks the server for its rung, makes frames of what comes, and says how it
 * fares; it knows no DOM but what it decodes with, no rules of control, and nothing of the other rungs. ladder.ts
 * decides which players run, rungs.ts runs them, picture.ts shows what the chosen one makes.
 */
import type {
  LiveEventMessage,
  LiveMethod,
  LiveNotification,
  LiveNotificationParams,
  LiveParams,
  LiveResult,
  MediaPacket,
  Quality,
  Transport,
} from '@tandem/protocol'
import type { Emitter } from '../emitter.ts'
import type { PeerState } from '../status.ts'
import type { CaptureStamp } from './glassToGlass.ts'
import type { Rates, Reading, Route } from './reading.ts'

/** The live socket, as players use it. */
export interface Signals {
  call<M extends LiveMethod>(method: M, params: LiveParams<M>): Promise<LiveResult<M>>
  notify<M extends LiveNotification>(method: M, params: LiveNotificationParams<M>): void
}

/** What the server says about the picture of one peer; players ignore what is not theirs. */
export type MediaEvent = LiveEventMessage & { event: 'media.offer' | 'media.room' | 'media.candidate' | 'media.ended' | 'media.config' }

/** A picture to paint: whoever listens draws it at once; the player closes it after the listeners ran. */
export interface PaintedFrame {
  image: VideoFrame | ImageBitmap
  /** Device pixels. */
  width: number
  height: number
  /** ms since the epoch on the server's clock; null where the server does not say. */
  capturedAt: number | null
}

/** A stream for video elements; what they show of it is told back. */
export interface VideoStream {
  stream: MediaStream
  /** Capture stamps of the frames that were played out last. */
  stamps(): readonly CaptureStamp[]
  /** A frame of it is on the screen; ms since the epoch. */
  frameShown(at: number): void
}

export interface PlayerEvents {
  /** Rungs `webrtc` and `room`. */
  video: VideoStream
  /** A stream for an audio element. */
  audio: MediaStream
  /** A frame for a canvas (all other rungs). */
  frame: PaintedFrame
  /** `state`, `why` or the first frame changed. */
  changed: undefined
  /** Once a second while it plays. */
  sampled: { reading: Reading; rates: Rates; route: Route | null }
  /** It cannot go on by itself; the ladder takes the next rung. `fatal`: this viewer can never play it (no decoder). */
  failed: { reason: string; fatal: boolean }
}

export interface Player {
  readonly transport: Transport
  readonly events: Emitter<PlayerEvents>
  readonly state: PeerState
  /** Why there is no picture, for people; null while there is one or none is wanted. */
  readonly why: string | null
  /** Frames since it was started or resumed. */
  readonly frames: number
  /** When frames last followed each other as in motion; ms since the epoch. */
  readonly lastMotionAt: number | null
  /** When anything last came from the other side; ms since the epoch. */
  readonly heardAt: number | null
  /** The picture is wanted from now on; safe to call again, also after the socket was lost and is back. */
  start(): void
  /** A hidden page costs nothing: nothing is sent to it. */
  pause(paused: boolean): Promise<void>
  setQuality(quality: Quality): void
  /** The present picture once more, for a page that draws nothing by itself. */
  refresh(): Promise<void>
  handle(event: MediaEvent): void
  packet(packet: MediaPacket): void
  /** The network changed: what depends on its addresses is made anew. */
  networkChanged(): void
  /** The live socket is gone; what comes without it goes on. */
  signalsLost(): void
  /** Over; the server is told. It may be started again. */
  stop(): void
  close(): void
}
