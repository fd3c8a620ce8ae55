/** Reads the frames of one WebSocket as cheaply as it goes: counts the binary ones, keeps the first bytes of each, answers pings. */
import { MEDIA_HEADER_BYTES, readMediaPacket } from '@tandem/protocol'
import type { MediaPacket } from '@tandem/protocol'

const BINARY = 2
const CLOSE = 8
const PING = 9
/** Opcode, length, and at most eight bytes more of length: the server masks nothing. */
const MAX_HEAD = 10
const MAX_CONTROL = 125

export interface WireEvents {
  packet(packet: MediaPacket): void
  ping(payload: Uint8Array): void
  closed(): void
}

export class WireReader {
  readonly #events: WireEvents
  readonly #head = Buffer.alloc(MAX_HEAD)
  #headBytes = 0
  /** Of the frame that is being read. */
  #opcode = 0
  #left = 0
  readonly #start = Buffer.alloc(MAX_CONTROL)
  #startBytes = 0

  constructor(events: WireEvents) {
    this.#events = events
  }

  read(bytes: Uint8Array): void {
    let at = 0
    while (at < bytes.length) at = this.#left > 0 ? this.#readPayload(bytes, at) : this.#readHead(bytes, at)
  }

  #readHead(bytes: Uint8Array, at: number): number {
    this.#head[this.#headBytes++] = bytes[at] ?? 0
    const short = (this.#head[1] ?? 0) & 0x7f
    const size = this.#headBytes < 2 ? 2 : short < 126 ? 2 : short === 126 ? 4 : MAX_HEAD
    if (this.#headBytes < size) return at + 1
    this.#headBytes = 0
    this.#opcode = (this.#head[0] ?? 0) & 0x0f
    this.#left = short < 126 ? short : short === 126 ? this.#head.readUInt16BE(2) : Number(this.#head.readBigUInt64BE(2))
    this.#startBytes = 0
    if (this.#left === 0) this.#ended()
    return at + 1
  }

  #readPayload(bytes: Uint8Array, at: number): number {
    const end = Math.min(bytes.length, at + this.#left)
    const kept = Math.min(end - at, (this.#opcode === BINARY ? MEDIA_HEADER_BYTES : MAX_CONTROL) - this.#startBytes)
    if (kept > 0) {
      this.#start.set(bytes.subarray(at, at + kept), this.#startBytes)
      this.#startBytes += kept
    }
    this.#left -= end - at
    if (this.#left === 0) this.#ended()
    return end
  }

  #ended(): void {
    const start = this.#start.subarray(0, this.#startBytes)
    if (this.#opcode === PING) this.#events.ping(start)
    if (this.#opcode === CLOSE) this.#events.closed()
    const packet = this.#opcode === BINARY ? readMediaPacket(start) : null
    if (packet) this.#events.packet(packet)
  }
}
