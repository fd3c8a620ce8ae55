/**
 * What happened in one session, in order. Entries get their number here and are written behind the caller's back,
 * one after the other; only what is written is told to others (`entry`), so that whoever has seen a number finds
 * all that follows it in the store, also after a restart. While the database is away they wait in memory.
 */
import { EventEmitter } from 'node:events'
import { isTandemError } from '@tandem/protocol'
import type { TimelineEntry } from '@tandem/protocol'
import type { Clock } from '../control/types.ts'
import type { Logger } from '../log.ts'
import type { TimelineRows } from '../store/timeline.ts'
import type { DeliveryRow } from '../store/webhooks.ts'

/** A page that reloads itself for days must not fill the disk: so many entries are kept, the newest. */
const KEPT_ENTRIES = 10_000
const TRIM_EVERY = 500
/** Entries that wait for a database that is away. */
const MAX_WAITING = 1_000
const RETRY_MS = 1_000
/** After its session is closed: then nobody adds to it, and it is given up. */
const TRIES_WHEN_CLOSED = 60

/** What has to be sent because of an entry: written with it, so that neither is there without the other. */
export interface Outbox {
  deliveriesFor(sessionId: string, entry: TimelineEntry): Promise<readonly DeliveryRow[]>
  /** They are written. */
  written(deliveries: readonly DeliveryRow[]): void
}

export interface TimelineOptions {
  rows: TimelineRows
  sessionId: string
  log: Logger
  clock: Clock
  outbox: Outbox
}

export class Timeline {
  readonly events = new EventEmitter<{ entry: [TimelineEntry] }>()
  readonly #options: TimelineOptions
  #seq: number
  readonly #waiting: TimelineEntry[] = []
  #writing: Promise<void> | null = null
  #retry: (() => void) | null = null
  #lost = 0
  #tries = 0
  #closed = false

  private constructor(options: TimelineOptions, seq: number) {
    this.#options = options
    this.#seq = seq
    this.events.setMaxListeners(0)
  }

  static async open(options: TimelineOptions): Promise<Timeline> {
    return new Timeline(options, await options.rows.lastSeq(options.sessionId))
  }

  add(type: string, data: Record<string, unknown> = {}): void {
    this.#waiting.push({ seq: ++this.#seq, at: new Date(this.#options.clock.now()).toISOString(), type, data })
    if (this.#waiting.length > MAX_WAITING) {
      this.#waiting.shift()
      this.#lost++
    }
    if (!this.#retry) this.#write()
  }

  /** Resolves when all that was added is written, or could not be at this time. */
  async flushed(): Promise<void> {
    this.#retry?.()
    this.#retry = null
    this.#write()
    await this.#writing
  }

  /** Nothing more is added; writes the rest. */
  close(): Promise<void> {
    this.#closed = true
    return this.flushed()
  }

  /** The number of the newest entry, written or not. */
  get lastSeq(): number {
    return this.#seq
  }

  /** Another server wrote the end of this session while ours was not heard: what waits goes on behind that. */
  async #renumber(): Promise<void> {
    const { rows, sessionId, log } = this.#options
    this.#seq = await rows.lastSeq(sessionId)
    for (const [index, entry] of this.#waiting.entries()) this.#waiting[index] = { ...entry, seq: ++this.#seq }
    log.warn({ entries: this.#waiting.length }, 'another server has written into the timeline of this session; what waits is numbered anew')
  }

  #write(): void {
    this.#writing ??= this.#writeAll().finally(() => (this.#writing = null))
  }

  async #writeAll(): Promise<void> {
    const { rows, sessionId, log, clock, outbox } = this.#options
    for (let entry = this.#waiting[0]; entry; entry = this.#waiting[0]) {
      try {
        const deliveries = await outbox.deliveriesFor(sessionId, entry)
        if (!(await rows.append(sessionId, entry, deliveries))) {
          await this.#renumber()
          continue
        }
        if (deliveries.length > 0) outbox.written(deliveries)
      } catch (error) {
        if (isTandemError(error) && error.code === 'server/shutting-down') return
        if (isTandemError(error) && error.details['reason'] === 'refused') {
          log.error({ err: error, type: entry.type }, 'the database refused an entry of the timeline')
          this.#waiting.shift()
          continue
        }
        if (++this.#tries === 1) log.error({ err: error, type: entry.type }, 'the timeline is not written; entries wait in memory')
        if (this.#closed && this.#tries > TRIES_WHEN_CLOSED) return log.error({ entries: this.#waiting.length }, 'entries of the timeline were given up')
        this.#retry = clock.after(RETRY_MS, () => {
          this.#retry = null
          this.#write()
        })
        return
      }
      if (this.#lost > 0) log.error({ entries: this.#lost }, 'entries of the timeline were lost while the database was away')
      this.#lost = 0
      this.#tries = 0
      // A long wait may have dropped it meanwhile.
      if (this.#waiting[0] === entry) this.#waiting.shift()
      this.events.emit('entry', entry)
      if (entry.seq % TRIM_EVERY === 0 && entry.seq > KEPT_ENTRIES) {
        await rows.trim(sessionId, entry.seq - KEPT_ENTRIES).catch((error: unknown) => log.error({ err: error }, 'the timeline was not trimmed'))
      }
    }
  }
}
