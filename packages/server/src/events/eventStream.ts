/**
 * The events of one session as a stream for one reader (SSE): what the timeline has after the number that the reader
 * knows, then whatever comes. It always reads from the store; a new entry only wakes it. So nothing is lost or doubled
 * across reconnects and restarts, and a slow reader costs one page of memory. Knows no credentials.
 */
import { once } from 'node:events'
import type { Writable } from 'node:stream'
import type { AgentSession, TimelineEntry } from '@tandem/protocol'
import type { Clock } from '../control/types.ts'
import type { Session } from '../sessions/session.ts'
import type { TimelineRows } from '../store/timeline.ts'

const PAGE = 100
/** A reader that takes nothing for so long is cut; it comes back with the last number that it has. */
const STUCK_MS = 20_000
const RECONNECT_MS = 1_000

export interface EventStreamOptions {
  rows: TimelineRows
  sessionId: string
  /** Null: it is closed, and this is what is left of it. */
  session: Session | null
  closedReason: string | null
  /** The last number that the reader knows. */
  after: number
  clock: Clock
  out: Writable
  /** Proxies cut what is silent: something is said this often. */
  heartbeatMs: number
  /** What this reader may know of it. */
  redact<T>(value: T): T
}

export class EventStream {
  readonly #options: EventStreamOptions
  #last: number
  #woken = true
  #wake = (): void => {}
  #stateChanged = true
  #over: boolean
  #stopHeart = (): void => {}

  constructor(options: EventStreamOptions) {
    this.#options = options
    this.#last = options.after
    this.#over = options.session === null
  }

  /** Resolves when the session or the reader is gone. */
  async run(): Promise<void> {
    const { session, out } = this.#options
    const onEntry = (): void => this.#rouse()
    const onChanged = (): void => {
      this.#stateChanged = true
      this.#rouse()
    }
    const onClosed = (): void => {
      this.#over = true
      this.#rouse()
    }
    session?.timeline.events.on('entry', onEntry)
    session?.events.on('changed', onChanged).once('closed', onClosed)
    out.once('close', onEntry)
    out.on('error', onEntry)
    try {
      out.write(`retry: ${RECONNECT_MS}\n\n`)
      this.#beat()
      await this.#pump()
    } finally {
      this.#stopHeart()
      session?.timeline.events.off('entry', onEntry)
      session?.events.off('changed', onChanged).off('closed', onClosed)
      out.end()
    }
  }

  async #pump(): Promise<void> {
    const { session, out } = this.#options
    while (!out.destroyed) {
      const over = this.#over
      // The whole end: what happens while the browser is closed belongs to it.
      if (over && session) await session.close(session.row.closedReason ?? '')
      this.#woken = false
      if (await this.#writePage()) continue
      if (this.#stateChanged && session) {
        this.#stateChanged = false
        await this.#send(frame('session.changed', session.resource(), this.#options))
      }
      if (over) {
        const reason = session?.row.closedReason ?? this.#options.closedReason
        await this.#send(frame('end', { reason }, this.#options))
        return
      }
      if (!this.#woken && !out.destroyed) await new Promise<void>((resolve) => (this.#wake = resolve))
    }
  }

  /** Answers whether there may be more. */
  async #writePage(): Promise<boolean> {
    const { rows, sessionId } = this.#options
    const entries = await rows.read(sessionId, this.#last, PAGE)
    const [first] = entries
    // Old entries are forgotten: whoever was away for very long is told so.
    if (first && first.seq > this.#last + 1) await this.#send(frame('gap', { after: this.#last, next: first.seq }, this.#options))
    for (const entry of entries) {
      this.#last = entry.seq
      await this.#send(frame(entry.type, entry, this.#options, entry.seq))
    }
    return entries.length === PAGE
  }

  async #send(text: string): Promise<void> {
    const { out, clock } = this.#options
    if (out.destroyed || out.write(text)) return
    const stopClock = clock.after(STUCK_MS, () => out.destroy())
    const gone = new AbortController()
    const onClose = (): void => gone.abort()
    out.once('close', onClose)
    await once(out, 'drain', { signal: gone.signal }).catch(() => undefined)
    out.off('close', onClose)
    stopClock()
  }

  #beat(): void {
    const { clock, out, heartbeatMs } = this.#options
    this.#stopHeart = clock.after(heartbeatMs, () => {
      // One that does not read needs no sign of life, and must not fill the memory with them.
      if (!out.destroyed && out.writableLength === 0) out.write(': still here\n\n')
      if (!out.destroyed) this.#beat()
    })
  }

  #rouse(): void {
    this.#woken = true
    this.#wake()
  }
}

function frame(event: string, data: TimelineEntry | AgentSession | object, { redact }: EventStreamOptions, id?: number): string {
  return `${id === undefined ? '' : `id: ${id}\n`}event: ${event}\ndata: ${JSON.stringify(redact(data))}\n\n`
}
