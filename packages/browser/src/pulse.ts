/**
 * Whether a page answers. One whose script never ends, or that is on its way to a server that never answers, takes no
 * command that its renderer has a part in: clients that are told of it wait for it, and so does whoever steers it.
 */
import { EventEmitter } from 'node:events'
import type { CdpSession } from './connection.ts'

/** A page may be busy for a while; after so long without an answer it is said to be stalled. */
export const STALLED_AFTER_MS = 3_000

export class Pulse {
  readonly events = new EventEmitter<{ changed: [] }>()
  readonly #session: CdpSession
  readonly #hasDocument: () => Promise<unknown>
  #asking: Promise<void> | null = null
  #stalledAt: number | null = null
  /** It stood still until now, and answers nobody before it runs. */
  #runs = false

  /** `hasDocument` resolves when the page has one: until its first one comes clients wait for that. */
  constructor(session: CdpSession, hasDocument: () => Promise<unknown>) {
    this.#session = session
    this.#hasDocument = hasDocument
    this.events.setMaxListeners(0)
  }

  get isStalled(): boolean {
    return this.#stalledAt !== null
  }

  /** How long it is known to be stalled; 0 while it is not. */
  get stalledForMs(): number {
    return this.#stalledAt === null ? 0 : performance.now() - this.#stalledAt
  }

  /** The page was let run. */
  run(): void {
    this.#runs = true
  }

  /** Resolves when the page has answered; asked again meanwhile, it is the same question. */
  ask(): Promise<void> {
    if (!this.#runs) return Promise.resolve()
    this.#asking ??= this.#ask().finally(() => (this.#asking = null))
    return this.#asking
  }

  /** Resolves when the page has answered, or is known to be stalled. */
  async settled(): Promise<void> {
    const answered = this.ask()
    if (this.isStalled) return
    const { promise: stalled, resolve } = Promise.withResolvers<void>()
    this.events.once('changed', resolve)
    await Promise.race([answered, stalled])
    this.events.off('changed', resolve)
  }

  async #ask(): Promise<void> {
    const timer = setTimeout(() => this.#set(true), STALLED_AFTER_MS)
    try {
      // It leaves nothing in the page, and no script among those that a client may count.
      await this.#session.send('Runtime.getIsolateId')
      await this.#hasDocument()
    } catch {
      // An error is an answer, too; and of a page that is gone none is wanted.
    } finally {
      clearTimeout(timer)
      this.#set(false)
    }
  }

  #set(isStalled: boolean): void {
    if (isStalled === this.isStalled) return
    this.#stalledAt = isStalled ? performance.now() : null
    this.events.emit('changed')
  }
}
