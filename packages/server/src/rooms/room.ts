/**
 * The room of one session: which LiveKit server has it, whether the browser is in it, who else is, and what goes to and
 * fro. It decides nothing about control and encodes nothing. Parts: `publication.ts` (the browser in the room),
 * `presence.ts` (when it is there), `people.ts` (who else is), `ownViewers.ts` (those of ours), `input.ts` (what they send),
 * `topics.ts` (what they are told), `curtain.ts` (secrets).
 * `sessions/session.ts` makes it, `media/rooms.ts` brings viewers of ours, `http/roomRoutes.ts` all others.
 */
import { EventEmitter } from 'node:events'
import type { LiveBrowser } from '@tandem/browser'
import { BROWSER_IDENTITY, TandemError, VIEWER_IDENTITY_PREFIX } from '@tandem/protocol'
import type { CaptureCommands, CaptureMessage, LiveKitInfo, SessionRoom } from '@tandem/protocol'
import type { Principal } from '../access/principal.ts'
import type { Control } from '../control/control.ts'
import type { Clock, Departure } from '../control/types.ts'
import type { Gateway } from '../gateway/gateway.ts'
import type { Logger } from '../log.ts'
import type { Metrics } from '../metrics.ts'
import type { Watcher } from '../sessions/watchers.ts'
import { Curtain } from './curtain.ts'
import { RoomInput } from './input.ts'
import { joinInfo } from './joinInfo.ts'
import { OwnViewers } from './ownViewers.ts'
import { People } from './people.ts'
import { Presence } from './presence.ts'
import { Publication } from './publication.ts'
import { Topics } from './topics.ts'
import type { Credentials, LiveKitNode, Nodes } from './types.ts'

/** Somebody who has just got a token is on the way. */
const EXPECT_MS = 60_000
/** It joins at once, and LiveKit itself gives it fresh ones while it is there. */
const VIEWER_TOKEN_TTL_S = 600

/** What the server gives to the rooms of all sessions. */
export interface RoomsOfServer {
  nodes: Nodes
  credentials: Credentials
  /** The browser is always in its room, watched or not. */
  always?: boolean
}

export interface RoomOptions extends RoomsOfServer {
  sessionId: string
  /** Where it was before a restart; null: nowhere yet. */
  nodeId: string | null
  /** It has a place, for good. */
  placed(nodeId: string): void
  clock: Clock
  log: Logger
  metrics: Pick<Metrics, 'roomPacketRefused'>
  control: Control
  /** @throws TandemError `control/…`, `browser/crashed` */
  drive(clientId: string): LiveBrowser
  running(): LiveBrowser | null
  ofHuman<T>(work: Promise<T>): Promise<T>
  /** By which credential somebody acts by REST under this client id. */
  principalOf(clientId: string): Principal | null
  isFull(): boolean
  join(watcher: Watcher): void
  leave(watcher: Watcher, how: Departure): void
  /** Why the picture is hidden from this viewer; null when it is not. */
  blankReason(viewerId: string): string | null
  note(type: string, data: Record<string, unknown>): void
  /** The session's resource changed. */
  changed(): void
}

interface RoomEvents {
  /** Why the rung `room` cannot be had may have changed. */
  offered: []
  /** It was away and is back: those who watched join anew. */
  back: []
}

export class Room {
  readonly events = new EventEmitter<RoomEvents>()
  readonly people: People
  readonly #options: RoomOptions
  readonly #presence: Presence
  readonly #publication: Publication
  readonly #input: RoomInput
  readonly #topics: Topics
  readonly #curtain: Curtain
  #node: LiveKitNode | null
  readonly #watching = new OwnViewers()
  /** LiveKit itself says that somebody is there. */
  #occupied = false
  /** The capture page has said that it is in the room, and not yet that it is not. */
  #inside = false
  #closed = false
  readonly #undo: (() => void)[] = []

  constructor(options: RoomOptions) {
    const { nodes, sessionId, nodeId, control, clock, log, running, isFull, join, leave, changed } = options
    this.#options = options
    this.#node = nodeId === null ? null : nodes.find(nodeId, sessionId)
    this.#topics = new Topics({
      clock,
      send: ({ topic, text, lossy = false, to }) => this.#send({ topic, text, reliable: !lossy, ...(to && { to }) }),
      viewport: () => running()?.viewport ?? { width: 0, height: 0 },
    })
    this.#input = new RoomInput({
      ...options,
      isParticipant: (clientId) => this.people.get(clientId) !== null,
      send: (to, text, reliable) => this.#send({ text, reliable, to: [to] }),
      bound: () => this.#focus(),
    })
    this.people = new People({
      ...options,
      isFull,
      join,
      leave,
      came: ({ identity }) => this.#topics.greet([identity]),
      gone: (participant, how) => {
        const inName = this.#input.left(participant)
        if (inName !== null) control.holderLeft(inName, how)
      },
      watching: () => this.#watching.identities,
      remove: (identity) => void this.#node?.removeParticipant(sessionId, identity),
      changed: () => this.#peopleChanged(),
    })
    this.#publication = new Publication({
      sessionId,
      node: () => this.#node,
      capture: () => this.#capture(),
      codecs: () => this.#watching.codecs,
      outset: () => this.#curtain.outset,
      joining: () => this.#curtain.renew(),
      clock,
      log,
    })
    this.#presence = new Presence({
      clock,
      always: options.always ?? false,
      occupied: () => this.#occupied || this.#watching.size > 0 || (this.#inside && this.people.identities.length > 0),
      want: (wanted) => {
        if (!wanted) this.#inside = false
        this.#publication.want(wanted)
      },
    })
    this.#curtain = new Curtain({
      capture: () => this.#capture(),
      log,
      hidden: () => options.blankReason('') !== null,
      typist: () => this.#typist(),
      changed: () => this.events.emit('offered'),
      people: this.people,
    })
    this.#listen()
    nodes.watch(sessionId, this.#node !== null)
    if (options.always === true) this.#look()
    if (this.#node?.down !== undefined && this.#node.down !== null) changed()
  }

  /** As the session's resource shows it. */
  describe(): SessionRoom {
    if (!this.#node) return null
    const { state, reason } = this.#publication
    const { down } = this.#node
    if (down !== null && state !== 'live') return { node_id: this.#node.id, state: 'down', reason: down }
    return { node_id: this.#node.id, state, reason }
  }

  /** Why nobody can watch by it, for people; null where they can. */
  get refusal(): string | null {
    if (!this.#node) return this.#options.nodes.missing ?? 'This session has no LiveKit server.'
    const room = this.describe()
    return room?.state === 'down' ? (room.reason ?? 'The LiveKit server of this session is down.') : null
  }

  /** Everybody in the room sees black, also who may see the page: that one takes another rung. */
  get blanked(): boolean {
    return this.#curtain.drawn
  }

  /**
   * Somebody comes by any LiveKit client. `expected`: soon, so that the browser is in the room before.
   * @throws TandemError `room/unavailable`, `room/secret-unreadable`, `session/viewer-limit`, `auth/expired`
   */
  async join(principal: Principal, { base, expected }: { base: string; expected: boolean }): Promise<LiveKitInfo> {
    const { sessionId, credentials, clock, isFull } = this.#options
    const node = this.#place()
    if (isFull() && principal.role !== 'admin') throw new TandemError('session/viewer-limit')
    const { identity, name, attributes, info } = await joinInfo({ node, sessionId, credentials, principal, base, now: clock.now() })
    this.people.announce({ identity, name, attributes })
    if (expected) {
      this.#presence.expect(EXPECT_MS)
      this.#look()
    }
    return info
  }

  /** A viewer of ours, who steers by its own socket. @throws TandemError `room/unavailable`, `room/secret-unreadable` */
  async watch(
    viewerId: string,
    { name, base }: { name: string; base: string },
  ): Promise<{ wsUrl: string; room: string; token: string; participantIdentity: string }> {
    const { sessionId: room } = this.#options
    const node = this.#place()
    const participantIdentity = OwnViewers.identity(viewerId)
    const { token } = await node.token({ room, identity: participantIdentity, name, attributes: {}, may: 'watch', ttlS: VIEWER_TOKEN_TTL_S })
    return { wsUrl: node.wsUrl(base), room, token, participantIdentity }
  }

  /** It watches from now on; `codecs` that it decodes, best first, as WebCodecs names them. */
  add(viewerId: string, codecs: readonly string[]): void {
    this.#watching.add(viewerId, codecs)
    this.people.ban(OwnViewers.identity(viewerId), false)
    this.#look()
    this.#focus()
  }

  /** It watches no more by the room, and its token must not bring it back: who knows for how long it may watch at all. */
  remove(viewerId: string): void {
    if (!this.#watching.remove(viewerId)) return
    const identity = OwnViewers.identity(viewerId)
    this.people.ban(identity, true)
    void this.#node?.removeParticipant(this.#options.sessionId, identity)
    this.#look()
  }

  /** A browser is there. */
  browserUp(browser: LiveBrowser, gateway: Gateway): void {
    const { events } = browser
    events.on('capture', (message) => this.#heard(message))
    events.on('page', ({ url }) => this.#topics.url(url))
    events.on('cursor', (cursor) => this.#topics.cursor(cursor))
    events.on('layout', (layout) => this.#topics.viewport(layout))
    events.on('captureLost', ({ recovered }) => {
      this.#outside()
      this.#publication.captureLost()
      if (recovered) this.#publication.captureBack()
    })
    gateway.events.on('acted', () => this.#topics.acted())
    gateway.events.on('pointer', ({ targetId, ...pointer }) => {
      if (targetId === browser.activeTabId) this.#topics.pointer({ ...pointer, ...browser.inPicture(targetId, pointer) })
    })
    this.#topics.url(browser.pageState().url)
    this.#topics.viewport(browser.viewport)
    this.#publication.captureBack()
  }

  browserDown(): void {
    this.#outside()
    this.#publication.captureLost()
  }

  /** Who may see the picture may have changed. */
  applyBlank(): void {
    this.#curtain.apply()
  }

  /** The session ends, or is suspended: then the room stays, for those who wait in it. */
  async close({ suspended }: { suspended: boolean }): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    for (const undo of this.#undo.splice(0)) undo()
    this.#presence.close()
    this.#publication.close()
    this.#input.close()
    this.#topics.close()
    this.people.close()
    const { nodes, sessionId } = this.#options
    nodes.watch(sessionId, false)
    nodes.release(sessionId)
    if (!suspended) await this.#node?.deleteRoom(sessionId)
  }

  #listen(): void {
    const { nodes, sessionId, control, note, changed, log } = this.#options
    const onNode = (nodeId: string): void => {
      if (nodeId !== this.#node?.id) return
      this.#publication.nodeChanged()
      this.events.emit('offered')
      changed()
    }
    const onOccupied = (room: string, identities: readonly string[]): void => {
      if (room !== sessionId) return
      this.#occupied = identities.length > 0
      this.people.sawAt(identities)
      this.#look()
    }
    const onControl = (): void => {
      this.#focus()
      if (control.fenced) this.#topics.rest()
    }
    nodes.events.on('changed', onNode).on('occupied', onOccupied)
    control.events.on('changed', onControl)
    this.#undo.push(() => nodes.events.off('changed', onNode).off('occupied', onOccupied))
    this.#undo.push(() => control.events.off('changed', onControl))
    const { events } = this.#publication
    events.on('changed', () => {
      this.events.emit('offered')
      changed()
    })
    events.on('joined', () => this.#topics.greet())
    events.on('down', (reason) => {
      // New sessions go elsewhere from then on.
      this.#node?.wake()
      note('room.down', { node_id: this.#node?.id ?? null, reason })
    })
    events.on('up', () => {
      note('room.up', { node_id: this.#node?.id ?? null })
      this.events.emit('back')
    })
    events.on('intruded', () => {
      note('room.intruded', { identity: BROWSER_IDENTITY })
      log.error('somebody else has the API secret of this LiveKit server: a participant came as the browser, and was removed')
    })
  }

  #heard(message: CaptureMessage): void {
    if (this.#closed) return
    switch (message.type) {
      case 'roomState':
        if (message.state === 'connected') this.#inside = true
        if (message.state === 'disconnected') this.#outside()
        return this.#publication.heard(message)
      case 'roomParticipants':
        // Outside the room it sees nobody, which says nothing of those inside. If it sees somebody it is inside, even if it has not said so yet.
        if (message.participants.length > 0) this.#inside = true
        if (this.#inside) this.people.update(message.participants)
        return
      case 'roomData':
        this.#inside = true
        // Other dialects have topics of their own; input has none.
        if (message.topic === null) this.people.whenKnown(message.from, (sender) => this.#input.receive(sender, message.text, message.reliable))
        return
      case 'roomRefused':
        return this.#options.metrics.roomPacketRefused(message.reason, message.count)
      default:
    }
  }

  #outside(): void {
    this.#inside = false
    this.people.lost()
  }

  /** @throws TandemError `room/unavailable` */
  #place(): LiveKitNode {
    const { nodes, sessionId, placed } = this.#options
    if (!this.#node) {
      this.#node = nodes.place(sessionId)
      if (this.#node) {
        placed(this.#node.id)
        nodes.watch(sessionId, true)
      }
    }
    if (!this.#node) throw new TandemError('room/unavailable', nodes.missing ?? undefined)
    const { down, downCode } = this.#node
    if (down !== null) throw new TandemError(downCode, `The LiveKit server of this session is down: ${down}`, { node_id: this.#node.id })
    return this.#node
  }

  /** Is anybody there, or about to be? */
  #look(): void {
    if (this.#closed) return
    if (this.#occupied || this.people.identities.length > 0) this.#presence.came()
    this.#presence.look()
  }

  #peopleChanged(): void {
    this.#look()
    this.#focus()
    this.#curtain.apply()
  }

  #focus(): void {
    this.#topics.focus(this.#driver())
  }

  /** The identity of whoever drives, when that one is in the room. */
  #driver(): string | null {
    const driver = this.#input.driver
    if (driver !== null) return driver
    const holder = this.#options.control.holder?.clientId
    return holder !== undefined && this.#watching.has(holder) ? OwnViewers.identity(holder) : null
  }

  /** The identity that may see what is typed; null: nobody in the room. */
  #typist(): string | null {
    const driver = this.#driver()
    if (driver === null) return null
    if (this.#input.driver !== null) return driver
    return this.#options.blankReason(driver.slice(VIEWER_IDENTITY_PREFIX.length)) === null ? driver : null
  }

  /** @throws TandemError `browser/crashed`, `media/unavailable` */
  #capture(): CaptureCommands {
    const browser = this.#options.running()
    if (!browser) throw new TandemError('browser/crashed')
    return browser.capture
  }

  /** What cannot be sent is not kept: newcomers, and a browser that is back, are told anew. */
  #send(packet: Parameters<CaptureCommands['roomSend']>[0]): void {
    if (!this.#inside) return
    const { people } = this
    const to = packet.to ?? people.audience
    const run = async (): Promise<void> => this.#capture().roomSend({ ...packet, ...(to && { to }) })
    run().catch((error: unknown) => this.#options.log.debug({ err: error }, 'a packet for the room was not sent'))
  }
}
