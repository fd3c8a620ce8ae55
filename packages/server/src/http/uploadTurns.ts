/**
 * The body of an upload lies in memory, several times over while it is read: so few are read at once for each session,
 * and whoever comes after them waits with its body unread, on its own machine.
 */
import { TandemError } from '@tandem/protocol'

const AT_ONCE = 3
const MAX_WAITING = 50
const RETRY_AFTER_MS = 2_000

interface Line {
  running: number
  readonly waiting: (() => void)[]
}

export class UploadTurns {
  readonly #lines = new Map<string, Line>()

  /** Resolves when it is the caller's turn, with the end of it, which may be called twice. @throws TandemError `request/rate-limited` */
  async take(sessionId: string): Promise<() => void> {
    const line = this.#lines.get(sessionId) ?? { running: 0, waiting: [] }
    if (line.waiting.length >= MAX_WAITING) {
      const message = `${MAX_WAITING} uploads to this session wait for their turn. Send them one after the other.`
      throw new TandemError('request/rate-limited', message, { retry_after_ms: RETRY_AFTER_MS })
    }
    this.#lines.set(sessionId, line)
    if (line.running < AT_ONCE) line.running++
    else await new Promise<void>((resolve) => line.waiting.push(resolve))
    let ended = false
    return () => {
      if (ended) return
      ended = true
      // The place goes on to the next, or is given up.
      const next = line.waiting.shift()
      if (next) next()
      else if (--line.running === 0) this.#lines.delete(sessionId)
    }
  }
}
