/** What goes out to one client: text, in order, and no more of it waits than a client that reads would leave. */
import type { WebSocket } from 'ws'

/** What may wait, bytes. */
const MAX_WAITING_BYTES = 32 * 1024 * 1024
/** From here on a message is large: it may wait beside the rest, so that whoever asks for 100 MB of a page gets them. */
const LARGE_CHARS = 8 * 1024 * 1024

export class Outbox {
  readonly #socket: WebSocket
  /** Bytes of the one large message that is on its way. */
  #largeBytes = 0

  constructor(socket: WebSocket) {
    this.#socket = socket
  }

  get waitingBytes(): number {
    return this.#socket.bufferedAmount
  }

  /** Bytes go as text too. Answers false, and sends nothing, when the client does not read. */
  send(message: string | Buffer): boolean {
    if (this.waitingBytes - this.#largeBytes > MAX_WAITING_BYTES) return false
    const isLarge = message.length >= LARGE_CHARS && this.#largeBytes === 0
    if (isLarge) this.#largeBytes = Buffer.byteLength(message)
    this.#socket.send(message, { binary: false }, isLarge ? () => (this.#largeBytes = 0) : undefined)
    return true
  }
}
