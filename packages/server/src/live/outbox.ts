/**
 * What waits to be sent to one viewer. A viewer who reads slowly gets the newest of each kind of state instead of
 * all of them, and is let go when even that does not help: memory stays flat, nobody else waits.
 */
import type { LiveEvent } from '@tandem/protocol'
import type { WebSocket } from 'ws'

/** Above this many unsent bytes, state events wait and replace each other. */
const SOFT_LIMIT_BYTES = 128 * 1024
/** Above this many, the viewer is let go. */
const HARD_LIMIT_BYTES = 2 * 1024 * 1024
/** A viewer who stays above the soft limit for so long is let go too. */
const STUCK_MS = 20_000
const RETRY_MS = 50

/** Each of these says all there is to say, so that only the newest matters. */
const LATEST_WINS: ReadonlySet<LiveEvent> = new Set<LiveEvent>([
  'agent.pointer',
  'control.changed',
  'cursor.changed',
  'pointer.lockChanged',
  'session.changed',
  'stream.blanked',
  'stream.changed',
  'stream.stalled',
  'tab.listChanged',
  'viewer.listChanged',
])

export class Outbox {
  readonly #socket: Pick<WebSocket, 'send' | 'bufferedAmount' | 'readyState' | 'OPEN'>
  readonly #onStuck: () => void
  readonly #waiting = new Map<LiveEvent, string>()
  #timer: NodeJS.Timeout | null = null
  #fullSince: number | null = null

  constructor(socket: Pick<WebSocket, 'send' | 'bufferedAmount' | 'readyState' | 'OPEN'>, onStuck: () => void) {
    this.#socket = socket
    this.#onStuck = onStuck
  }

  /** Replies, and what must not be lost. */
  send(text: string): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return
    if (this.#socket.bufferedAmount > HARD_LIMIT_BYTES) {
      this.#onStuck()
      return
    }
    this.#socket.send(text)
  }

  sendEvent(event: LiveEvent, text: string): void {
    if (!LATEST_WINS.has(event)) return this.send(text)
    if (this.#waiting.size === 0 && this.#socket.bufferedAmount <= SOFT_LIMIT_BYTES) return this.send(text)
    // Deleted first, so that the newest is also the last in order.
    this.#waiting.delete(event)
    this.#waiting.set(event, text)
    this.#fullSince ??= Date.now()
    this.#timer ??= setTimeout(() => this.#flush(), RETRY_MS)
  }

  close(): void {
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = null
    this.#waiting.clear()
  }

  #flush(): void {
    this.#timer = null
    if (this.#socket.readyState !== this.#socket.OPEN) return
    if (this.#socket.bufferedAmount > SOFT_LIMIT_BYTES) {
      if (this.#fullSince !== null && Date.now() - this.#fullSince > STUCK_MS) this.#onStuck()
      else this.#timer = setTimeout(() => this.#flush(), RETRY_MS)
      return
    }
    this.#fullSince = null
    const texts = [...this.#waiting.values()]
    this.#waiting.clear()
    for (const text of texts) this.send(text)
  }
}
