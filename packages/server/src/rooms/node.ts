/**
 * One LiveKit server as this one sees it: asked once a second whether it is there and who is in the rooms that are
 * watched, and called for the rooms of sessions. It knows neither where its key comes from nor how sessions are placed
 * (`nodes.ts`).
 */
import { EventEmitter } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import { BROWSER_IDENTITY, isTandemError, TandemError } from '@tandem/protocol'
import type { Node, NodeState } from '@tandem/protocol'
import type { Logger } from '../log.ts'
import { isNobodyThere, reasonOf, RoomService, statusOf } from './roomService.ts'
import type { LiveKitAccess } from './roomService.ts'
import type { LiveKitNode, NodesEvents, TokenGrant } from './types.ts'

const BEAT_MS = 1_000
/** Down after so many beats without an answer; a refusal, of a call or of the connection, counts at once. */
const MISSES = 3
const NOT_ASKED = 'it has not answered yet'

/** What of a node does not depend on whether it answers. */
export interface NodeFacts {
  id: string
  source: Node['source']
  displayName: string
  region: string | null
  hardwareClass: string | null
  registeredAt: string
}

/** How it is reached at the moment. */
export interface NodeLink {
  /** @throws TandemError `room/secret-unreadable`, `room/unavailable`: then it is down for that reason */
  access(): LiveKitAccess
  /** For clients; see `LiveKitNode.wsUrl`. Null: it has no LiveKit server yet. */
  wsUrl(base: string): string | null
}

export class RoomNode implements LiveKitNode {
  readonly events = new EventEmitter<NodesEvents>()
  facts: NodeFacts
  /** Nodes that are not active get no new sessions. */
  state: NodeState
  #link: NodeLink
  #service: { access: LiveKitAccess; service: RoomService } | null = null
  readonly #log: Logger
  readonly #stop = new AbortController()
  /** The rooms that are watched, and whether anybody is in them beside the browser. */
  readonly #watched = new Map<string, boolean>()
  #down: string | null = NOT_ASKED
  #downCode: LiveKitNode['downCode'] = 'room/unavailable'
  #misses = 0
  #participants = 0
  #lastSeenAt: string | null = null
  #wake: (() => void) | null = null

  constructor(facts: NodeFacts, state: NodeState, link: NodeLink, log: Logger) {
    this.facts = facts
    this.state = state
    this.#link = link
    this.#log = log.child({ node: facts.id })
  }

  get id(): string {
    return this.facts.id
  }

  get down(): string | null {
    return this.#down
  }

  get downCode(): LiveKitNode['downCode'] {
    return this.#downCode
  }

  /** It was not asked yet: it may well be there. */
  get isNew(): boolean {
    return this.#down === NOT_ASKED
  }

  get hasLiveKit(): boolean {
    return this.#link.wsUrl('') !== null
  }

  get participants(): number {
    return this.#participants
  }

  get lastSeenAt(): string | null {
    return this.#lastSeenAt
  }

  get directUrl(): string {
    return this.#link.access().url
  }

  wsUrl(base: string): string {
    return this.#link.wsUrl(base) ?? ''
  }

  /** Asks it from now on. */
  start(): void {
    void this.#beats()
  }

  /** Its row has changed. Where it is somewhere else now, or has another key, it is asked anew; sealed anew alone, it is the same. */
  relink(facts: NodeFacts, link: NodeLink): void {
    this.facts = facts
    this.#link = link
    if (this.#down === null && this.#service !== null && sameAccess(this.#service.access, link)) return
    this.#misses = 0
    this.#down = NOT_ASKED
    this.#wake?.()
  }

  /** Asks it, and resolves when it is known whether it answers. */
  async asked(): Promise<void> {
    if (this.hasLiveKit) await this.#beat()
  }

  /** Asks it now rather than at the next beat. */
  wake(): void {
    this.#wake?.()
  }

  /** It is known by other means that it is gone: the next beat finds it again. */
  lost(reason: string): void {
    this.#setDown(reason)
  }

  close(): void {
    this.#stop.abort()
    this.#wake?.()
    this.events.removeAllListeners()
  }

  watch(room: string, watched: boolean): void {
    if (!watched) this.#watched.delete(room)
    else if (!this.#watched.has(room)) this.#watched.set(room, false)
  }

  async token(grant: TokenGrant): Promise<{ token: string; expiresAt: Date }> {
    return this.#rooms().token(grant)
  }

  async ensureRoom(room: string): Promise<void> {
    try {
      await this.#rooms().ensureRoom(room)
    } catch (error) {
      if (isTandemError(error)) throw error
      throw new TandemError('room/unavailable', `The LiveKit server ${this.id} made no room: ${reasonOf(error)}.`, { node_id: this.id })
    }
  }

  async deleteRoom(room: string): Promise<void> {
    this.#watched.delete(room)
    await this.#try('a room was not removed', () => this.#rooms().deleteRoom(room))
  }

  async removeParticipant(room: string, identity: string): Promise<void> {
    await this.#try('a participant was not removed', () => this.#rooms().removeParticipant(room, identity))
  }

  #rooms(): RoomService {
    const access = this.#link.access()
    if (this.#service === null || !isDeepStrictEqual(this.#service.access, access)) this.#service = { access, service: new RoomService(access) }
    return this.#service.service
  }

  async #try(what: string, work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      // What is not there any more need not be removed.
      if (statusOf(error) !== 404) this.#log.debug(`${what}: ${reasonOf(error)}`)
    }
  }

  async #beats(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      const woken = new AbortController()
      this.#wake = () => woken.abort()
      if (this.hasLiveKit) await this.#beat()
      if (!this.#stop.signal.aborted) await sleep(BEAT_MS, undefined, { signal: woken.signal }).catch(() => undefined)
    }
  }

  async #beat(): Promise<void> {
    try {
      const service = this.#rooms()
      const rooms = await service.rooms()
      const watched = await Promise.all([...this.#watched.keys()].map(async (room) => [room, rooms.has(room) ? await presentIn(service, room) : []] as const))
      if (this.#stop.signal.aborted) return
      this.#participants = [...rooms.values()].reduce((sum, count) => sum + count, 0)
      this.#lastSeenAt = new Date().toISOString()
      this.#setUp()
      for (const [room, identities] of watched) this.#occupied(room, identities)
    } catch (error) {
      if (this.#stop.signal.aborted) return
      const status = statusOf(error)
      this.#downCode = isTandemError(error) && error.code === 'room/secret-unreadable' ? error.code : 'room/unavailable'
      const isFinal = isTandemError(error) || isNobodyThere(error) || status === 401 || status === 403 || this.isNew
      this.#misses += 1
      if (isFinal || this.#misses >= MISSES) this.#setDown(reasonOf(error))
    }
  }

  #occupied(room: string, identities: readonly string[]): void {
    const before = this.#watched.get(room)
    if (before === undefined) return
    this.#watched.set(room, identities.length > 0)
    if (before || identities.length > 0) this.events.emit('occupied', room, identities)
  }

  #setUp(): void {
    this.#misses = 0
    if (this.#down === null) return
    this.#down = null
    if (this.facts.source !== 'own') this.#log.info('the LiveKit server answers')
    this.events.emit('changed', this.id)
  }

  #setDown(reason: string): void {
    if (this.#down === reason) return
    this.#down = reason
    // Our own says so itself (engine.ts).
    if (this.facts.source !== 'own') this.#log.warn(`the LiveKit server is down: ${reason}`)
    this.events.emit('changed', this.id)
  }
}

function sameAccess(before: LiveKitAccess, link: NodeLink): boolean {
  try {
    return isDeepStrictEqual(before, link.access())
  } catch {
    return false
  }
}

/** Who is in the room beside the browser. A room that is gone meanwhile is empty. */
async function presentIn(service: RoomService, room: string): Promise<string[]> {
  try {
    return (await service.identities(room)).filter((identity) => identity !== BROWSER_IDENTITY)
  } catch (error) {
    if (statusOf(error) === 404) return []
    throw error
  }
}
