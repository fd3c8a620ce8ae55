/**
 * A participant by LiveKit's signalling alone: in the room for the SFU, and told all that it does, before any connection
 * for pictures stands. LiveKit's own clients, removed at that moment, wait out 15 s and try again.
 * Protocol: https://github.com/livekit/protocol/blob/main/protobufs/livekit_rtc.proto
 */
import { once } from 'node:events'
import type { LiveKitInfo } from '@tandem/protocol'
import { DisconnectReason } from '@livekit/rtc-node'
import WebSocket from 'ws'

/** `SignalResponse.leave`, and `LeaveRequest.reason` in it, as tags of protobuf. */
const LEAVE = (8 << 3) | 2
const REASON = 2 << 3

/** Joins, and stays until it is sent away: the reason, as LiveKit names it. */
export async function joinUntilRemoved({ ws_url, token }: Pick<LiveKitInfo, 'ws_url' | 'token'>): Promise<string> {
  const socket = new WebSocket(`${ws_url}/rtc?access_token=${token}&protocol=15&auto_subscribe=1`)
  const messages: Buffer[] = []
  socket.on('message', (message: Buffer) => messages.push(message))
  await once(socket, 'close')
  const leave = messages.find(([tag]) => tag === LEAVE)?.subarray(2) ?? Buffer.alloc(0)
  const reason = leave[leave.indexOf(REASON) + 1] ?? 0
  return DisconnectReason[reason] ?? String(reason)
}
