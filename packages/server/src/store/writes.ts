/**
 * Writes that nobody waits for: control records, session rows, timeline. They go out in order, together in one
 * transaction, and stay here while the database is away or the disk is full, so that what is live goes on. Bounded:
 * past the limit the oldest entries are lost, counted and said. A write that the database refuses for what it is, is dropped with a line in the log.
 */
import { isTandemError, TandemError, toWireError } from '@tandem/protocol'
import type { Logger } from '../log.ts'
import type { Areas } from './areas.ts'

/** Some MB of memory at most. */
const WAITING_MAX = 20_000
const BATCH = 500
const RETRY_MIN_MS = 200
const RETRY_MAX_MS = 2_000
/** At shut-down. */
const LAST_TRY_MS = 5_000

export type Write = (areas: Areas) => Promise<unknown>

interface Waiting {
  what: string
  key: string | null
  write: Write
}

export class Writes {
  readonly #transact: (work: Write) => Promise<unknown>
  readonly #log: Logger
  readonly #limit: number
  #waiting: Waiting[] = []
  /** Taken from there, and not written yet. */
  #inHand = 0
  readonly #byKey = new Map<string, Waiting>()
  #running: Promise<void> | null = null
  #timer: NodeJS.Timeout | undefined
  /** Since when writes fail, and why. */
  #failing: { since: Date; error: TandemError; tries: number } | null = null
  #lost = 0
  #closed = false

  constructor(transact: (work: Write) => Promise<unknown>, log: Logger, limit = WAITING_MAX) {
    this.#transact = transact
    this.#log = log
    this.#limit = limit
  }

  /** How many are not written yet, and how many were lost since the start. */
  get status(): { waiting: number; lost: number; failingSince: Date | null } {
    return { waiting: this.#waiting.length + this.#inHand, lost: this.#lost, failingSince: this.#failing?.since ?? null }
  }

  /**
   * `what` is for the log. A write with a `key` takes the place of the one before with the same key, which it makes needless;
   * it is never lost for want of room.
   */
  add(what: string, write: Write, key: string | null = null): void {
    const before = key === null ? undefined : this.#byKey.get(key)
    if (before) {
      before.write = write
      return
    }
    const entry: Waiting = { what, key, write }
    this.#waiting.push(entry)
    if (key !== null) this.#byKey.set(key, entry)
    if (this.#waiting.length > this.#limit) this.#makeRoom()
    // What belongs to one turn of the caller goes out together.
    if (!this.#failing) this.#timer ??= setTimeout(() => void this.flush(), 0)
  }

  /** Resolves when all that was added before is written, or when that fails at present. Never rejects. */
  async flush(): Promise<void> {
    // What runs may have begun before the newest was added.
    while (this.#running) await this.#running
    this.#running = this.#run().finally(() => (this.#running = null))
    await this.#running
  }

  /** @throws TandemError `store/failed` while something could not be written */
  check(): void {
    if (!this.#failing) return
    const { error, since } = this.#failing
    const { waiting } = this.status
    const counts = `${waiting} entries wait${this.#lost > 0 ? `, ${this.#lost} were lost` : ''}.`
    throw new TandemError('store/failed', `${error.message} ${counts}`, {
      ...error.details,
      since: since.toISOString(),
      waiting,
      lost: this.#lost,
    })
  }

  /** Writes what is left, for a few seconds at most, and says what was not. */
  async close(): Promise<void> {
    if (this.#closed) return
    const until = performance.now() + LAST_TRY_MS
    await this.flush()
    while (this.#waiting.length > 0 && performance.now() < until) {
      await new Promise((resolve) => setTimeout(resolve, RETRY_MIN_MS))
      await this.flush()
    }
    this.#closed = true
    clearTimeout(this.#timer)
    if (this.#waiting.length > 0) this.#log.error({ lost: this.#waiting.length }, 'the server stopped before the database took everything')
  }

  async #run(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    while (this.#waiting.length > 0 && !this.#closed) {
      const batch = this.#take()
      this.#inHand = batch.length
      const failed = await this.#write(batch)
      this.#inHand = 0
      if (!failed) {
        this.#recovered()
        continue
      }
      this.#putBack(failed.left)
      return this.#failed(failed.error)
    }
  }

  /** What is left to be written again, or null when nothing is. */
  async #write(batch: readonly Waiting[]): Promise<{ left: readonly Waiting[]; error: TandemError } | null> {
    const together = await this.#attempt(async (areas) => {
      for (const { write } of batch) await write(areas)
    })
    if (!together) return null
    if (!isRefused(together)) return { left: batch, error: together }
    // One of them is refused for what it is: alone, so that the others are not.
    for (const [index, entry] of batch.entries()) {
      const error = await this.#attempt(entry.write)
      if (error && !isRefused(error)) return { left: batch.slice(index), error }
      if (error) {
        this.#lost += 1
        this.#log.error({ err: error, what: entry.what }, 'the database refused a write')
      }
    }
    return null
  }

  async #attempt(work: Write): Promise<TandemError | null> {
    try {
      await this.#transact(work)
      return null
    } catch (error) {
      return isTandemError(error) ? error : new TandemError('store/failed', undefined, { reason: 'refused' }, { cause: error })
    }
  }

  #take(): Waiting[] {
    const batch = this.#waiting.splice(0, BATCH)
    // What comes under the same key from now on is a write of its own.
    for (const { key } of batch) if (key !== null) this.#byKey.delete(key)
    return batch
  }

  #putBack(entries: readonly Waiting[]): void {
    const needed = entries.filter(({ key }) => key === null || !this.#byKey.has(key))
    this.#waiting = [...needed, ...this.#waiting]
    for (const entry of needed) if (entry.key !== null) this.#byKey.set(entry.key, entry)
  }

  #failed(error: TandemError): void {
    if (!this.#failing) {
      this.#failing = { since: new Date(), error, tries: 0 }
      this.#log.error({ err: error, waiting: this.#waiting.length }, 'the database takes no writes; what happens is kept in memory and written later')
    }
    this.#failing.error = error
    const wait = Math.min(RETRY_MIN_MS * 2 ** this.#failing.tries++, RETRY_MAX_MS)
    if (!this.#closed) this.#timer = setTimeout(() => void this.flush(), wait)
  }

  #recovered(): void {
    if (!this.#failing || this.#waiting.length > 0) return
    this.#log.warn({ since: this.#failing.since, lost: this.#lost }, 'the database takes writes again; everything is written')
    this.#failing = null
  }

  #makeRoom(): void {
    const index = this.#waiting.findIndex(({ key }) => key === null)
    if (index === -1) return
    const [entry] = this.#waiting.splice(index, 1)
    this.#lost += 1
    // The first, and then one line for many.
    if (this.#lost % 1_000 === 1) this.#log.error({ what: entry?.what, lost: this.#lost }, 'too much waits for the database: the oldest entries are lost')
  }
}

/** Not for want of a database or a disk: it would be refused again. */
function isRefused(error: TandemError): boolean {
  return toWireError(error)['reason'] === 'refused'
}
