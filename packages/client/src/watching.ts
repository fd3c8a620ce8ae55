/** The session's facts by plain requests, for a viewer whose live socket cannot be opened: who drives, where the page is, whether it ended. Watch-only. */
import { isTandemError } from '@tandem/protocol'
import type { AgentSession } from '@tandem/protocol'
import type { Rest } from './rest.ts'

const LOOK_EVERY_MS = 3_000
const REQUEST_MS = 10_000

export interface WatchingOptions {
  rest(): Rest
  session(session: AgentSession): void
  /** This viewer may not see it (any more), or there is no such session. */
  ended(reason: string, code: string): void
}

export class Watching {
  readonly #options: WatchingOptions
  #timer: ReturnType<typeof setTimeout> | undefined
  /** Of one time that it is on: what was asked before that is nobody's. */
  #running: AbortController | null = null

  constructor(options: WatchingOptions) {
    this.#options = options
  }

  set on(on: boolean) {
    if (on === (this.#running !== null)) return
    clearTimeout(this.#timer)
    this.#running?.abort()
    this.#running = on ? new AbortController() : null
    if (this.#running) void this.#look(this.#running.signal)
  }

  async #look(running: AbortSignal): Promise<void> {
    try {
      const session = await this.#options.rest().json<AgentSession>('GET', '', { signal: AbortSignal.any([running, AbortSignal.timeout(REQUEST_MS)]) })
      if (!running.aborted) this.#options.session(session)
    } catch (error) {
      if (!running.aborted && isTandemError(error) && !error.retry) this.#options.ended(error.message, error.code)
    }
    if (!running.aborted) this.#timer = setTimeout(() => void this.#look(running), LOOK_EVERY_MS)
  }
}
