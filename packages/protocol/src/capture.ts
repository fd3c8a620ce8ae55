/**
 * The contract between the server process and the capture page (the hidden extension page inside the
 * streamed Chromium). Commands go in as `globalThis.tandem.<name>(params)` over CDP and answer with a
 * promise; messages come out through the CDP binding `tandemEmit`, one JSON object a call.
 */
import type { Quality } from './constants.ts'
import type { Candidate, IceServer, StreamInfo } from './live.ts'

/** The id of the shared encode, wherever a command names a peer: `pause`, `blank` and `quality` act on it too. */
export const SHARED_ENCODE = 'shared'
/** The id of the raw outlet: `pause` and `blank` act on it too. */
export const RAW_OUTLET = 'raw'
/** The id of the room's outlet: `pause`, `blank` and `quality` act on it too. */
export const ROOM_OUTLET = 'room'

export interface CaptureTarget {
  /** Our tab id (the CDP target id), echoed in StreamInfo. */
  tabId: string
  /** How the extension finds the tab: chrome.debugger's targetId equals the CDP target id. */
  source: 'tab' | 'screencast'
  /** CSS pixels and device pixels per CSS pixel: the picture is width*scale x height*scale. */
  width: number
  height: number
  scale: number
  /** At most so many frames a second are captured; absent: as many as the display shows. */
  fps?: number
}

export interface PeerOptions {
  peerId: string
  iceServers: IceServer[]
  iceTransportPolicy: 'all' | 'relay'
  /** Codecs that the viewer can decode, best first, as `video/AV1`; absent: all. */
  codecs?: string[]
  audio: boolean
  /** Absent: `auto`. */
  quality?: Quality
}

/** The shared encode: one stream for all viewers without a peer. */
export interface EncodeOptions {
  /** Codecs that every such viewer can decode, as WebCodecs names them without profile (`av01`, `vp8`), best first. */
  codecs: string[]
  audio: boolean
  quality: Quality
}

/** Frames and sound as they are, for this process alone (rawFrames.ts). */
export interface RawOptions {
  /** At most so many frames a second; a page at rest gives none. */
  fps: number
  audio: boolean
}

/** The room that the capture page publishes into, as the participant BROWSER_IDENTITY. */
export interface RoomOptions {
  wsUrl: string
  /** May publish tracks and data. Secret. */
  token: string
  audio: boolean
  quality: Quality
  /** Codecs that may be published, best first, as `av1`, `vp8`. */
  codecs: string[]
  /** How it begins where there was no room before, for its very first frame; later `blank` and `roomAudience` say so. Absent: shown, to everybody. */
  blank?: boolean
  audience?: string[] | null
}

export interface RoomParticipant {
  identity: string
  name: string
  /** As the token has it: no participant can change its own. */
  attributes: Record<string, string>
}

/** `disconnected`: the page tries no more by itself; it needs `room` with a fresh token. */
export type RoomState = 'connecting' | 'connected' | 'reconnecting' | 'disconnected'

/** Server -> capture page. Each answers when done and throws with a text when it cannot. */
export interface CaptureCommands {
  /** Captures this tab from now on; the peers' tracks are replaced, not renegotiated. */
  show(target: CaptureTarget): Promise<void>
  /** One JPEG frame (base64) of the screencast, for a tab that tab capture cannot reach. `timestamp`: ms on the machine's monotonic clock, when the page drew it. */
  frame(params: { data: string; timestamp: number }): void
  /** A viewer is expected: the shown tab is captured from now on, and let go of after so long where nobody has come. Answers when it is captured. */
  expect(params: { ms: number }): Promise<void>
  /** Makes a peer; its offer comes as message `offer`. */
  connect(options: PeerOptions): Promise<void>
  answer(params: { peerId: string; sdp: string }): Promise<void>
  candidate(params: { peerId: string; candidate: Candidate | null }): Promise<void>
  restart(params: { peerId: string; iceServers: IceServer[] }): Promise<void>
  pause(params: { peerId: string; paused: boolean }): Promise<void>
  /** Hides the picture from a peer (black, no frames of the page), for secrets. */
  blank(params: { peerId: string; blank: boolean }): Promise<void>
  disconnect(params: { peerId: string }): Promise<void>
  quietFrame(params: { allow: boolean }): Promise<void>
  /** Changes what a peer may take, without renegotiation. */
  quality(params: { peerId: string; quality: Quality }): Promise<void>
  /** The shared encode from now on; null: nobody wants it, and it costs nothing. The first chunk after a change is a key frame. */
  encode(options: EncodeOptions | null): Promise<void>
  /** Raw frames and sound from now on, the first one whole; null: none. They come as `rawFrame` and `pcm` of the browser. */
  raw(options: RawOptions | null): Promise<void>
  /** A room may be wanted: loads what joining one takes. */
  prepareRoom(): Promise<void>
  /** Joins the room and publishes `browser-video` and `browser-audio`; null: leaves. Another url or room, or a room that was lost, is joined anew; else codecs, quality and sound change on the way, and the token is not needed. How it goes comes as `roomState`, told again where nothing changed. */
  room(options: RoomOptions | null): Promise<void>
  /** Sends a data packet to some identities, or to all; what cannot be sent now is dropped unless `reliable`. */
  roomSend(params: { text: string; topic?: string; reliable: boolean; to?: string[] }): Promise<void>
  /** Who may have the tracks: null: everybody in the room. The SFU holds it, for newcomers too. */
  roomAudience(params: { identities: string[] | null }): Promise<void>
  /** The next chunk of the shared encode is a key frame, of a page at rest too. */
  keyFrame(): Promise<void>
  /** Alive and well? Answers with the number of peers. */
  ping(): Promise<{ peers: number }>
}

/**
 * What packages/browser alone calls. Packets come back over a WebSocket of the capture page's own, not over CDP: binary
 * messages are packets of media.ts (a picture is a thumbnail) and of rawFrames.ts, text messages a MediaConfig. Their `capturedAt` is in ms
 * on the machine's monotonic clock, which both sides read; Node writes the time of day over it.
 */
export interface CapturePageCommands extends CaptureCommands {
  /** Where packets go. The listener's first message is its monotonic clock, in ms. */
  carry(params: { url: string }): Promise<void>
  /** Makes a thumbnail of a JPEG (base64), where none of the page's frames come by here. */
  shrink(params: { data: string; timestamp: number }): void
}

/** Capture page -> server. */
export type CaptureMessage =
  | { type: 'ready' }
  | { type: 'offer'; peerId: string; sdp: string }
  | { type: 'candidate'; peerId: string; candidate: Candidate | null }
  | { type: 'peer'; peerId: string; state: 'connecting' | 'connected' | 'disconnected' | 'failed' | 'closed' }
  | { type: 'stream'; info: StreamInfo }
  /** The captured track ended by itself (tab closed, renderer gone). */
  | { type: 'ended'; tabId: string; reason: string }
  /** Chromium takes the tab for captured though no capture of it runs, and goes on doing so until this page is made anew. */
  | { type: 'stuck'; tabId: string; reason: string }
  /** The page runs late: hold one of its animation frames back. Answered by the server through the tab's own CDP session. */
  | { type: 'quietFrameWanted'; tabId: string }
  | { type: 'roomState'; state: RoomState; reason: string | null }
  /** Everybody else in the room, whenever that changes. */
  | { type: 'roomParticipants'; participants: RoomParticipant[] }
  /** A data packet, at most ROOM_PACKET_MAX_BYTES of UTF-8; what is larger or no text comes as `refused`. */
  | { type: 'roomData'; from: string; topic: string | null; text: string; reliable: boolean }
  /** Packets that the page itself turned away, counted, at most twice a second. */
  | { type: 'roomRefused'; from: string; count: number; reason: 'too-large' | 'not-text' | 'flood' }
  | { type: 'log'; level: 'info' | 'warn' | 'error'; message: string }
