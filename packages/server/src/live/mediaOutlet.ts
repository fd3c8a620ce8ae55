/**
 * The binary side of one viewer's socket: ready WebSocket frames go out as they are, and a ping behind them tells when
 * they have arrived. Writes past `ws`, on the socket beneath it: its own `send` makes a header and two writes for each
 * viewer. Both write whole frames at once (no compression, no blobs), so that none gets into another.
 */
import type { Duplex } from 'node:stream'
import type { WebSocket } from 'ws'
import type { MediaOutlet } from '../sessions/watchers.ts'

const PROBE_BYTES = 4

export class SocketOutlet implements MediaOutlet {
  readonly #socket: WebSocket
  readonly #wire: Duplex
  /** In the order of their pings. */
  readonly #probes: { number: number; callback: () => void }[] = []
  #lastProbe = 0

  constructor(socket: WebSocket, wire: Duplex) {
    this.#socket = socket
    this.#wire = wire
    socket.on('pong', (data) => this.#answered(data))
  }

  get backlog(): number {
    return this.#wire.writableLength
  }

  send(frame: Buffer): void {
    if (this.#socket.readyState === this.#socket.OPEN) this.#wire.write(frame)
  }

  whenReached(callback: () => void): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return
    this.#lastProbe += 1
    this.#probes.push({ number: this.#lastProbe, callback })
    const data = Buffer.allocUnsafe(PROBE_BYTES)
    data.writeUInt32BE(this.#lastProbe)
    this.#socket.ping(data)
  }

  /** A viewer may answer only the last of several pings. */
  #answered(data: Buffer): void {
    if (data.length !== PROBE_BYTES) return
    const number = data.readUInt32BE()
    while (this.#probes[0] && this.#probes[0].number <= number) this.#probes.shift()?.callback()
  }
}
