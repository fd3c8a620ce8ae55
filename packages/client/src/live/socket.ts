/**
 * The viewer's connection: one WebSocket after another, with hello, requests, pings and reconnection.
 * Owns back-off, the resume token and the server's clock; knows nothing of pictures, pages or input.
 * Neighbours: requests.ts (id -> promise), serverClock.ts, and liveView.ts, which reads its events.
 */
import { CLOSE, isErrorCode, LIVE_SUBPROTOCOL, readMediaPacket, TandemError } from '@tandem/protocol'
import type { LiveEventMessage, LiveMethod, LiveNotification, LiveNotificationParams, LiveParams, LiveReply, LiveResult, MediaPacket } from '@tandem/protocol'
import { Emitter } from '../emitter.ts'
import { sentence } from '../sentence.ts'
import { Requests } from './requests.ts'
import { ServerClock, wallNow } from './serverClock.ts'
import { movedTo, withIdentity } from './urls.ts'

export const PING_EVERY_MS = 1_000
/** A socket that is silent this long is given up: the network changed under it. */
export const SILENT_SOCKET_MS = 5_000
/** When there is another sign that the network changed, silence is believed sooner. */
export const PROBE_MS = 1_500
/** An attempt that has not said hello by then is given up. */
export const HELLO_TIMEOUT_MS = 10_000
export const BACKOFF_FIRST_MS = 250
export const BACKOFF_MAX_MS = 10_000
/** So many servers may send the viewer on before it waits: two that name each other would keep it going in a circle. */
const MOVES_MAX = 3
/** A connection that lived this long starts the back-off anew. */
const SETTLED_MS = 5_000

export type SocketState =
  /** `code`: of the refusal that is being waited out. */
  | { state: 'connecting'; attempt: number; why: string | null; code?: string | null }
  | { state: 'open' }
  | { state: 'waiting'; attempt: number; why: string | null; code?: string | null }
  | { state: 'closed'; code: string | null; why: string }

/** What of a WebSocket is used: the seam for unit tests. */
export type SocketLike = Pick<WebSocket, 'send' | 'close' | 'readyState' | 'bufferedAmount' | 'binaryType' | 'onopen' | 'onmessage' | 'onclose' | 'onerror'>

export interface LiveSocketOptions {
  url: string
  /** What other viewers see. */
  name?: string
  /** Of the connection before (a page that was reloaded): keeps the viewer's id, and control with it. */
  resumeToken?: string | null
  createSocket?: (url: string, protocol: string) => SocketLike
  random?: () => number
}

/** Closing codes after which another attempt would end in the same way. */
const FINAL = new Map<number, { code: string; why: string }>([
  [CLOSE.unauthorized, { code: 'auth/invalid', why: 'The link is not valid any more. Ask for a new one.' }],
  [CLOSE.forbidden, { code: 'auth/forbidden', why: 'This link may not watch the session.' }],
  [CLOSE.notFound, { code: 'session/not-found', why: 'The session does not exist.' }],
  [CLOSE.kicked, { code: 'auth/kicked', why: 'Your watching was ended by the owner of the session.' }],
  [CLOSE.replaced, { code: 'auth/forbidden', why: 'This viewer was opened again elsewhere.' }],
  [CLOSE.sessionClosed, { code: 'session/closed', why: 'The session is closed.' }],
])

export class LiveSocket {
  readonly events = new Emitter<{ state: SocketState; message: LiveEventMessage; packet: MediaPacket }>()
  readonly clock = new ServerClock()
  readonly #options: LiveSocketOptions
  readonly #requests = new Requests()
  /** What other viewers see, from the next connection on. */
  name: string | undefined
  #state: SocketState = { state: 'connecting', attempt: 0, why: null }
  #url: string
  /** The server that sent us on: it knows more when the other does not answer. */
  #sentBy: string | null = null
  #moves = 0
  #socket: SocketLike | null = null
  #resumeToken: string | null = null
  #attempts = 0
  #openedAt: number | null = null
  #heardAt = 0
  #silentSince: number | null = null
  #retry: ReturnType<typeof setTimeout> | undefined
  #watch: ReturnType<typeof setInterval> | undefined
  #hello: ReturnType<typeof setTimeout> | undefined

  constructor(options: LiveSocketOptions) {
    this.#options = options
    this.name = options.name
    this.#url = options.url
    this.#resumeToken = options.resumeToken ?? null
  }

  /** Where the session is, with the token: another server's once it has said so. */
  get url(): string {
    return this.#url
  }

  /** Proof of being this viewer; a secret of this page. */
  get resumeToken(): string | null {
    return this.#resumeToken
  }

  get state(): SocketState {
    return this.#state
  }

  /** When the server was last heard, local wall time; 0: never on this connection. */
  get heardAt(): number {
    return this.#heardAt
  }

  /** Since when a ping waits for any word of the server; null: it answers. */
  get silentSince(): number | null {
    return this.#silentSince
  }

  open(): void {
    if (this.#socket || this.#state.state === 'closed') return
    const why = 'why' in this.#state ? this.#state.why : null
    const code = 'code' in this.#state ? { code: this.#state.code } : {}
    clearTimeout(this.#retry)
    this.#become({ state: 'connecting', attempt: this.#attempts, why, ...code })
    const create = this.#options.createSocket ?? ((url: string, protocol: string): SocketLike => new WebSocket(url, protocol))
    let socket: SocketLike
    try {
      socket = create(withIdentity(this.#url, { name: this.name, resumeToken: this.#resumeToken }), LIVE_SUBPROTOCOL)
    } catch (error) {
      return this.#end('request/invalid', `The address of the session cannot be opened: ${error instanceof Error ? error.message : String(error)}`)
    }
    socket.binaryType = 'arraybuffer'
    this.#socket = socket
    this.#heardAt = 0
    this.#silentSince = null
    socket.onmessage = (event) => socket === this.#socket && this.#receive(event.data)
    socket.onclose = (event) => socket === this.#socket && this.#lost(event.code, event.reason)
    socket.onerror = () => {}
    this.#hello = setTimeout(() => this.#giveUp('The server did not answer.'), HELLO_TIMEOUT_MS)
    this.#watch = setInterval(() => this.#ping(), PING_EVERY_MS)
  }

  /** Answers with the result, or rejects with the server's error, or with `server/overloaded` when the connection is lost meanwhile. */
  call<M extends LiveMethod>(method: M, params: LiveParams<M>): Promise<LiveResult<M>> {
    // The server checks its results against the registry's schema.
    return this.#requests.add(method, (id) => this.#send({ id, method, params })) as Promise<LiveResult<M>>
  }

  /** Sends what is never answered; dropped without a connection. */
  notify<M extends LiveNotification>(method: M, params: LiveNotificationParams<M>): void {
    if (this.#state.state === 'open') this.#send({ method, params })
  }

  /** Bytes that wait to be sent: over some 64 KiB, moves are better dropped. */
  get backlogBytes(): number {
    return this.#socket?.bufferedAmount ?? 0
  }

  /** There is a sign that the network changed: a socket that does not answer soon is given up for a new one. */
  probe(): void {
    if (this.#state.state !== 'open') return
    const socket = this.#socket
    const askedAt = wallNow()
    this.#ping()
    setTimeout(() => socket === this.#socket && this.#heardAt < askedAt && this.#giveUp('The network changed.'), PROBE_MS)
  }

  /** Tries at once instead of waiting for the back-off; with `force` also when the connection seems well. */
  reconnect(force = false): void {
    if (this.#state.state === 'closed') return
    if (force && this.#socket) this.#giveUp('Reconnecting.')
    clearTimeout(this.#retry)
    this.open()
  }

  /** For good: says goodbye, so that the server needs no grace. */
  close(): void {
    const socket = this.#socket
    this.#end(null, 'Closed.')
    socket?.close(CLOSE.goodbye, 'goodbye')
    this.events.clear()
  }

  #send(message: object): void {
    if (this.#socket?.readyState !== 1)
      throw new TandemError('server/overloaded', 'There is no connection to the server at the moment. Try again when it is back.')
    this.#socket.send(JSON.stringify(message))
  }

  #receive(data: unknown): void {
    this.#heardAt = wallNow()
    this.#silentSince = null
    if (data instanceof ArrayBuffer) {
      const packet = readMediaPacket(new Uint8Array(data))
      return packet === null ? undefined : this.events.emit('packet', packet)
    }
    if (typeof data !== 'string') return
    // The server is the border here: it checks what it sends against the same registry.
    const message = JSON.parse(data) as LiveReply | LiveEventMessage
    if ('event' in message) {
      if (message.event === 'session.hello') this.#welcome(message)
      this.events.emit('message', message)
    } else if ('error' in message) {
      if (message.id !== null) this.#requests.reject(message.id, message.error)
    } else this.#requests.resolve(message.id, message.result)
  }

  #welcome(message: LiveEventMessage & { event: 'session.hello' }): void {
    clearTimeout(this.#hello)
    this.#resumeToken = message.data.resumeToken
    this.#openedAt = wallNow()
    this.#moves = 0
    this.#become({ state: 'open' })
    this.#ping()
  }

  #ping(): void {
    if (this.#state.state !== 'open') return
    const now = wallNow()
    if (this.#silentSince !== null && now - this.#silentSince > SILENT_SOCKET_MS) return this.#giveUp('The server does not answer any more.')
    this.#silentSince ??= now
    this.call('viewer.ping', { clientTime: now }).then(
      ({ serverTime }) => this.clock.add({ sentAt: now, receivedAt: wallNow(), serverTime }),
      () => {},
    )
  }

  #giveUp(why: string): void {
    const socket = this.#socket
    this.#lost(0, why)
    // After #lost: its close event is not ours any more. No 1000: the server must not take it for a goodbye.
    socket?.close(4000, 'reconnecting')
  }

  #lost(code: number, reason: string): void {
    this.#release(reason || 'the connection was lost')
    const final = FINAL.get(code)
    if (final) return this.#end(isErrorCode(reason) ? reason : final.code, sentence(reason) ?? final.why)
    const moved = code === CLOSE.moved ? movedTo(this.#url, reason) : null
    if (moved !== null && this.#moves++ < MOVES_MAX) {
      this.#sentBy = this.#url
      this.#url = moved
      return this.open()
    }
    if (code === CLOSE.goodbye) return this.#end(null, sentence(reason) ?? 'The server ended the connection.')
    if (this.#openedAt !== null && wallNow() - this.#openedAt > SETTLED_MS) this.#attempts = 0
    this.#openedAt = null
    const attempt = ++this.#attempts
    if (attempt > 1 && this.#sentBy !== null) {
      ;[this.#url, this.#sentBy] = [this.#sentBy, this.#url]
      this.#moves = 0
    }
    const why =
      code === CLOSE.shuttingDown
        ? 'The server restarts.'
        : code === CLOSE.tooSlow
          ? 'This connection was too slow.'
          : code === CLOSE.moved
            ? 'Another server has the browser.'
            : code === CLOSE.full
              ? 'This view begins by itself when somebody leaves.'
              : (sentence(reason) ?? 'The connection was lost.')
    this.#become({ state: 'waiting', attempt, why, ...(code === CLOSE.full ? { code: 'session/viewer-limit' } : {}) })
    // Full jitter over the upper half: many viewers of one server must not come back at the same time.
    const ceiling = Math.min(BACKOFF_MAX_MS, BACKOFF_FIRST_MS * 2 ** (attempt - 1))
    this.#retry = setTimeout(() => this.open(), ceiling * (0.5 + 0.5 * (this.#options.random ?? Math.random)()))
  }

  #end(code: string | null, why: string): void {
    this.#release(why)
    clearTimeout(this.#retry)
    if (this.#state.state !== 'closed') this.#become({ state: 'closed', code, why })
  }

  #release(why: string): void {
    clearTimeout(this.#hello)
    clearInterval(this.#watch)
    this.#socket = null
    this.#silentSince = null
    this.clock.clear()
    this.#requests.rejectAll(why)
  }

  #become(state: SocketState): void {
    this.#state = state
    this.events.emit('state', state)
  }
}
