/**
 * One CDP connection over a transport, shared by our own sessions and the gateway's clients.
 * Owns ids, pending replies and the routing of messages to sessions; knows nothing of pages or control.
 * Protocol: https://chromedevtools.github.io/devtools-protocol/, flat sessions.
 */
import { EventEmitter } from 'node:events'
import { TandemError } from '@tandem/protocol'
import type { Protocol } from 'devtools-protocol'
import type { ProtocolMapping } from 'devtools-protocol/types/protocol-mapping.d.ts'
import type { Transport } from './pipe.ts'
import { commandParts } from './rawJson.ts'
import { RawMessage } from './rawMessage.ts'
import { Starts } from './starts.ts'

export type { Protocol }
type Commands = ProtocolMapping.Commands
type Events = ProtocolMapping.Events
export type CdpMethod = keyof Commands
export type CdpEvent = keyof Events

/** A raw CDP message from the browser. */
export interface CdpMessage {
  id?: number
  method?: string
  params?: Record<string, unknown>
  result?: Record<string, unknown>
  error?: { code: number; message: string; data?: unknown }
  sessionId?: string
}

interface Pending {
  resolve(result: unknown): void
  reject(error: Error): void
  /** Made at call time, so that its stack points to the caller. */
  error: TandemError
  sessionId: string | undefined
}

/** Receives all messages of the sessions that it adopted, raw. The gateway is one for each client. */
export interface SessionOwner {
  /** A reply to a message sent by `sendRaw` (its id is the one that `sendRaw` returned), or an event of an adopted session. */
  deliver(message: RawMessage): void
}

export class Connection {
  readonly #transport: Transport
  #lastId = 0
  readonly #pending = new Map<number, Pending>()
  readonly #rawPending = new Map<number, SessionOwner>()
  readonly #sessions = new Map<string, CdpSession>()
  readonly #owners = new Map<string, SessionOwner>()
  #closed = false
  /** The browser-level session: no session id. */
  readonly root: CdpSession
  /** When new targets may run. */
  readonly starts: Starts
  readonly events = new EventEmitter<{ closed: [] }>()

  constructor(transport: Transport) {
    this.#transport = transport
    this.root = new CdpSession(this, undefined)
    this.starts = new Starts(this)
    transport.onmessage = (message) => this.#receive(message)
    transport.onclose = () => this.close()
  }

  get closed(): boolean {
    return this.#closed
  }

  /** Somebody else than ourselves has sessions here. */
  get hasOwners(): boolean {
    return this.#owners.size > 0
  }

  /** Attaches to a target with a session of our own. Rejects with `browser/method-failed` when it is gone. */
  async attach(targetId: string): Promise<CdpSession> {
    const { sessionId } = await this.root.send('Target.attachToTarget', { targetId, flatten: true })
    return this.session(sessionId)
  }

  /** The typed session for an id that Chromium announced (auto-attach). */
  session(sessionId: string): CdpSession {
    let session = this.#sessions.get(sessionId)
    if (!session) this.#sessions.set(sessionId, (session = new CdpSession(this, sessionId)))
    return session
  }

  /** Sends for a session; @internal to CdpSession. */
  send(method: string, params: object | undefined, sessionId: string | undefined): Promise<unknown> {
    const error = new TandemError('browser/method-failed', `${method} failed`, { method })
    if (this.#closed) return Promise.reject(new TandemError('browser/crashed', `The browser is gone; ${method} was not sent.`))
    return new Promise((resolve, reject) => {
      const id = ++this.#lastId
      this.#pending.set(id, { resolve, reject, error, sessionId })
      this.#transport.send(JSON.stringify({ id, method, params, sessionId }))
    })
  }

  /** Sends without waiting: for input, whose reply is bound to the next frame. Failures are ignored. */
  post(method: string, params: object | undefined, sessionId: string | undefined): void {
    if (!this.#closed) this.#transport.send(JSON.stringify({ id: ++this.#lastId, method, params, sessionId }))
  }

  /** Sends a client's message under an id of ours, which it returns; the reply is delivered to the owner under that id. */
  sendRaw(owner: SessionOwner, method: string, params: unknown, sessionId: string | undefined): number {
    const id = ++this.#lastId
    if (this.#closed) return id
    this.#rawPending.set(id, owner)
    this.#transport.send(JSON.stringify({ id, method, params, sessionId }))
    return id
  }

  /** The same, for a command some of whose params are `RawJson`. */
  sendLarge(owner: SessionOwner, method: string, params: Record<string, unknown>, sessionId: string | undefined): number {
    const id = ++this.#lastId
    if (this.#closed) return id
    this.#rawPending.set(id, owner)
    this.#transport.send(commandParts(id, method, params, sessionId))
    return id
  }

  /** The reply to this `sendRaw` is no longer wanted: it is dropped when it comes. */
  forgetRaw(id: number): void {
    this.#rawPending.delete(id)
  }

  /** From now on all messages of this session go to the owner. */
  adopt(sessionId: string, owner: SessionOwner): void {
    this.#owners.set(sessionId, owner)
  }

  /** The session ended, or the owner wants no more of it. */
  disownSession(sessionId: string): void {
    this.#owners.delete(sessionId)
  }

  /** The owner is gone: nothing is delivered to it any more. Its sessions must be detached by the caller. */
  disown(owner: SessionOwner): void {
    for (const [sessionId, candidate] of this.#owners) if (candidate === owner) this.#owners.delete(sessionId)
    for (const [id, candidate] of this.#rawPending) if (candidate === owner) this.#rawPending.delete(id)
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#transport.close()
    for (const { reject, error } of this.#pending.values()) {
      // The cause was made when the command was sent: its stack says by whom.
      reject(new TandemError('browser/crashed', `The browser closed before it answered ${String(error.details['method'])}.`, {}, { cause: error }))
    }
    this.#pending.clear()
    this.#rawPending.clear()
    this.starts.clear()
    for (const session of this.#sessions.values()) session.detached()
    this.events.emit('closed')
  }

  #receive(message: string | readonly Buffer[]): void {
    const raw = new RawMessage(message)
    if (raw.id !== undefined) return this.#reply(raw, raw.id)
    const { sessionId, method } = raw
    const owner = sessionId === undefined ? undefined : this.#owners.get(sessionId)
    if (owner) return owner.deliver(raw)
    const session = sessionId === undefined ? this.root : this.#sessions.get(sessionId)
    if (!session || method === undefined) return
    const params = raw.parse().params ?? {}
    if (method === 'Target.detachedFromTarget' && typeof params['sessionId'] === 'string') this.#drop(params['sessionId'])
    session.dispatch(method, params)
  }

  #reply(raw: RawMessage, id: number): void {
    const owner = this.#rawPending.get(id)
    if (owner) {
      this.#rawPending.delete(id)
      return owner.deliver(raw)
    }
    const pending = this.#pending.get(id)
    if (!pending) return
    this.#pending.delete(id)
    const message = raw.parse()
    if (!message.error) return pending.resolve(message.result)
    pending.error.message = `${String(pending.error.details['method'])}: ${message.error.message}`
    pending.reject(pending.error)
  }

  #drop(sessionId: string): void {
    const session = this.#sessions.get(sessionId)
    if (!session) return
    this.#sessions.delete(sessionId)
    // Chromium sends no replies for a session that ended.
    for (const [id, pending] of this.#pending) {
      if (pending.sessionId !== sessionId) continue
      this.#pending.delete(id)
      pending.error.message = `${String(pending.error.details['method'])}: the target was closed`
      pending.reject(pending.error)
    }
    session.detached()
  }
}

/** A typed view of one CDP session. Events by their CDP name, plus `detached`. */
export class CdpSession {
  readonly #connection: Connection
  readonly id: string | undefined
  readonly #emitter = new EventEmitter()
  #detached = false

  constructor(connection: Connection, id: string | undefined) {
    this.#connection = connection
    this.id = id
    this.#emitter.setMaxListeners(50)
  }

  get connection(): Connection {
    return this.#connection
  }

  get isDetached(): boolean {
    return this.#detached
  }

  /** Rejects with `browser/method-failed` (Chromium's text in the message) or `browser/crashed`. */
  send<M extends CdpMethod>(method: M, ...params: Commands[M]['paramsType']): Promise<Commands[M]['returnType']> {
    // The mapping is Chromium's own promise about its reply.
    return this.#connection.send(method, params[0] as object | undefined, this.id) as Promise<Commands[M]['returnType']>
  }

  /** Sends without waiting for the reply. */
  post<M extends CdpMethod>(method: M, ...params: Commands[M]['paramsType']): void {
    this.#connection.post(method, params[0] as object | undefined, this.id)
  }

  /** Listens; returns the undo. */
  on<E extends CdpEvent>(event: E, listener: (...args: Events[E]) => void): () => void {
    this.#emitter.on(event, listener)
    return () => this.#emitter.off(event, listener)
  }

  onDetached(listener: () => void): () => void {
    this.#emitter.on('detached', listener)
    return () => this.#emitter.off('detached', listener)
  }

  /** @internal */
  dispatch(method: string, params: Record<string, unknown>): void {
    this.#emitter.emit(method, params)
  }

  /** @internal */
  detached(): void {
    if (this.#detached) return
    this.#detached = true
    this.#emitter.emit('detached')
  }
}
