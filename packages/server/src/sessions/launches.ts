/**
 * How many browsers are started at once: more than the machine has cores for would make each of them late. The rest
 * wait in order, and when very many wait, whoever asks for one more is told so at once.
 */
import { availableParallelism } from 'node:os'
import { TandemError } from '@tandem/protocol'

const PARALLEL = Math.max(2, Math.floor(availableParallelism() / 2))
const MAX_WAITING = 50
const RETRY_AFTER_MS = 5_000

interface Waiting {
  go(): void
  cancel(error: TandemError): void
}

export class Launches {
  readonly #parallel: number
  readonly #queue: Waiting[] = []
  #running = 0
  #closed = false

  constructor(parallel = PARALLEL) {
    this.#parallel = parallel
  }

  /** Nothing is being started, nobody waits. */
  get idle(): boolean {
    return this.#running === 0
  }

  /** Before a session is begun that would have to wait for very long. @throws TandemError `server/overloaded` */
  assertRoom(): void {
    if (this.#queue.length < MAX_WAITING) return
    throw new TandemError('server/overloaded', `${this.#queue.length} browsers wait to be started. Try again in a few seconds.`, {
      retry_after_ms: RETRY_AFTER_MS,
    })
  }

  /** @throws TandemError `server/shutting-down`, and whatever the work throws */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#closed) throw new TandemError('server/shutting-down')
    if (this.#running >= this.#parallel) await new Promise<void>((resolve, reject) => this.#queue.push({ go: resolve, cancel: reject }))
    else this.#running++
    try {
      return await work()
    } finally {
      // The place goes on to the next, or is given up.
      const next = this.#queue.shift()
      if (next) next.go()
      else this.#running--
    }
  }

  /** Whoever still waits is told; what runs goes on. */
  close(): void {
    this.#closed = true
    for (const waiting of this.#queue.splice(0)) waiting.cancel(new TandemError('server/shutting-down'))
  }
}
