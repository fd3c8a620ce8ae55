/**
 * One viewer's socket: hello, requests, notifications, events, and the ways in which it ends. It reads bytes and
 * checks shapes; methods are `methods.ts`, input has the short way through `#input`, sending is `outbox.ts`.
 */
import { randomUUID } from 'node:crypto'
import type { Duplex } from 'node:stream'
import { CLOSE, LIVE_NOTIFICATIONS, liveIncomingSchema, TandemError, toWireError } from '@tandem/protocol'
import type { LiveEvent, LiveEventData, Viewer, ViewerStats } from '@tandem/protocol'
import type { RawData, WebSocket } from 'ws'
import { z } from 'zod'
import { actorOf } from '../access/audit.ts'
import type { Audit } from '../access/audit.ts'
import type { Auth } from '../access/auth.ts'
import { allows } from '../access/principal.ts'
import type { Principal } from '../access/principal.ts'
import type { Party } from '../control/types.ts'
import { LOST_KEPT_MS } from '../sessions/lostViewers.ts'
import type { Session } from '../sessions/session.ts'
import type { Arrival, Watcher } from '../sessions/watchers.ts'
import { auditedAs } from './audited.ts'
import type { LiveContext } from './context.ts'
import { departure } from './departure.ts'
import { dispatch, parseParams } from './dispatch.ts'
import { InputValve } from './inputValve.ts'
import { SocketOutlet } from './mediaOutlet.ts'
import { MediaValve } from './mediaValve.ts'
import { Outbox } from './outbox.ts'

const MAX_REQUESTS_IN_FLIGHT = 64
/** So many refused messages within the window, and the socket is closed. */
const MAX_ERRORS = 100
const ERROR_WINDOW_MS = 10_000
const REFUSAL_EVERY_MS = 500
const MOVE_FLUSH_MS = 20
/** A peer that does not answer the close handshake is cut off. */
const CLOSE_TIMEOUT_MS = 1_000

export interface LiveSocketOptions {
  session: Session
  socket: WebSocket
  /** The connection beneath it. */
  wire: Duplex
  auth: Auth
  audit: Audit
  arrival: Arrival
  name: string | null
  /** The viewer that it proved to be; null: a new one. */
  viewerId: string | null
}

export class LiveSocket implements Watcher, LiveContext {
  readonly session: Session
  readonly principal: Principal
  readonly arrival: Arrival
  readonly viewer: Viewer
  readonly media: SocketOutlet
  readonly #socket: WebSocket
  readonly #auth: Auth
  readonly #audit: Audit
  readonly #outbox: Outbox
  readonly #valve = new InputValve(Date.now())
  readonly #mediaValve = new MediaValve(performance.now())
  readonly #undo: (() => void)[] = []
  stats: ViewerStats | null = null
  #blanked: string | null = null
  #inFlight = 0
  #errors = 0
  #errorsSince = 0
  #refusedAt = 0
  #flushTimer: NodeJS.Timeout | null = null
  /** Why we closed it; null while the viewer is welcome. */
  #closing: number | null = null

  /** Joins the viewer to the session; from here on the socket lives by its own events. */
  constructor(options: LiveSocketOptions) {
    const { session, socket, auth, arrival } = options
    const { principal } = arrival
    this.session = session
    this.arrival = arrival
    this.principal = principal
    this.#socket = socket
    this.media = new SocketOutlet(socket, options.wire)
    this.#auth = auth
    this.#audit = options.audit
    this.viewer = {
      id: options.viewerId ?? `vwr_${randomUUID()}`,
      name: options.name ?? (principal.role === 'admin' ? 'Owner' : (principal.link?.name ?? 'Guest')),
      role: principal.role,
      transport: null,
      joinedAt: new Date().toISOString(),
      kind: 'human',
    }
    this.#outbox = new Outbox(socket, () => this.close(CLOSE.tooSlow, 'the viewer reads too slowly'))
    socket.on('message', (data, isBinary) => this.#receive(data, isBinary))
    socket.on('close', (code) => this.#closed(code))
    // An error is always followed by `close`, which says all that we need.
    socket.on('error', (error) => session.log.debug({ err: error }, 'a live socket failed'))
    // A token that expires or is revoked ends the watching too, not only the next request.
    this.#undo.push(auth.watch(principal, (reason) => this.close(CLOSE.unauthorized, reason)))
    this.#standAlone()
    session.attendance.join(this)
  }

  get watcher(): Watcher {
    return this
  }

  party(): Party {
    return { clientId: this.viewer.id, name: this.viewer.name, role: this.viewer.role }
  }

  welcome(): void {
    const { session } = this
    const browser = session.running
    const pending = browser?.pending() ?? { dialogs: [], fileChoosers: [], authPrompts: [], pickers: [] }
    this.#blanked = session.blankReason(this.viewer.id)
    this.send('session.hello', {
      protocol: 1,
      viewer: this.viewer,
      resumeToken: this.#auth.resumeToken(session.id, this.viewer.id, this.principal),
      session: session.resource(),
      serverTime: Date.now(),
      iceServers: session.iceServers(this.viewer.id),
      iceTransportPolicy: session.icePolicy,
      tabs: browser?.tabs() ?? [],
      activeTabId: browser?.activeTabId ?? null,
      viewers: session.listedViewers,
      stream: session.media.stream,
      ...pending,
      humanRequests: session.humanRequests.list(),
      cursor: session.cursor,
      pointerLocked: browser?.pointerLocked ?? false,
      blanked: this.#blanked,
      rungs: session.media.rungs(this),
    })
    const { stalled } = session.media
    if (stalled !== null) this.send('stream.stalled', { reason: stalled })
  }

  send<E extends LiveEvent>(event: E, data: LiveEventData<E>): void {
    this.#outbox.sendEvent(event, JSON.stringify({ event, data }))
  }

  sendText(event: LiveEvent, text: string): void {
    this.#outbox.sendEvent(event, text)
  }

  blank(reason: string | null): void {
    if (reason === this.#blanked) return
    this.#blanked = reason
    this.send('stream.blanked', { reason })
  }

  close(code: number, reason: string): void {
    if (this.#closing !== null) return
    this.#closing = code
    // Whoever may not watch any more sees and does nothing while its socket takes its time to close.
    if (departure(code) === 'goodbye') this.session.attendance.leave(this, 'goodbye')
    this.#socket.close(code, reason)
    setTimeout(() => this.#socket.terminate(), CLOSE_TIMEOUT_MS).unref()
  }

  #receive(data: RawData, isBinary: boolean): void {
    if (this.#closing !== null) return
    if (isBinary) return this.close(CLOSE.malformed, 'binary frames are not understood')
    let message: unknown
    try {
      // ws hands a text frame over as one Buffer unless told otherwise.
      message = JSON.parse(String(data))
    } catch {
      return this.#refuse(null, new TandemError('request/malformed'))
    }
    const envelope = liveIncomingSchema.safeParse(message)
    if (!envelope.success) return this.#refuse(idOf(message), new TandemError('request/invalid', 'A message is {id, method, params} or {method, params}.'))
    const { id, method, params } = envelope.data
    if (id === undefined) this.#notified(method, params)
    else void this.#requested(id, method, params)
  }

  async #requested(id: number, method: string, params: unknown): Promise<void> {
    if (this.#inFlight >= MAX_REQUESTS_IN_FLIGHT) return this.#refuse(id, new TandemError('request/rate-limited', 'Too many requests wait for their answers.'))
    this.#inFlight += 1
    try {
      this.#bound(method)
      const result = await dispatch(this, method, params)
      this.#remember(method, params)
      this.#outbox.send(JSON.stringify({ id, result }))
    } catch (error) {
      this.#refuse(id, error)
    } finally {
      this.#inFlight -= 1
    }
  }

  #bound(method: string): void {
    if (method.startsWith('media.')) this.#mediaValve.pass(performance.now())
  }

  #remember(method: string, params: unknown): void {
    const action = auditedAs(method)
    if (action === null) return
    const data = z.record(z.string(), z.unknown()).safeParse(params)
    this.#audit.record({ action, actor: actorOf(this.principal), sessionId: this.session.id, data: data.success ? data.data : {} })
  }

  /** A single-use link lets in one viewer: who opens it anew, with the proof, takes the place of the one before, also of one that was lost. */
  #standAlone(): void {
    const { link } = this.principal
    if (link?.singleUse !== true) return
    const { watchers, attendance } = this.session
    const isBefore = ({ arrival, viewer }: Watcher): boolean => arrival.principal.link?.id === link.id && viewer.id !== this.viewer.id
    for (const other of watchers.all()) if (isBefore(other)) other.close(CLOSE.replaced, 'the link was opened anew')
    for (const other of attendance.allLost()) if (isBefore(other)) attendance.dismiss(other.viewer.id)
  }

  #notified(method: string, params: unknown): void {
    try {
      this.#bound(method)
      switch (method) {
        case 'input.dispatch':
          return this.#input(params)
        case 'media.candidate': {
          const { peerId, candidate } = parseParams(LIVE_NOTIFICATIONS[method].params, params)
          return this.session.media.candidate(this, peerId, candidate)
        }
        case 'media.report': {
          const before = this.stats
          this.stats = parseParams(LIVE_NOTIFICATIONS[method].params, params)
          return this.session.media.reported(this, before)
        }
        default:
          throw new TandemError('request/unknown-method', undefined, { method })
      }
    } catch (error) {
      this.#inputRefused(error)
      this.#countError(error)
    }
  }

  /** The short way: schema, rate, control, browser; nothing waits. */
  #input(params: unknown): void {
    if (!allows(this.principal.role, 'control')) throw new TandemError('auth/forbidden', undefined, { needs: 'control', role: this.principal.role })
    const { epoch, events } = parseParams(LIVE_NOTIFICATIONS['input.dispatch'].params, params)
    const browser = this.session.drive(this.viewer.id, epoch)
    const admitted = this.#valve.admit(events, Date.now())
    if (admitted.events.length > 0) browser.input(admitted.events)
    if (admitted.refused > 0) this.#inputRefused(new TandemError('request/rate-limited', `${admitted.refused} input events were dropped: too many a second.`))
    if (this.#valve.hasWaiting) this.#flushTimer ??= setTimeout(() => this.#flushMoves(epoch), MOVE_FLUSH_MS)
  }

  #flushMoves(epoch: number): void {
    this.#flushTimer = null
    try {
      const browser = this.session.drive(this.viewer.id, epoch)
      const { events } = this.#valve.flush(Date.now())
      if (events.length > 0) browser.input(events)
      if (this.#valve.hasWaiting) this.#flushTimer = setTimeout(() => this.#flushMoves(epoch), MOVE_FLUSH_MS)
    } catch (error) {
      this.#inputRefused(error)
    }
  }

  #inputRefused(error: unknown): void {
    const now = Date.now()
    if (now - this.#refusedAt < REFUSAL_EVERY_MS) return
    this.#refusedAt = now
    const { code, message } = toWireError(error)
    this.send('input.refused', { code, message })
  }

  #refuse(id: number | null, error: unknown): void {
    const wire = toWireError(error)
    if (wire.code === 'server/internal') this.session.log.error({ err: error }, 'a live request failed')
    this.#outbox.send(JSON.stringify({ id, error: wire }))
    this.#countError(error)
  }

  /** Refusals by the rules of control are part of a normal day; messages that no honest client sends are counted. */
  #countError(error: unknown): void {
    const { code } = toWireError(error)
    if (!code.startsWith('request/')) return
    const now = Date.now()
    if (now - this.#errorsSince > ERROR_WINDOW_MS) {
      this.#errorsSince = now
      this.#errors = 0
    }
    this.#errors += 1
    if (this.#errors > MAX_ERRORS) this.close(CLOSE.tooManyErrors, 'too many refused messages')
  }

  #closed(code: number): void {
    for (const undo of this.#undo.splice(0)) undo()
    if (this.#flushTimer) clearTimeout(this.#flushTimer)
    this.#outbox.close()
    const how = departure(this.#closing ?? code)
    this.session.attendance.leave(this, how)
    if (how !== 'goodbye') this.#endWithCredential()
  }

  /** What is kept for its return (its peer, the wheel) ends with the credential all the same. */
  #endWithCredential(): void {
    const undo = this.#auth.watch(this.principal, () => this.session.attendance.dismiss(this.viewer.id))
    setTimeout(undo, LOST_KEPT_MS).unref()
  }
}

/** The id of a message that is otherwise wrong, so that its sender can tell which one it was. */
function idOf(message: unknown): number | null {
  return typeof message === 'object' && message !== null && 'id' in message && typeof message.id === 'number' ? message.id : null
}
