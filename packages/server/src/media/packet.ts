/** A packet of the picture or the sound in the form in which every socket sends it: made once, the same bytes for all. */
import type { MediaMessage } from '@tandem/browser'
import type { MediaKind } from '@tandem/protocol'

export interface Packet {
  kind: MediaKind
  keyFrame: boolean
  config: number
  /** A whole WebSocket frame. */
  frame: Buffer
}

const BINARY_MESSAGE = 0x82

export function toPacket({ kind, keyFrame, config, bytes }: MediaMessage): Packet {
  return { kind, keyFrame, config, frame: webSocketFrame(bytes) }
}

/** A binary message as RFC 6455 frames it for the way from the server, where nothing is masked. */
export function webSocketFrame(payload: Uint8Array): Buffer {
  const { length } = payload
  const head = length < 126 ? 2 : length < 65_536 ? 4 : 10
  const frame = Buffer.allocUnsafe(head + length)
  frame[0] = BINARY_MESSAGE
  if (head === 2) frame[1] = length
  else if (head === 4) {
    frame[1] = 126
    frame.writeUInt16BE(length, 2)
  } else {
    frame[1] = 127
    frame.writeBigUInt64BE(BigInt(length), 2)
  }
  frame.set(payload, head)
  return frame
}
