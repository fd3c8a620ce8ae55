/**
 * Control of one session: who may do what, and the only place that decides whether a human's input or an
 * agent's command may reach the page. Pure: no sockets, no CDP, no clock but the one passed in. Who sits
 * at the wheel is kept in seat.ts; the course of takeovers, turns and requests in the files of their names;
 * the numbered rules ([CTL1] …) in docs/control.md. Asked by the gateway (agent commands), the live sockets
 * (humans) and REST.
 */
import type { EventEmitter } from 'node:events'
import { TandemError, type ControlInfo, type ControlRequest, type ControlStateName, type HandbackOutcome, type Mode } from '@tandem/protocol'
import { CONTROL_LIMITS } from './limits.ts'
import { assertForce, assertRole, conflict, notHolder } from './refusals.ts'
import { Requests } from './requests.ts'
import { Seat } from './seat.ts'
import * as states from './states.ts'
import type { Holder } from './states.ts'
import { Takeovers } from './takeovers.ts'
import { Turns } from './turns.ts'
import type { Clock, CommandKind, ControlEvents, ControlLimits, ControlRecord, Departure, Party, Verdict } from './types.ts'
import type { Hook, Settle } from './waiting.ts'

export interface ControlOptions {
  mode: Mode
  clock: Clock
  limits?: Partial<ControlLimits>
  /** From before a restart; its mode wins over `mode`. */
  record?: ControlRecord
}

export class Control {
  readonly events: EventEmitter<ControlEvents>
  readonly #limits: ControlLimits
  readonly #seat: Seat
  readonly #requests: Requests
  readonly #turns: Turns
  readonly #takeovers: Takeovers

  constructor({ mode, clock, limits, record }: ControlOptions) {
    this.#limits = { ...CONTROL_LIMITS, ...limits }
    this.#requests = new Requests(clock, this.#limits.requestMs, (request, outcome) => {
      this.events.emit('requestClosed', { request, outcome })
      this.#seat.commit('control.requestClosed')
    })
    this.#seat = new Seat(clock, record?.mode ?? mode, () => this.#requests.list())
    this.events = this.#seat.events
    this.#turns = new Turns(this.#seat, this.#requests, clock, this.#limits)
    this.#takeovers = new Takeovers(this.#seat, this.#turns, clock, this.#limits)
    if (!record) return
    if (this.#seat.restore(record)) this.#turns.resume()
    this.#seat.restored()
  }

  get info(): ControlInfo {
    return this.#seat.info
  }

  get mode(): Mode {
    return this.#seat.mode
  }

  /** No agent command may reach the page. */
  get fenced(): boolean {
    return this.#seat.fenced
  }

  /** The next changing command under this credential will be refused unless it looks first: commands must be told apart. */
  mustObserve(credential: string): boolean {
    return this.#seat.looked?.has(credential) === false
  }

  /** The human who has the wheel. */
  get holder(): Holder | null {
    return this.#seat.holder
  }

  /** Control under the names of the LiveKit dialect; null outside mode `pair`. */
  pairModeState(): ({ kind: ControlStateName } & Record<string, unknown>) | null {
    return states.pairModeStateOf(this.#seat.state, this.#seat.mode)
  }

  record(): ControlRecord {
    return { mode: this.#seat.mode, epoch: this.#seat.epoch, info: this.#seat.info }
  }

  /** The gateway's part in a takeover: resolves when no agent command is in flight. Returns the undo. */
  onDrain(drain: Hook): () => void {
    this.#takeovers.drains.add(drain)
    return () => this.#takeovers.drains.delete(drain)
  }

  /** The browser's part in a handback: lets go of what the human held, and resolves when it has; null: nothing was. Returns the undo. */
  onSettle(settle: Settle): () => void {
    this.#turns.settles.add(settle)
    return () => this.#turns.settles.delete(settle)
  }

  /** Resolves when granted. Rejects with control/mode, control/conflict (`winner_client_id`), auth/forbidden or session/closed. */
  async takeover(party: Party, { force = false }: { force?: boolean } = {}): Promise<ControlInfo> {
    this.#assertOpen()
    assertRole(party)
    assertForce(party, force)
    const { mode, holder } = this.#seat
    if (mode === 'ai') throw new TandemError('control/mode', 'In mode ai humans watch. Change the mode to pair to take control.')
    if (mode === 'shared') throw new TandemError('control/mode', 'In mode shared everybody may act; there is nothing to take.')
    if (holder?.clientId === party.clientId) return this.#turns.keep()
    const { waiting } = this.#takeovers
    if (waiting?.party.clientId === party.clientId) return waiting.granted
    const winner = holder ?? states.takerOf(this.#seat.state)
    if (winner && !force) throw conflict(winner)
    if (holder) return this.#turns.passOn(party, { outcome: 'failed', note: null, reason: 'taken' }, 'control.taken')
    if (waiting) return this.#takeovers.replace(party)
    this.#turns.complete()
    if (mode === 'manual') return this.#turns.begin(states.takeAtOnce(this.#seat.state, party, this.#seat.now), 'control.granted')
    return this.#takeovers.start(party)
  }

  /** Ends the turn of this client, or takes its waiting takeover back. Rejects an older epoch. */
  release(clientId: string, options: { outcome?: HandbackOutcome; note?: string; epoch?: number } = {}): ControlInfo {
    this.#assertEpoch(options.epoch)
    if (this.#takeovers.waiting?.party.clientId === clientId) {
      this.#takeovers.cancel(this.#invalid('takeover-decline', 'The takeover was taken back before it was granted.'))
      return this.info
    }
    const { holder } = this.#seat
    if (!holder) throw this.#invalid('handback-request', 'No human has control, so there is nothing to hand back.')
    if (holder.clientId !== clientId) throw notHolder(holder)
    this.#turns.release({ outcome: options.outcome ?? 'done', note: options.note ?? null, reason: 'released' })
    return this.info
  }

  /** Asks the holder for control; a second request of the same client is the first. */
  request(party: Party): ControlRequest {
    this.#assertOpen()
    assertRole(party)
    const holder = this.holder ?? states.takerOf(this.#seat.state)
    if (!holder) throw this.#invalid('request', 'No human has control: take it, there is nobody to ask.')
    if (holder.clientId === party.clientId) throw this.#invalid('request', 'You have control already.')
    const existing = this.#requests.of(party.clientId)
    if (existing) return existing
    const request = this.#requests.open(party)
    this.#seat.commit('control.requested')
    return request
  }

  withdraw(clientId: string, requestId: string): void {
    if (this.#requests.get(requestId).client_id !== clientId) throw new TandemError('control/no-request')
    this.#requests.close(requestId, 'withdrawn')
  }

  /** The holder passes control to whoever asked; the fence stays up, the epoch rises. */
  async give(clientId: string, requestId: string): Promise<ControlInfo> {
    this.#assertHolder(clientId)
    const { client_id, name } = this.#requests.get(requestId)
    this.#requests.close(requestId, 'given')
    return this.#turns.passOn({ clientId: client_id, name }, { outcome: 'done', note: null, reason: 'given' }, 'control.given')
  }

  decline(clientId: string, requestId: string): void {
    this.#assertHolder(clientId)
    this.#requests.get(requestId)
    this.#requests.close(requestId, 'declined')
  }

  /** The answer to the idle warning. */
  stay(clientId: string): void {
    this.#assertHolder(clientId)
    this.#seat.turn?.activity()
  }

  /** Input of the holder arrived; anybody else's counts for nothing. Cheap: called for each message. */
  activity(clientId: string): void {
    if (this.holder?.clientId === clientId) this.#seat.turn?.activity()
  }

  /** The last socket of a client went away. What it asked for ends with it; what it holds has a grace. */
  holderLeft(clientId: string, how: Departure): void {
    if (this.#takeovers.waiting?.party.clientId === clientId)
      this.#takeovers.cancel(this.#invalid('takeover-decline', 'The viewer left before control was granted.'))
    const request = this.#requests.of(clientId)
    if (request) this.#requests.close(request.id, 'withdrawn')
    if (this.holder?.clientId !== clientId) return
    if (how === 'goodbye') return this.#turns.end({ outcome: 'failed', note: null, reason: 'left' })
    if (how === 'leaving') this.#seat.turn?.left(this.#limits.leaveGraceMs, 'left')
    else this.#seat.turn?.left(this.#limits.graceMs, 'lost')
    this.#seat.commit('control.holderLeft')
  }

  holderReturned(clientId: string): void {
    if (this.holder?.clientId === clientId && this.#seat.turn?.returned()) this.#seat.commit('control.holderReturned')
  }

  /** Also in the middle of a turn: it ends where the new mode has no place for it. */
  setMode(mode: Mode): void {
    this.#assertOpen()
    if (mode === this.#seat.mode) return
    this.#seat.mode = mode
    if (mode === 'ai' || mode === 'shared') {
      if (this.#takeovers.waiting) this.#takeovers.cancel(new TandemError('control/mode', `The mode was changed to ${mode} before control was granted.`))
      this.#turns.end({ outcome: 'failed', note: null, reason: 'mode-changed' })
    }
    if (mode === 'shared' || mode === 'manual') this.#turns.complete()
    this.#seat.commit('control.modeChanged')
    // No agent is left to wait for.
    if (mode === 'manual' && this.#seat.state.state === 'takeover-queued') this.#takeovers.pend()
  }

  /** For human input. Throws control/stale-epoch, control/not-holder, control/agent-driving or control/mode. */
  assertDriver(clientId: string, epoch: number | undefined): void {
    this.#assertEpoch(epoch)
    const { mode, holder } = this.#seat
    if (mode === 'shared') return
    if (holder?.clientId === clientId) return
    if (holder) throw notHolder(holder)
    if (mode === 'ai') throw new TandemError('control/mode', 'In mode ai humans watch. Change the mode to pair to take control.')
    if (mode === 'manual') throw new TandemError('control/not-holder', 'Nobody has control yet. Take control first.')
    throw new TandemError('control/agent-driving')
  }

  /** For agent commands: may this one go on to the page? Remembers which agent has looked: what one sees, another does not know. */
  admit(kind: CommandKind, credential: string): Verdict {
    if (kind === 'neutral') return 'pass'
    const seat = this.#seat
    if (seat.mode === 'manual') return 'control/mode'
    if (seat.fenced) return 'control/human-driving'
    if (!this.mustObserve(credential)) return 'pass'
    seat.looked?.add(credential)
    return kind === 'look' ? 'pass' : 'control/observe-first'
  }

  /** A declared step: a takeover waits for the agent's, a handback for the human's (a navigation, an upload). */
  stepStarted(id: string, by: 'agent' | 'human' = 'agent'): void {
    if (by === 'agent') this.#takeovers.stepStarted(id)
    else this.#turns.stepStarted(id)
  }

  stepEnded(id: string): void {
    this.#takeovers.stepEnded(id)
    this.#turns.stepEnded(id)
  }

  /**
   * Stops all timers and refuses what waits; `record()` still tells who drove. With `sessionEnded` the
   * turn is over too and its handback is told; without, it is a restart and the holder may come back.
   */
  close({ sessionEnded = false }: { sessionEnded?: boolean } = {}): void {
    if (this.#seat.closed) return
    if (sessionEnded) this.#turns.end({ outcome: 'failed', note: null, reason: 'closed' })
    this.#seat.closed = true
    this.#takeovers.dispose(new TandemError('session/closed', 'The session was closed before control was granted.'))
    this.#turns.dispose()
    this.#requests.dispose()
  }

  #invalid(transition: string, message: string): TandemError {
    return new TandemError('control/invalid-transition', message, { from: this.#seat.state.state, transition })
  }

  #assertOpen(): void {
    if (this.#seat.closed) throw new TandemError('session/closed')
  }

  #assertEpoch(epoch: number | undefined): void {
    const now = this.#seat.epoch
    if (epoch !== undefined && epoch !== now) throw new TandemError('control/stale-epoch', undefined, { epoch: now })
  }

  #assertHolder(clientId: string): void {
    const { holder } = this.#seat
    if (!holder) throw new TandemError('control/not-holder', 'No human has control at the moment.')
    if (holder.clientId !== clientId) throw notHolder(holder)
  }
}
