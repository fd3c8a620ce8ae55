/**
 * The way of bytes to Node: one WebSocket to a listener on this machine that packages/browser owns
 * (browser/src/mediaSocket.ts). Takes packets and configurations in order; knows nothing of what is in them.
 */
import { MEDIA_HEADER_BYTES, writeMediaHeader, type MediaConfig, type MediaHeader } from '@tandem/protocol'
import { setMonotonic } from './clock.ts'
import { log } from './emit.ts'

/** Node takes packets at once, or is in trouble: what waits is late already. One large key frame of a page in full motion. */
const MAX_WAITING_BYTES = 256 * 1024
const MAX_WAITING_MS = 300

/** What an encoder gives: its length, and a way to have it written. */
export interface Payload {
  readonly byteLength: number
  copyTo(destination: Uint8Array<ArrayBuffer>): void
}

export class Wire {
  #socket: WebSocket | null = null
  #sent = 0
  /** What Node has not read yet: all bytes up to the end of a packet, and when it was sent. */
  #unread: { upTo: number; at: number; read?: () => void }[] = []
  #readBytes = 0
  #full = false

  /** Resolves once packets can go. */
  carry(url: string): Promise<void> {
    this.#socket?.close()
    const socket = new WebSocket(url)
    this.#socket = socket
    this.#sent = this.#readBytes = 0
    this.#unread = []
    this.#full = false
    return new Promise((resolve, reject) => {
      // The listener begins with its clock; what follows says how many bytes it has read.
      socket.onmessage = ({ data }) => {
        setMonotonic(Number(data))
        socket.onmessage = (message) => this.#read(Number(message.data))
        resolve()
      }
      socket.onerror = () => reject(new Error('the media socket could not be opened'))
      socket.onclose = () => log('warn', 'the media socket was closed')
    })
  }

  /** More would only wait: leave frames out before they are encoded, until all that was sent has been read. */
  get full(): boolean {
    const [oldest] = this.#unread
    if (!oldest) this.#full = false
    else if (this.#sent - this.#readBytes > MAX_WAITING_BYTES || performance.now() - oldest.at > MAX_WAITING_MS) this.#full = true
    return this.#full || this.#socket?.readyState !== WebSocket.OPEN
  }

  configure(config: MediaConfig): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(config))
  }

  /** Header and payload are put together here, once: nothing on the way to the viewers copies them again. */
  send(header: MediaHeader, payload: Payload): void {
    if (this.#socket?.readyState !== WebSocket.OPEN) return
    const bytes = new Uint8Array(MEDIA_HEADER_BYTES + payload.byteLength)
    writeMediaHeader(bytes, header)
    payload.copyTo(bytes.subarray(MEDIA_HEADER_BYTES))
    this.#socket.send(bytes)
    this.#sent += bytes.byteLength
    this.#unread.push({ upTo: this.#sent, at: performance.now() })
  }

  /** A message of protocol/src/rawFrames.ts. `read`: Node has it, and the memory is the caller's again. */
  sendRaw(bytes: Uint8Array<ArrayBuffer>, read?: () => void): void {
    if (this.#socket?.readyState !== WebSocket.OPEN) return
    this.#socket.send(bytes)
    this.#sent += bytes.byteLength
    this.#unread.push({ upTo: this.#sent, at: performance.now(), read })
  }

  #read(bytes: number): void {
    this.#readBytes = bytes
    while (this.#unread[0] && this.#unread[0].upTo <= bytes) this.#unread.shift()?.read?.()
  }
}
