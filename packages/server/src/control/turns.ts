/** The course of a human's turn: begun, passed on to another human, ended, and the handback to the agent. */
import type { ControlInfo, Handback } from '@tandem/protocol'
import type { Requests } from './requests.ts'
import type { Seat } from './seat.ts'
import * as states from './states.ts'
import type { ControlState, Ending, Holder } from './states.ts'
import { Turn } from './turn.ts'
import type { Clock, ControlLimits } from './types.ts'
import { withinMs, type Settle } from './waiting.ts'

export class Turns {
  readonly settles = new Set<Settle>()
  readonly #seat: Seat
  readonly #requests: Requests
  readonly #clock: Clock
  readonly #limits: ControlLimits
  readonly #steps = new Set<string>()
  #cancelTimer = (): void => {}

  constructor(seat: Seat, requests: Requests, clock: Clock, limits: ControlLimits) {
    this.#seat = seat
    this.#requests = requests
    this.#clock = clock
    this.#limits = limits
  }

  begin(state: ControlState, type: string): ControlInfo {
    this.#seat.turn = this.#newTurn()
    this.#seat.move(state, type)
    return this.#seat.info
  }

  /** For a human who drove before a restart. */
  resume(): void {
    this.#seat.turn = this.#newTurn()
    this.#seat.turn.left(this.#limits.graceMs, 'restarted')
  }

  passOn(to: Holder, ending: Ending, type: string): ControlInfo {
    const handback = this.#noteHandback(ending)
    this.#cancelTimer()
    this.begin(states.passOn(this.#seat.state, { clientId: to.clientId, name: to.name }, this.#seat.now), type)
    const own = this.#requests.of(to.clientId)
    if (own) this.#requests.close(own.id, 'given')
    this.#seat.events.emit('handedBack', handback)
    return this.#seat.info
  }

  /** The holder stays after all: back from an absence, or from a handback that was still queued. */
  keep(): ControlInfo {
    this.#seat.turn?.activity()
    const cameBack = this.#seat.turn?.returned() ?? false
    if (this.#seat.state.state === 'handback-queued') {
      this.#cancelTimer()
      this.#seat.move(states.cancelHandback(this.#seat.state), 'control.resumed')
    } else if (cameBack) this.#seat.commit('control.holderReturned')
    return this.#seat.info
  }

  /** Ends the turn as the holder wishes: after the step that runs, if one does. */
  release(ending: Ending): void {
    if (this.#seat.state.state !== 'human-driving' || this.#steps.size === 0) return this.end(ending)
    this.#cancelTimer = this.#clock.after(this.#limits.queueMs, () => this.end(ending))
    this.#seat.move(states.queueHandback(this.#seat.state, ending, this.#seat.now), 'control.handbackQueued')
  }

  end(ending: Ending): void {
    const seat = this.#seat
    if (!seat.holder || seat.closed) return
    const handback = this.#noteHandback(ending)
    this.#cancelTimer()
    const pending = states.pendHandback(seat.state, seat.now)
    // Nothing to wait for where no agent waits, or where it was never fenced.
    const settling = seat.mode === 'pair' || seat.mode === 'ai' ? [...this.settles].flatMap((settle) => settle() ?? []) : []
    if (settling.length > 0) this.#pend(pending, settling)
    else seat.move(states.completeHandback(pending, seat.now), 'control.returned')
    this.#requests.closeAll('expired')
    seat.events.emit('handedBack', handback)
  }

  /** Ends the waiting for the browser, if it is waited for. */
  complete(): void {
    if (this.#seat.state.state !== 'handback-pending' || this.#seat.closed) return
    this.#cancelTimer()
    this.#seat.move(states.completeHandback(this.#seat.state, this.#seat.now), 'control.returned')
  }

  stepStarted(id: string): void {
    this.#steps.add(id)
  }

  stepEnded(id: string): void {
    this.#steps.delete(id)
    const { state } = this.#seat
    if (state.state === 'handback-queued' && this.#steps.size === 0) this.end(state.ending)
  }

  dispose(): void {
    this.#cancelTimer()
    this.#seat.turn?.close()
  }

  #pend(pending: ControlState, settling: Promise<void>[]): void {
    this.#seat.move(pending, 'control.handbackPending')
    const { promise, cancel } = withinMs(
      this.#clock,
      this.#limits.drainMs,
      settling.map((settled) => () => settled),
    )
    this.#cancelTimer = cancel
    void promise.then(() => {
      if (this.#seat.state.since === pending.since) this.complete()
    })
  }

  #newTurn(): Turn {
    return new Turn(this.#clock, this.#limits, {
      ended: (reason) => this.end({ outcome: 'failed', note: null, reason }),
      changed: (type) => this.#seat.commit(type),
    })
  }

  #noteHandback({ outcome, note, reason }: Ending): Handback {
    const seat = this.#seat
    seat.turn?.close()
    seat.turn = null
    return (seat.lastHandback = { outcome, note, client_id: seat.holder?.clientId ?? null, reason, at: new Date(seat.now).toISOString() })
  }
}
