/**
 * `@tandem/client/rooms`: the room of a session by livekit-client itself, for pages that want the room and not a
 * LiveView. Apart from `@tandem/client`, which loads livekit-client only when a picture comes out of a room.
 */
export { BROWSER_AUDIO_TRACK, BROWSER_IDENTITY, BROWSER_VIDEO_TRACK, CANONICAL_MODIFIER_NAMES, ROOM_TOPICS } from '@tandem/protocol'
export type { LiveKitInfo } from '@tandem/protocol'
export { AgentSessionRoom } from './agentSessionRoom.ts'
export type { AgentSessionRoomSnapshot } from './agentSessionRoom.ts'
export { ReliableInputCongestedError } from './congestion.ts'
export { connectionState, connectToAgentSession, createLivekitRoom, onConnectionState } from './connection.ts'
export type { LivekitConnectionState } from './connection.ts'
export { InputCapture } from './inputCapture.ts'
export type { InputCaptureOptions } from './inputCapture.ts'
export { LatencyPing } from './latencyPing.ts'
export type { Latency } from './latencyPing.ts'
export { InputUnconfirmedError } from './receipts.ts'
export type { InputStatus } from './receipts.ts'
export { confirmInputEvent, sendInputEvent, sendNavigate, sendText } from './send.ts'
export type { CommittedEvent, RoomInputEvent, SendOptions } from './send.ts'
export { readTopic } from './topics.ts'
export type { RoomTopic } from './topics.ts'
