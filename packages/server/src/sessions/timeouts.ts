/**
 * When a session ends by itself: nobody has used it for a while (`idle`), or its time is up (`absolute`). Each is
 * told a while before, and any use takes the idle end back. Durations go by `clock.elapsed`: setting the machine's
 * clock ends nothing. Knows neither viewers nor agents: it asks `inUse`, and is told of each use.
 */
import { EventEmitter } from 'node:events'
import type { Clock } from '../control/types.ts'

/** How long before the end it is told; for a short time-out, half of it. */
const WARNING_MS = 60_000

export interface Expiring {
  kind: 'idle' | 'absolute'
  endsAt: string
}

export interface TimeoutsOptions {
  clock: Clock
  /** 0: never. */
  idleMs: number
  /** From `createdAt`, also across restarts of the server; 0: never. */
  maxMs: number
  createdAt: string
  /** Somebody watches, drives, or is waited for. */
  inUse(): boolean
}

export class Timeouts {
  readonly events = new EventEmitter<{ expiring: [Expiring | null]; expired: ['idle' | 'max-duration'] }>()
  readonly #options: TimeoutsOptions
  /** By `elapsed`. */
  #lastUse: number
  /** The idle end is announced, for this time by `elapsed`. */
  #idleEnd: number | null = null
  #absoluteTold = false
  #cancelIdle = (): void => {}
  #cancelAbsolute = (): void => {}

  constructor(options: TimeoutsOptions) {
    this.#options = options
    this.#lastUse = options.clock.elapsed()
  }

  start(): void {
    const { clock, idleMs, maxMs, createdAt } = this.#options
    if (idleMs > 0) this.#watchIdle()
    if (maxMs === 0) return
    // The past of a restored session is only on the wall clock; one that was set meanwhile gives it no more than its whole time.
    const left = Math.min(maxMs, Math.max(0, Date.parse(createdAt) + maxMs - clock.now()))
    const warning = warningOf(maxMs)
    const warn = (): void => {
      this.#absoluteTold = true
      this.#cancelAbsolute = clock.after(Math.min(left, warning), () => this.#expire('max-duration'))
      this.events.emit('expiring', this.expiring)
    }
    if (left === 0) this.#cancelAbsolute = clock.after(0, () => this.#expire('max-duration'))
    else this.#cancelAbsolute = clock.after(Math.max(0, left - warning), warn)
  }

  /** Somebody came, went or did something. Called for every command, so it only notes the time, unless an end was announced. */
  used(): void {
    this.#lastUse = this.#options.clock.elapsed()
    if (this.#idleEnd === null) return
    this.#cancelIdle()
    this.#idleEnd = null
    this.#watchIdle()
    this.events.emit('expiring', this.expiring)
  }

  /** What was announced: the earlier of both. */
  get expiring(): Expiring | null {
    const idle: Expiring | null = this.#idleEnd === null ? null : { kind: 'idle', endsAt: this.#wall(this.#idleEnd) }
    const absolute: Expiring | null = this.#absoluteTold && this.endsAt !== null ? { kind: 'absolute', endsAt: this.endsAt } : null
    if (idle && absolute) return idle.endsAt < absolute.endsAt ? idle : absolute
    return idle ?? absolute
  }

  /** Null while it is in use, or when it never ends so. */
  get idleEndsAt(): string | null {
    const { idleMs, inUse } = this.#options
    return idleMs === 0 || inUse() ? null : this.#wall(this.#idleEnd ?? this.#lastUse + idleMs)
  }

  get endsAt(): string | null {
    const { maxMs, createdAt } = this.#options
    return maxMs === 0 ? null : new Date(Date.parse(createdAt) + maxMs).toISOString()
  }

  close(): void {
    this.#cancelIdle()
    this.#cancelAbsolute()
    this.#idleEnd = null
    this.#absoluteTold = false
  }

  #watchIdle(): void {
    const { clock, idleMs, inUse } = this.#options
    const warning = warningOf(idleMs)
    const quietFor = this.#lastUse + idleMs - warning - clock.elapsed()
    this.#cancelIdle = clock.after(Math.max(0, quietFor), () => {
      if (inUse()) this.#lastUse = clock.elapsed()
      if (clock.elapsed() < this.#lastUse + idleMs - warning) return this.#watchIdle()
      this.#idleEnd = clock.elapsed() + warning
      this.#cancelIdle = clock.after(warning, () => this.#expire('idle'))
      this.events.emit('expiring', this.expiring)
    })
  }

  #expire(reason: 'idle' | 'max-duration'): void {
    this.close()
    this.events.emit('expired', reason)
  }

  #wall(elapsed: number): string {
    const { clock } = this.#options
    return new Date(Math.round(clock.now() + elapsed - clock.elapsed())).toISOString()
  }
}

function warningOf(timeoutMs: number): number {
  return Math.min(WARNING_MS, timeoutMs / 2)
}
