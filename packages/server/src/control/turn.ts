/**
 * The deadlines of one human's turn: gone (grace), idle (with a warning), too long. It watches the clock
 * and says when; what follows is decided by `control.ts`.
 */
import type { Clock, ControlLimits } from './types.ts'

export type TurnEnd = 'lost' | 'left' | 'idle' | 'max' | 'restarted'

export interface TurnEvents {
  ended(reason: TurnEnd): void
  /** `graceEndsAt` or `idleEndsAt` changed; `type` names why. */
  changed(type: 'control.idleWarned' | 'control.resumed'): void
}

export class Turn {
  readonly #clock: Clock
  readonly #limits: ControlLimits
  readonly #events: TurnEvents
  /** By `elapsed`, so that setting the wall clock makes nobody idle. */
  #lastActivity: number
  #graceEndsAt: number | null = null
  #idleEndsAt: number | null = null
  #cancelGrace = (): void => {}
  #cancelIdle = (): void => {}
  readonly #cancelMax: () => void

  constructor(clock: Clock, limits: ControlLimits, events: TurnEvents) {
    this.#clock = clock
    this.#limits = limits
    this.#events = events
    this.#lastActivity = clock.elapsed()
    this.#cancelMax = clock.after(limits.maxMs, () => events.ended('max'))
    this.#watchIdle()
  }

  get graceEndsAt(): number | null {
    return this.#graceEndsAt
  }

  get idleEndsAt(): number | null {
    return this.#idleEndsAt
  }

  /** The holder did something. Called for each input, so it only notes the time; the timer looks at it when it rings. */
  activity(): void {
    this.#lastActivity = this.#clock.elapsed()
    if (this.#idleEndsAt === null) return
    this.#idleEndsAt = null
    this.#cancelIdle()
    this.#watchIdle()
    this.#events.changed('control.resumed')
  }

  /** The holder's sockets are gone. A second departure in the same grace never makes it longer. */
  left(graceMs: number, reason: 'lost' | 'left' | 'restarted'): void {
    const endsAt = this.#clock.now() + graceMs
    if (this.#graceEndsAt !== null && this.#graceEndsAt <= endsAt) return
    this.#cancelGrace()
    this.#graceEndsAt = endsAt
    this.#cancelGrace = this.#clock.after(graceMs, () => this.#events.ended(reason))
  }

  /** Answers whether the holder was away. */
  returned(): boolean {
    this.#cancelGrace()
    const wasAway = this.#graceEndsAt !== null
    this.#graceEndsAt = null
    return wasAway
  }

  close(): void {
    this.#cancelGrace()
    this.#cancelIdle()
    this.#cancelMax()
  }

  #watchIdle(): void {
    const quietUntil = this.#lastActivity + this.#limits.idleMs - this.#limits.idleWarningMs
    this.#cancelIdle = this.#clock.after(Math.max(0, quietUntil - this.#clock.elapsed()), () => {
      if (this.#clock.elapsed() < this.#lastActivity + this.#limits.idleMs - this.#limits.idleWarningMs) return this.#watchIdle()
      this.#idleEndsAt = this.#clock.now() + this.#limits.idleWarningMs
      this.#cancelIdle = this.#clock.after(this.#limits.idleWarningMs, () => this.#events.ended('idle'))
      this.#events.changed('control.idleWarned')
    })
  }
}
