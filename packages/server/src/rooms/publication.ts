/**
 * Whether the browser is in its room, and how it gets there: joined while that is wanted, with a fresh token each time,
 * and again after whatever threw it out (the SFU, the capture page, Chromium). It knows nobody in the room; `room.ts`
 * says when it is wanted. The other side is capture/src/room.ts, by `capture.room` and the message `roomState`.
 */
import { EventEmitter } from 'node:events'
import { BROWSER_IDENTITY, TandemError } from '@tandem/protocol'
import type { CaptureCommands, CaptureMessage, RoomOptions, SessionRoom } from '@tandem/protocol'
import type { Clock } from '../control/types.ts'
import type { Logger } from '../log.ts'
import { isBeingMade } from '../media/wish.ts'
import type { LiveKitNode } from './types.ts'

const TOKEN_TTL_S = 24 * 3_600
const CAPTURE_RETRY_MS = 200
/** A browser that has just begun has better things to do than to prepare for a room. */
const PREPARE_AFTER_MS = 1_000
const FIRST_BACKOFF_MS = 500
const MAX_BACKOFF_MS = 10_000
/** So long in the room, and what was before is forgotten: two that throw each other out do so ever more slowly. */
const STEADY_MS = 20_000
/** As the capture page names LiveKit's reason. */
const DUPLICATE = 'duplicate-identity'

export interface PublicationOptions {
  sessionId: string
  /** The node it sticks to; null: none yet. */
  node(): LiveKitNode | null
  /** @throws TandemError `media/unavailable`, `browser/crashed`, `session/closed` */
  capture(): CaptureCommands
  codecs(): string[]
  /** What must hold for the first frame. */
  outset(): Required<Pick<RoomOptions, 'blank' | 'audience'>>
  /** The outlet is being made, or was there: it is told what may have changed meanwhile. */
  joining(capture: CaptureCommands): void
  clock: Clock
  log: Logger
}

interface PublicationEvents {
  /** State or reason did. */
  changed: []
  /** In the room, with all that was sent there before forgotten. */
  joined: []
  /** Thrown out, or never got in. */
  down: [reason: string]
  /** It was down, and is no longer. */
  up: []
  /** Somebody with the API secret came as the browser itself. */
  intruded: []
}

type State = NonNullable<SessionRoom>['state']

export class Publication {
  readonly events = new EventEmitter<PublicationEvents>()
  readonly #options: PublicationOptions
  #state: State = 'idle'
  #reason: string | null = null
  #wanted = false
  /** Told to be down, and not up again since. */
  #wasDown = false
  /** Rises with each join and leave: what an older one says comes too late. */
  #round = 0
  #backoffMs = FIRST_BACKOFF_MS
  #retry: (() => void) | null = null
  #steady: (() => void) | null = null
  #preparing: (() => void) | null = null
  #closed = false

  constructor(options: PublicationOptions) {
    this.#options = options
  }

  get state(): State {
    return this.#state
  }

  get reason(): string | null {
    return this.#reason
  }

  want(wanted: boolean): void {
    if (this.#wanted === wanted || this.#closed) return
    this.#wanted = wanted
    if (!wanted) return this.#leave()
    if (!this.#retry) void this.#join()
  }

  /** What the capture page says of the room. */
  heard({ state, reason }: Extract<CaptureMessage, { type: 'roomState' }>): void {
    if (!this.#wanted || this.#closed) return
    if (state === 'connected') this.#joined()
    else if (state === 'disconnected') this.#failed(reason ?? 'The connection to the LiveKit server was lost.')
    else if (this.#state === 'live' || this.#state === 'idle') this.#set('connecting', null)
  }

  /** The node answers again, or does no longer, or there is one now. */
  nodeChanged(): void {
    const node = this.#options.node()
    if (!node || this.#closed) return
    if (node.down !== null) {
      // A room that is joined says itself when it is lost: the node may only be unreachable for us.
      if (this.#state !== 'live') this.#fell(node.down)
      return
    }
    this.#backoffMs = FIRST_BACKOFF_MS
    if (this.#state !== 'down') return
    this.#stopRetry()
    if (this.#wanted) void this.#join()
    else {
      this.#set('idle', null)
      this.#rose()
    }
  }

  /** The capture page is gone, or the whole browser; a new one has never heard of the room. */
  captureLost(): void {
    this.#round += 1
    this.#stopRetry()
    this.#preparing?.()
    if (this.#wanted && this.#state !== 'down') this.#set('connecting', null)
  }

  captureBack(): void {
    if (this.#closed) return
    if (this.#wanted) void this.#join()
    else this.#preparing = this.#options.clock.after(PREPARE_AFTER_MS, () => this.#prepare())
  }

  /** With what is published now: the codecs that may be chosen have changed. */
  renew(): void {
    if (this.#wanted && this.#state === 'live') void this.#join()
  }

  close(): void {
    this.#closed = true
    this.#round += 1
    this.#stopRetry()
    this.#preparing?.()
    this.#steady?.()
  }

  async #join(): Promise<void> {
    this.#stopRetry()
    const round = ++this.#round
    const { sessionId, node: nodeOf, capture, codecs, outset, joining, log } = this.#options
    const node = nodeOf()
    if (!node) return this.#fell('No LiveKit server is there for this session.')
    if (node.down !== null) return this.#failed(node.down)
    if (this.#state !== 'down') this.#set('connecting', null)
    try {
      await node.ensureRoom(sessionId)
      const grant = { room: sessionId, identity: BROWSER_IDENTITY, name: 'Browser', attributes: {}, may: 'browser', ttlS: TOKEN_TTL_S } as const
      const { token } = await node.token(grant)
      if (round !== this.#round) return
      const page = capture()
      await page.room({ wsUrl: node.directUrl, token, audio: true, quality: 'auto', codecs: codecs(), ...outset() })
      if (round === this.#round) joining(page)
    } catch (error) {
      if (round !== this.#round) return
      log.debug({ err: error }, 'the browser did not get into its room')
      if (isBeingMade(error)) this.#retry = this.#options.clock.after(CAPTURE_RETRY_MS, () => void this.#join())
      else this.#failed(error instanceof TandemError ? error.message : 'The LiveKit server could not be joined.')
    }
  }

  /** What the first to come would have to wait for. */
  #prepare(): void {
    const { node, capture, log } = this.#options
    if (!node()) return
    const run = async (): Promise<void> => capture().prepareRoom()
    run().catch((error: unknown) => log.debug({ err: error }, 'no room could be prepared for'))
  }

  #joined(): void {
    const { clock } = this.#options
    this.#stopRetry()
    this.#steady?.()
    this.#steady = clock.after(STEADY_MS, () => (this.#backoffMs = FIRST_BACKOFF_MS))
    this.#set('live', null)
    this.#rose()
    this.events.emit('joined')
  }

  #failed(reason: string): void {
    // The message and the answer of the command may both say it.
    if (this.#retry) return
    this.#round += 1
    this.#steady?.()
    const { node, sessionId, clock } = this.#options
    const intruded = reason === DUPLICATE
    this.#fell(intruded ? 'Another participant took the identity of the browser: somebody else has the API secret of this LiveKit server.' : reason)
    if (!this.#wanted || this.#closed) return
    const wait = this.#backoffMs
    this.#backoffMs = Math.min(this.#backoffMs * 2, MAX_BACKOFF_MS)
    if (!intruded) return void (this.#retry = clock.after(wait, () => void this.#join()))
    this.events.emit('intruded')
    const round = this.#round
    const again = (): void => {
      if (round === this.#round && this.#wanted && !this.#closed) this.#retry = clock.after(wait, () => void this.#join())
    }
    void node()?.removeParticipant(sessionId, BROWSER_IDENTITY).then(again, again)
  }

  #leave(): void {
    this.#round += 1
    this.#stopRetry()
    this.#steady?.()
    const { capture, log } = this.#options
    const run = async (): Promise<void> => capture().room(null)
    run().catch((error: unknown) => log.debug({ err: error }, 'the room was not left'))
    if (this.#state !== 'down') this.#set('idle', null)
  }

  #fell(reason: string): void {
    const news = !this.#wasDown
    this.#wasDown = true
    this.#set('down', reason)
    if (news) this.events.emit('down', reason)
  }

  #rose(): void {
    if (!this.#wasDown) return
    this.#wasDown = false
    this.events.emit('up')
  }

  #set(state: State, reason: string | null): void {
    if (this.#state === state && this.#reason === reason) return
    this.#state = state
    this.#reason = reason
    this.events.emit('changed')
  }

  #stopRetry(): void {
    this.#retry?.()
    this.#retry = null
  }
}
