/** The course of a takeover: queued behind the agent's declared step, pending while its commands drain, granted. One at a time. */
import type { ControlInfo, TandemError } from '@tandem/protocol'
import { conflict } from './refusals.ts'
import type { Seat } from './seat.ts'
import * as states from './states.ts'
import type { Turns } from './turns.ts'
import type { Clock, ControlLimits, Party } from './types.ts'
import { Waiting, withinMs, type Hook } from './waiting.ts'

export class Takeovers {
  readonly drains = new Set<Hook>()
  readonly #seat: Seat
  readonly #turns: Turns
  readonly #clock: Clock
  readonly #limits: ControlLimits
  readonly #steps = new Set<string>()
  #waiting: Waiting | null = null
  #round = 0
  #cancelTimer = (): void => {}

  constructor(seat: Seat, turns: Turns, clock: Clock, limits: ControlLimits) {
    this.#seat = seat
    this.#turns = turns
    this.#clock = clock
    this.#limits = limits
  }

  /** The client whose takeover has not been granted yet. */
  get waiting(): Waiting | null {
    return this.#waiting
  }

  start(party: Party): Promise<ControlInfo> {
    const waiting = (this.#waiting = new Waiting(party))
    if (this.#steps.size === 0) this.pend()
    else {
      this.#cancelTimer = this.#clock.after(this.#limits.queueMs, () => this.pend())
      this.#seat.move(states.queueTakeover(this.#seat.state, party, this.#seat.now), 'control.queued')
    }
    return waiting.granted
  }

  /** What the other one waited for goes on for this one. */
  replace(party: Party): Promise<ControlInfo> {
    this.#waiting?.reject(conflict(party))
    const waiting = (this.#waiting = new Waiting(party))
    const state = states.replaceTaker(this.#seat.state, party)
    this.#seat.move(state, state.state === 'takeover-queued' ? 'control.queued' : 'control.pending')
    return waiting.granted
  }

  cancel(reason: TandemError): void {
    this.dispose(reason)
    this.#seat.move(states.cancelTakeover(this.#seat.state, this.#seat.now), 'control.cancelled')
  }

  stepStarted(id: string): void {
    this.#steps.add(id)
  }

  stepEnded(id: string): void {
    this.#steps.delete(id)
    if (this.#seat.state.state === 'takeover-queued' && this.#steps.size === 0) this.pend()
  }

  /** Stops waiting for the step, and begins the drain. */
  pend(): void {
    const waiting = this.#waiting
    if (!waiting) return
    this.#cancelTimer()
    const pending = states.pendTakeover(this.#seat.state, waiting.party, this.#seat.now)
    // The fence goes up before the drain begins: what is in flight can only become less.
    this.#seat.move(pending, 'control.pending')
    const { promise, cancel } = withinMs(this.#clock, this.#limits.drainMs, this.drains)
    this.#cancelTimer = cancel
    const round = ++this.#round
    void promise.then(() => this.#grant(round))
  }

  /** Refuses what waits, without a word to anybody else. */
  dispose(reason: TandemError): void {
    this.#cancelTimer()
    this.#waiting?.reject(reason)
    this.#waiting = null
  }

  /** `round` tells this drain from that of an earlier takeover, which was cancelled while it ran, maybe in the same millisecond. */
  #grant(round: number): void {
    const granted = this.#waiting
    const { state } = this.#seat
    if (!granted || state.state !== 'takeover-pending' || round !== this.#round) return
    this.#waiting = null
    granted.resolve(this.#turns.begin(states.grantTakeover(state, this.#seat.now), 'control.granted'))
  }
}
