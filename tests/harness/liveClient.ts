/** The live socket by hand, without the SDK: for tests of what the server does with honest and dishonest clients. */
import { LIVE_SUBPROTOCOL, readMediaPacket } from '@tandem/protocol'
import type { MediaPacket, LiveEvent, LiveEventData, LiveMethod, LiveParams, LiveResult, WireError } from '@tandem/protocol'
import { WebSocket } from 'ws'
import type { ClientOptions, RawData } from 'ws'

const WAIT_MS = 20_000

interface Message {
  id?: number | null
  result?: unknown
  error?: WireError
  event?: LiveEvent
  data?: unknown
}

export class LiveClient {
  readonly socket: WebSocket
  readonly messages: Message[] = []
  /** Media of the rungs `websocket` and `jpeg`, in the order in which they came. */
  readonly packets: MediaPacket[] = []
  readonly #waiters = new Set<() => void>()
  readonly closed: Promise<{ code: number; reason: string }>
  #lastId = 0

  constructor(url: string, options: ClientOptions = {}, protocols: string[] = [LIVE_SUBPROTOCOL]) {
    this.socket = new WebSocket(url, protocols, options)
    this.socket.on('message', (data, isBinary) => {
      if (isBinary) this.packets.push(packetOf(data))
      else this.messages.push(JSON.parse(String(data)))
      for (const wake of this.#waiters) wake()
    })
    this.socket.on('error', () => undefined)
    this.closed = new Promise((resolve) => this.socket.on('close', (code, reason) => resolve({ code, reason: String(reason) })))
  }

  /** Connected, with its hello. */
  static async join(url: string, options: ClientOptions = {}): Promise<LiveClient & { hello: LiveEventData<'session.hello'> }> {
    const client = new LiveClient(url, options)
    const hello = await Promise.race([
      client.event('session.hello'),
      client.closed.then((end): never => {
        throw new Error(`closed with ${end.code} ${end.reason}`)
      }),
    ])
    return Object.assign(client, { hello })
  }

  send(message: unknown): void {
    this.socket.send(typeof message === 'string' ? message : JSON.stringify(message))
  }

  /** Rejects with the wire error. */
  async call<M extends LiveMethod>(method: M, params: LiveParams<M>): Promise<LiveResult<M>> {
    const id = ++this.#lastId
    this.send({ id, method, params })
    const reply = await this.find((message) => message.id === id)
    if (reply.error) throw Object.assign(new Error(reply.error.message), reply.error)
    return reply.result as LiveResult<M>
  }

  /** The code of the refusal; throws when there was none. */
  async refusal(method: string, params: unknown): Promise<WireError> {
    const id = ++this.#lastId
    this.send({ id, method, params })
    const { error } = await this.find((message) => message.id === id)
    if (!error) throw new Error(`${method} was not refused`)
    return error
  }

  notify(method: string, params: unknown): void {
    this.send({ method, params })
  }

  /** The first event of this name that fits, of those that came and those to come. */
  async event<E extends LiveEvent>(name: E, fits: (data: LiveEventData<E>) => boolean = () => true, waitMs = WAIT_MS): Promise<LiveEventData<E>> {
    const message = await this.find((candidate) => candidate.event === name && fits(candidate.data as LiveEventData<E>), waitMs)
    return message.data as LiveEventData<E>
  }

  /** The same, of those that come from now on. */
  async next<E extends LiveEvent>(name: E, fits: (data: LiveEventData<E>) => boolean = () => true): Promise<LiveEventData<E>> {
    const old = new Set(this.messages)
    const message = await this.find((candidate) => !old.has(candidate) && candidate.event === name && fits(candidate.data as LiveEventData<E>))
    return message.data as LiveEventData<E>
  }

  events<E extends LiveEvent>(name: E): LiveEventData<E>[] {
    return this.messages.filter((message) => message.event === name).map((message) => message.data as LiveEventData<E>)
  }

  find(fits: (message: Message) => boolean, waitMs = WAIT_MS): Promise<Message> {
    return this.#wait(() => this.messages.find(fits), waitMs)
  }

  /** The first packet that fits, of those that came and those to come. */
  packet(fits: (packet: MediaPacket) => boolean = () => true): Promise<MediaPacket> {
    return this.#wait(() => this.packets.find(fits), WAIT_MS)
  }

  #wait<T>(find: () => T | undefined, waitMs: number): Promise<T> {
    return new Promise((resolve, reject) => {
      const settle = (): void => {
        clearTimeout(timer)
        this.#waiters.delete(look)
      }
      const look = (): void => {
        const found = find()
        if (found === undefined) return
        settle()
        resolve(found)
      }
      const fail = (why: string): void => {
        settle()
        const came = this.messages.map((message) => message.event ?? message.id).join(', ')
        reject(new Error(`${why}; there were ${this.packets.length} packets and: ${came}`))
      }
      const timer = setTimeout(() => fail('nothing like that came'), waitMs)
      this.#waiters.add(look)
      look()
      // Nothing more can come: a server that ended is told as that, and at once.
      void this.closed.then(({ code, reason }) => fail(`the socket was closed with ${code} ${reason}`))
    })
  }

  close(code = 1000): Promise<{ code: number; reason: string }> {
    this.socket.close(code)
    return this.closed
  }
}

function packetOf(data: RawData): MediaPacket {
  // ws hands a message over as one Buffer unless told otherwise.
  const packet = Buffer.isBuffer(data) ? readMediaPacket(data) : null
  if (!packet) throw new Error('a binary message that is no media packet')
  return packet
}
