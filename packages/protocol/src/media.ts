/**
 * Media on the live socket: the binary messages of the rungs `websocket` and `jpeg`, server -> viewer. One message is
 * one packet: a header of 24 bytes, big-endian, then the payload as the encoder made it. The server builds a packet
 * once and hands the same bytes to every viewer. Imports nothing: viewers, capture page and server share it.
 *
 *   0  u8   kind       1 video (an EncodedVideoChunk), 2 audio (an EncodedAudioChunk), 3 picture (a whole JPEG)
 *   1  u8   flags      bit 0: key frame (every audio packet and every picture is one)
 *   2  u16  config     number of the `media.config` event that describes it; 0 for pictures
 *   4  u32  seq        rises by one for each packet of a kind, wraps; a gap means packets were left out
 *   8  f64  capturedAt ms since the epoch on the server's clock: when the page drew it, or the sound was heard
 *  16  u32  durationUs audio only; 0 otherwise
 *  20  u16  width      device pixels; 0 for audio
 *  22  u16  height
 */
export const MEDIA_HEADER_BYTES = 24
export const MEDIA_KINDS = { video: 1, audio: 2, picture: 3 } as const
export type MediaKind = keyof typeof MEDIA_KINDS
const KEY = 1

export interface MediaHeader {
  kind: MediaKind
  keyFrame: boolean
  config: number
  seq: number
  /** ms since the epoch. */
  capturedAt: number
  durationUs: number
  width: number
  height: number
}

export interface MediaPacket extends MediaHeader {
  /** A view into the message, not a copy. */
  payload: Uint8Array
}

/** How the packets with this config number are decoded. Sent before the first of them. */
export type MediaConfig =
  | {
      kind: 'video'
      config: number
      /** As WebCodecs wants it, `av01.0.05M.08`. */
      codec: string
      width: number
      height: number
      /** Base64; only where the codec needs one. */
      description?: string
    }
  | { kind: 'audio'; config: number; codec: 'opus'; sampleRate: number; channels: number; description?: string }

/** Writes the header into the first MEDIA_HEADER_BYTES of `bytes`. */
export function writeMediaHeader(bytes: Uint8Array, header: MediaHeader): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, MEDIA_HEADER_BYTES)
  view.setUint8(0, MEDIA_KINDS[header.kind])
  view.setUint8(1, header.keyFrame ? KEY : 0)
  view.setUint16(2, header.config)
  view.setUint32(4, header.seq >>> 0)
  view.setFloat64(8, header.capturedAt)
  view.setUint32(16, header.durationUs)
  view.setUint16(20, header.width)
  view.setUint16(22, header.height)
}

/** Null: not a packet of this version. */
export function readMediaPacket(bytes: Uint8Array): MediaPacket | null {
  if (bytes.byteLength < MEDIA_HEADER_BYTES) return null
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const kind = kindOf(view.getUint8(0))
  if (kind === null) return null
  return {
    kind,
    keyFrame: (view.getUint8(1) & KEY) !== 0,
    config: view.getUint16(2),
    seq: view.getUint32(4),
    capturedAt: view.getFloat64(8),
    durationUs: view.getUint32(16),
    width: view.getUint16(20),
    height: view.getUint16(22),
    payload: bytes.subarray(MEDIA_HEADER_BYTES),
  }
}

function kindOf(value: number): MediaKind | null {
  if (value === MEDIA_KINDS.video) return 'video'
  if (value === MEDIA_KINDS.audio) return 'audio'
  return value === MEDIA_KINDS.picture ? 'picture' : null
}
