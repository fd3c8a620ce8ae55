/**
 * Takes the capture page's packets: a WebSocket listener on 127.0.0.1 for one connection of one page. A WebSocket costs
 * half of what the same bytes cost over CDP, as base64 (docs/latency.md). Pages of the browser reach the port but not
 * the socket: its path is a secret, and the origin is the extension's. Knows nothing of viewers; capturePage.ts owns it.
 */
import { randomBytes, timingSafeEqual } from 'node:crypto'
import { EventEmitter, once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import { MEDIA_HEADER_BYTES, RAW_KINDS, readMediaPacket, readRawSound, type MediaConfig, type RawSound } from '@tandem/protocol'
import { WebSocketServer, type WebSocket } from 'ws'
import { CAPTURE_EXTENSION_ID } from './captureFlags.ts'
import type { MediaMessage, RawFrame, Thumbnail } from './contract.ts'
import { RawFrames } from './rawFrames.ts'

/** Key frames of a large screen in full motion are a tenth of it. */
const MAX_MESSAGE_BYTES = 16 * 1024 * 1024
const CAPTURED_AT_OFFSET = 8

export interface MediaSocketEvents {
  media: [MediaMessage]
  mediaConfig: [MediaConfig]
  thumbnail: [Thumbnail]
  rawFrame: [RawFrame]
  pcm: [RawSound]
  /** The page's end was closed. */
  closed: []
}

export class MediaSocket {
  readonly events = new EventEmitter<MediaSocketEvents>()
  readonly #server = createServer((_request, response) => void response.writeHead(404).end())
  readonly #sockets = new WebSocketServer({ noServer: true, maxPayload: MAX_MESSAGE_BYTES, perMessageDeflate: false })
  readonly #raw = new RawFrames()
  readonly #secret = randomBytes(24).toString('hex')
  #taken = false
  #closed = false

  private constructor() {
    this.#server.on('upgrade', (request, socket, head) => {
      if (this.#taken || !this.#isOurs(request)) socket.destroy()
      else {
        this.#taken = true
        this.#sockets.handleUpgrade(request, socket, head, (webSocket) => this.#opened(webSocket))
      }
    })
  }

  /** Resolves with a socket that can be connected to. */
  static async listen(): Promise<MediaSocket> {
    const socket = new MediaSocket()
    socket.#server.listen(0, '127.0.0.1')
    await once(socket.#server, 'listening')
    // A browser that is held open by it would never end.
    socket.#server.unref()
    return socket
  }

  get url(): string {
    const address = this.#server.address()
    return `ws://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}/${this.#secret}`
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#server.close()
    for (const client of this.#sockets.clients) client.terminate()
  }

  #isOurs({ url = '', headers }: IncomingMessage): boolean {
    const [given, wanted] = [Buffer.from(url), Buffer.from(`/${this.#secret}`)]
    return headers.origin === `chrome-extension://${CAPTURE_EXTENSION_ID}` && given.length === wanted.length && timingSafeEqual(given, wanted)
  }

  #opened(socket: WebSocket): void {
    // Nobody else gets in: nothing listens any more.
    this.#server.close()
    let read = 0
    let telling = false
    // The kernel holds megabytes: the page knows only by this how late its packets are.
    const tell = (): void => {
      telling = false
      if (socket.readyState === socket.OPEN) socket.send(String(read))
    }
    socket.on('message', (data, isBinary) => {
      // `nodebuffer` is the socket's binary type: one Buffer a message.
      if (!Buffer.isBuffer(data)) return
      if (isBinary) {
        read += data.length
        if (!telling) setImmediate(tell)
        telling = true
        this.#heard(data)
      }
      // Our own page alone has the secret; its messages are those of the contract.
      else this.events.emit('mediaConfig', JSON.parse(data.toString()) as MediaConfig)
    })
    socket.on('close', () => {
      if (!this.#closed) this.events.emit('closed')
    })
    // Told by `close`.
    socket.on('error', () => {})
    socket.send(String(monotonicNow()))
  }

  #heard(bytes: Buffer): void {
    if (bytes[0] === RAW_KINDS.patch || bytes[0] === RAW_KINDS.sound) return this.#heardRaw(bytes)
    const packet = readMediaPacket(bytes)
    if (!packet) return
    const at = toWallClock(packet.capturedAt)
    if (packet.kind === 'picture') {
      this.events.emit('thumbnail', { jpeg: bytes.subarray(MEDIA_HEADER_BYTES), at })
      return
    }
    // In its place: the packet goes on as the bytes that came.
    bytes.writeDoubleBE(at, CAPTURED_AT_OFFSET)
    this.events.emit('media', { kind: packet.kind, keyFrame: packet.keyFrame, config: packet.config, bytes })
  }

  #heardRaw(bytes: Buffer): void {
    const frame = this.#raw.take(bytes)
    if (frame) this.events.emit('rawFrame', { ...frame, at: toWallClock(frame.at) })
    const sound = readRawSound(bytes)
    if (sound) this.events.emit('pcm', { ...sound, at: toWallClock(sound.at) })
  }
}

/** ms on the clock that captured frames are stamped with. */
export function monotonicNow(): number {
  return Number(process.hrtime.bigint()) / 1e6
}

/** From the monotonic clock to the time of day as it is now: a clock that was set in between makes no frame old. */
function toWallClock(monotonic: number): number {
  return Date.now() - (monotonicNow() - monotonic)
}

export function toMonotonic(wallClock: number): number {
  return monotonicNow() - (Date.now() - wallClock)
}
