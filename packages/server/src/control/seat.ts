/**
 * Who sits at the wheel: the state, the mode, the epoch, and what is told of them. Every change ends in
 * `commit`, where the epoch, the fence and the events follow from what changed; who may change it is
 * decided by `control.ts`, the course of takeovers and turns by `takeovers.ts` and `turns.ts`.
 */
import { EventEmitter } from 'node:events'
import type { ControlInfo, ControlRequest, Driver, Handback, Mode } from '@tandem/protocol'
import { describeControl } from './describe.ts'
import { driverOf, holderOf, isFenced, type ControlState, type Holder } from './states.ts'
import type { Turn } from './turn.ts'
import type { Clock, ControlEvents, ControlRecord } from './types.ts'

export class Seat {
  readonly events = new EventEmitter<ControlEvents>()
  mode: Mode
  state: ControlState
  turn: Turn | null = null
  lastHandback: Handback | null = null
  /** The credentials of the agents that have looked at the page since a human let go of it; null: none has to. */
  looked: Set<string> | null = null
  closed = false
  readonly #clock: Clock
  readonly #requests: () => ControlRequest[]
  #epoch = 0
  #info: ControlInfo
  #fenced = false
  #humanActs = false

  constructor(clock: Clock, mode: Mode, requests: () => ControlRequest[]) {
    this.#clock = clock
    this.#requests = requests
    this.mode = mode
    this.state = { state: 'ai-driving', since: clock.now() }
    this.#info = this.#describe()
    this.#settle()
  }

  get now(): number {
    return this.#clock.now()
  }

  get epoch(): number {
    return this.#epoch
  }

  get info(): ControlInfo {
    return this.#info
  }

  get fenced(): boolean {
    return this.#fenced
  }

  /** The human who has the wheel. */
  get holder(): Holder | null {
    return holderOf(this.state)
  }

  /** After a restart: a new epoch for everybody. Answers whether a human drove, who must then get a turn; nothing is told. */
  restore({ epoch, info }: ControlRecord): boolean {
    this.#epoch = epoch + 1
    this.lastHandback = info.last_handback
    const drove = info.driver.kind === 'human' && (this.mode === 'pair' || this.mode === 'manual')
    if (info.driver.kind === 'human' && drove) {
      const since = Date.parse(info.since)
      this.state = { state: 'human-driving', holder: { clientId: info.driver.client_id, name: info.driver.name }, since, turnSince: since }
    }
    return drove
  }

  /** Ends the restoring: what was restored is what is known, with no event. */
  restored(): void {
    this.#info = this.#describe()
    this.#settle()
  }

  move(state: ControlState, type: string): void {
    this.state = state
    this.commit(type)
  }

  commit(type: string): void {
    if (this.closed) return
    const before = this.#info.driver
    const driver = driverOf(this.state, this.mode)
    if (!isSameDriver(before, driver)) {
      this.#epoch++
      if (before.kind !== 'agent' && driver.kind !== 'human') this.looked = driver.kind === 'nobody' ? null : new Set()
    }
    this.#info = this.#describe()
    const was = { fenced: this.#fenced, humanActs: this.#humanActs }
    this.#settle()
    // The agent is stopped before the human begins, and goes on after the human has ended.
    if (this.#fenced && !was.fenced) this.events.emit('fence', true)
    if (this.#humanActs !== was.humanActs) this.events.emit('humanDriving', this.#humanActs)
    if (!this.#fenced && was.fenced) this.events.emit('fence', false)
    this.events.emit('changed', { info: this.#info, type })
  }

  #settle(): void {
    this.#fenced = isFenced(this.state, this.mode)
    this.#humanActs = this.mode === 'shared' || this.holder !== null
  }

  #describe(): ControlInfo {
    const { state, mode, turn, lastHandback } = this
    return describeControl({ state, mode, epoch: this.#epoch, turn, requests: this.#requests(), lastHandback })
  }
}

function isSameDriver(a: Driver, b: Driver): boolean {
  return a.kind === b.kind && (a.kind !== 'human' || b.kind !== 'human' || a.client_id === b.client_id)
}
