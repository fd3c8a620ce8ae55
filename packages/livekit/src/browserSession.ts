/**
 * A page in a room: its tracks (roomMedia.ts), who steers it (focus.ts), and their input (roomInput.ts), in the browser
 * plugin's dialect: the topics `browser-input`, `browser-focus`, `browser-url`, `cursor_changed` and five RPC methods.
 */
import { EventEmitter } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { RpcError, type RemoteParticipant, type Room, type RpcInvocationData } from '@livekit/rtc-node'
import type { BrowserPage } from './browserPage.ts'
import { dialectJson, type Json } from './dialectJson.ts'
import { AGENT, Focus } from './focus.ts'
import { RoomInput } from './roomInput.ts'
import { RoomMedia } from './roomMedia.ts'

/** A newcomer's data channel opens a moment after it is told of; what comes before that, the server drops. */
const WELCOME_MS = [0, 300, 1_000, 3_000]
/** The caller's mistake, as in HTTP. */
const RPC_FORBIDDEN = 403
const RPC_MALFORMED = 400
const RPC_NOT_FOUND = 404
/** A call may come before the news of its caller, whose packets have no sender until then. */
const KNOWN_WITHIN_MS = 3_000
const KNOWN_ASKED_MS = 20

export interface BrowserSessionOptions {
  page: BrowserPage
  /** Connected. */
  room: Room
  /** Everybody in the room may navigate, whoever holds the focus. Absent: its holder alone. */
  anyoneMayNavigate?: boolean
}

export interface BrowserSessionEvents {
  /** The identity that steers from now on; `__agent__` is the agent, null nobody. */
  focusChanged: [identity: string | null]
  /** A participant has taken the focus from the agent. */
  agentInterrupted: [identity: string]
}

/**
 * @example
 * const session = new BrowserSession({ page, room: ctx.room })
 * await session.start()
 * await session.setAgentFocus(true)
 * session.on('agentInterrupted', (identity) => …)
 */
export class BrowserSession extends EventEmitter<BrowserSessionEvents> {
  readonly #page: BrowserPage
  readonly #room: Room
  readonly #anyoneMayNavigate: boolean
  readonly #focus = new Focus()
  readonly #media: RoomMedia
  readonly #input: RoomInput
  readonly #welcomes = new Set<ReturnType<typeof setTimeout>>()
  readonly #undo: (() => void)[] = []
  /** Broadcasts go out one after the other. */
  #outbox: Promise<void> = Promise.resolve()
  #state: 'new' | 'started' | 'closed' = 'new'

  constructor({ page, room, anyoneMayNavigate = false }: BrowserSessionOptions) {
    super()
    this.#page = page
    this.#room = room
    this.#anyoneMayNavigate = anyoneMayNavigate
    this.#media = new RoomMedia(page, room)
    this.#input = new RoomInput(page)
  }

  /** Who steers: an identity, `__agent__`, or null. */
  get focusIdentity(): string | null {
    return this.#focus.identity
  }

  /** A participant has taken the focus from the agent, who has not reclaimed it since. */
  get agentInterrupted(): boolean {
    return this.#focus.agentInterrupted
  }

  /** Publishes the page; once. Throws when the room is not connected. */
  async start(): Promise<void> {
    if (this.#state !== 'new') return
    this.#state = 'started'
    this.#listen()
    this.#registerMethods()
    await this.#media.start()
    for (const identity of this.#room.remoteParticipants.keys()) this.#welcome(identity)
  }

  /** The agent takes the focus where it is free, or gives up its own. */
  async setAgentFocus(focused: boolean): Promise<void> {
    this.#focus.setAgent(focused)
    await this.#outbox
  }

  /** The agent has the focus from now on, whoever had it; `agentInterrupted` is false again. */
  async reclaimAgentFocus(): Promise<void> {
    this.#focus.reclaim()
    await this.#outbox
  }

  /** Sends a packet of another topic of the dialect to everybody. Never rejects. */
  publish(topic: string, payload: Json): Promise<void> {
    this.#outbox = this.#outbox.then(() => this.#send(topic, payload))
    return this.#outbox
  }

  /** Takes the page out of the room; the page stays open. Safe to call twice. */
  async aclose(): Promise<void> {
    if (this.#state !== 'started') return
    this.#state = 'closed'
    for (const undo of this.#undo.splice(0)) undo()
    for (const timer of this.#welcomes) clearTimeout(timer)
    this.#input.drop()
    await this.#page.sendFocusEvent(false)
    await this.#media.close()
  }

  #listen(): void {
    const [page, room, focus] = [this.#page, this.#room, this.#focus]
    const onData = (payload: Uint8Array, participant?: RemoteParticipant, _kind?: unknown, topic?: string): void => {
      if (topic !== 'browser-input' || !participant || participant.identity === AGENT) return
      if (participant.identity === focus.identity) this.#input.take(payload)
    }
    const onLeft = (participant: RemoteParticipant): void => void focus.release(participant.identity)
    const onJoined = (participant: RemoteParticipant): void => this.#welcome(participant.identity)
    const onUrl = (url: string): void => void this.publish('browser-url', { url })
    const onCursor = (cursor: string): void => void this.publish('cursor_changed', { cursor })
    room.on('dataReceived', onData).on('participantDisconnected', onLeft).on('participantConnected', onJoined)
    page.on('urlChanged', onUrl).on('cursorChanged', onCursor)
    focus.on('changed', (identity, before) => this.#focusChanged(identity, before))
    focus.on('agentInterrupted', (identity) => this.emit('agentInterrupted', identity))
    this.#undo.push(
      () => room.off('dataReceived', onData).off('participantDisconnected', onLeft).off('participantConnected', onJoined),
      () => page.off('urlChanged', onUrl).off('cursorChanged', onCursor),
    )
  }

  #focusChanged(identity: string | null, before: string | null): void {
    // What the one before holds, or has on the way, is not the next one's.
    this.#input.drop()
    if (before !== null) void this.#page.sendFocusEvent(false)
    if (identity !== null) void this.#page.sendFocusEvent(true)
    void this.publish('browser-focus', { identity })
    this.emit('focusChanged', identity)
  }

  #registerMethods(): void {
    const participant = this.#room.localParticipant
    if (!participant) throw new Error('The room is not connected: connect it before the session starts.')
    const methods: Record<string, (call: RpcInvocationData) => Promise<Json>> = {
      'browser/request-focus': async ({ callerIdentity }): Promise<Json> => {
        if (!(await this.#isKnown(callerIdentity))) throw new RpcError(RPC_NOT_FOUND, 'The room does not know the caller yet: try again.')
        const holder = this.#focus.identity
        const granted = this.#focus.request(callerIdentity)
        await this.#outbox
        return granted ? { granted } : { granted, holder }
      },
      'browser/release-focus': async ({ callerIdentity }) => {
        const released = this.#focus.release(callerIdentity)
        await this.#outbox
        return { released }
      },
      'browser/navigate': async (call) => this.#navigate(call, (url) => (url ? this.#page.navigate(url) : undefined)),
      'browser/go-back': async (call) => this.#navigate(call, () => this.#page.goBack()),
      'browser/go-forward': async (call) => this.#navigate(call, () => this.#page.goForward()),
    }
    for (const [name, method] of Object.entries(methods)) {
      participant.registerRpcMethod(name, async (call) => dialectJson(await method(call)))
      this.#undo.push(() => participant.unregisterRpcMethod(name))
    }
  }

  /** Of somebody who was never known it would not be told either that they left. */
  async #isKnown(identity: string): Promise<boolean> {
    const late = AbortSignal.timeout(KNOWN_WITHIN_MS)
    while (!this.#room.remoteParticipants.has(identity) && !late.aborted) await sleep(KNOWN_ASKED_MS)
    return this.#room.remoteParticipants.has(identity)
  }

  /** Answers at once: how it goes is seen in the picture and in `browser-url`. */
  #navigate({ method, callerIdentity, payload }: RpcInvocationData, go: (url: string) => Promise<void> | undefined): Json {
    const mayNavigate = this.#anyoneMayNavigate || (callerIdentity !== AGENT && callerIdentity === this.#focus.identity)
    if (!mayNavigate) throw new RpcError(RPC_FORBIDDEN, `Only the holder of the focus may call ${method}: call browser/request-focus first.`)
    go(method === 'browser/navigate' ? urlOf(payload) : '')?.catch(() => {})
    return { status: 'ok' }
  }

  /** Tells a newcomer how things are: packets before it came have gone by. */
  #welcome(identity: string): void {
    for (const ms of WELCOME_MS) {
      const timer = setTimeout(() => {
        this.#welcomes.delete(timer)
        if (!this.#room.remoteParticipants.has(identity)) return
        this.#outbox = this.#outbox.then(async () => {
          await this.#send('browser-focus', { identity: this.#focus.identity }, identity)
          if (this.#page.url !== '') await this.#send('browser-url', { url: this.#page.url }, identity)
          await this.#send('cursor_changed', { cursor: this.#page.cursor }, identity)
        })
      }, ms)
      this.#welcomes.add(timer)
    }
  }

  async #send(topic: string, payload: Json, to?: string): Promise<void> {
    if (this.#state !== 'started') return
    const bytes = new TextEncoder().encode(dialectJson(payload))
    // Of a room that is just gone nobody is left to be told.
    await this.#room.localParticipant?.publishData(bytes, { reliable: true, topic, destination_identities: to === undefined ? [] : [to] }).catch(() => {})
  }
}

function urlOf(payload: string): string {
  try {
    const { url } = JSON.parse(payload) as { url?: unknown }
    return typeof url === 'string' ? url : ''
  } catch {
    throw new RpcError(RPC_MALFORMED, 'The payload must be a JSON object with a url.')
  }
}
