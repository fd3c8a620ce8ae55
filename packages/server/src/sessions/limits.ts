/**
 * What the server may carry: so many sessions, so much memory. A place is taken at once, before anything is awaited,
 * so that a hundred creates of the same moment share out what is left. Browsers that are being started are counted
 * with what they will need. Knows no sessions; `sessions.ts` asks before it makes one.
 */
import { TandemError } from '@tandem/protocol'

/** A browser with one page, before it is measured. */
const BROWSER_BYTES = 200 * 1024 * 1024
const MB = 1024 * 1024
const RETRY_AFTER_MS = 10_000
/** Measuring reads a file for each process. */
const MEASURED_MS = 1_000

export interface LimitsOptions {
  maxSessions: number
  /** 0: no limit. */
  maxMemoryMb: number
  /** Bytes of the server and all its children. */
  memory(): Promise<number>
}

export class Limits {
  readonly #options: LimitsOptions
  #taken = 0
  #starting = 0
  #measured: { at: number; bytes: Promise<number> } | null = null

  constructor(options: LimitsOptions) {
    this.#options = options
  }

  /** Sessions that are open or being started. */
  get taken(): number {
    return this.#taken
  }

  /** Takes a place; the answer gives it back, once. `force`: a session that was there before. @throws TandemError `session/limit` */
  reserve({ force = false } = {}): () => void {
    const { maxSessions } = this.#options
    if (!force && this.#taken >= maxSessions) throw new TandemError('session/limit', undefined, { limit: maxSessions })
    this.#taken++
    return once(() => this.#taken--)
  }

  /** Counts a browser that is being started, until it is there and measured with the rest. */
  starting(): () => void {
    this.#starting++
    return once(() => this.#starting--)
  }

  /** @throws TandemError `server/overloaded` */
  async assertMemory(): Promise<void> {
    const { maxMemoryMb } = this.#options
    if (maxMemoryMb === 0) return
    const usedMb = Math.round(((await this.#memory()) + this.#starting * BROWSER_BYTES) / MB)
    if (usedMb < maxMemoryMb) return
    throw new TandemError(
      'server/overloaded',
      `The server and its browsers use ${usedMb} MB of the ${maxMemoryMb} MB that TANDEM_MAX_MEMORY_MB allows. Close a session, or try again later.`,
      { used_mb: usedMb, limit_mb: maxMemoryMb, retry_after_ms: RETRY_AFTER_MS },
    )
  }

  #memory(): Promise<number> {
    const now = performance.now()
    if (!this.#measured || now - this.#measured.at > MEASURED_MS) this.#measured = { at: now, bytes: this.#options.memory() }
    return this.#measured.bytes
  }

  /** Whether a browser that nobody has asked for may be kept ready beside `ready` others. */
  async hasRoom(ready: number): Promise<boolean> {
    if (this.#taken + ready >= this.#options.maxSessions) return false
    return this.assertMemory().then(
      () => true,
      () => false,
    )
  }
}

function once(undo: () => void): () => void {
  let done = false
  return () => {
    if (done) return
    done = true
    undo()
  }
}
