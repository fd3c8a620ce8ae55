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
  #running = false

  constructor(options: WatchingOptions) {
    this.#options = options
  }

  set on(on: boolean) {
    if (on === this.#running) return
    this.#running = on
    clearTimeout(this.#timer)
    if (on) void this.#look()
  }

  async #look(): Promise<void> {
    try {
      const session = await this.#options.rest().json<AgentSession>('GET', '', { signal: AbortSignal.timeout(REQUEST_MS) })
      if (this.#running) this.#options.session(session)
    } catch (error) {
      if (this.#running && isTandemError(error) && !error.retry) this.#options.ended(error.message, error.code)
    }
    if (this.#running) this.#timer = setTimeout(() => void this.#look(), LOOK_EVERY_MS)
  }
}
