/**
 * The events of a session as an async iteration: it comes back by itself after a cut, behind the last event that it
 * gave, so that none is lost or doubled. Works wherever `fetch` streams: Node and pages.
 */
import { isTandemError } from '@tandem/protocol'
import type { TimelineEntry } from '@tandem/protocol'
import type { CallOptions, Rest } from './rest.ts'

const FIRST_RETRY_MS = 500
const MAX_RETRY_MS = 10_000
/** The server says something every 15 s. */
const SILENT_MS = 45_000

export interface FollowOptions extends CallOptions {
  /** The `seq` of the last entry that is known; absent: from the first. */
  after?: number
}

export class Events {
  readonly #rest: Rest

  constructor(rest: Rest) {
    this.#rest = rest
  }

  /**
   * Each entry of the timeline, past and coming; ends when the session does. Rejects with what the server refuses, and
   * with the signal's reason.
   * @example
   * for await (const { type, data } of tandem.events.follow(session.id)) console.log(type, data)
   */
  async *follow(sessionId: string, { after = 0, signal }: FollowOptions = {}): AsyncGenerator<TimelineEntry, void, undefined> {
    let last = after
    let retryMs = FIRST_RETRY_MS
    for (;;) {
      try {
        for await (const { event, data } of this.#read(sessionId, last, signal)) {
          retryMs = FIRST_RETRY_MS
          if (event === 'end') return
          // What is no entry of the timeline: the session's state, which its resource has as well, and what was forgotten.
          if (event === 'session.changed' || event === 'gap') continue
          // Written by the server as this type.
          const entry = JSON.parse(data) as TimelineEntry
          last = entry.seq
          yield entry
        }
      } catch (error) {
        if (signal?.aborted) throw signal.reason
        // Refused for good; whatever else is a cut.
        if (isTandemError(error) && !error.retry) throw error
      }
      await pause(retryMs, signal)
      retryMs = Math.min(retryMs * 2, MAX_RETRY_MS)
    }
  }

  async *#read(sessionId: string, after: number, signal: AbortSignal | undefined): AsyncGenerator<{ event: string; data: string }, void, undefined> {
    const silent = new AbortController()
    let timer: ReturnType<typeof setTimeout> | undefined
    const heard = (): void => {
      clearTimeout(timer)
      timer = setTimeout(() => silent.abort(), SILENT_MS)
    }
    heard()
    try {
      const path = `/v1/agent-sessions/${encodeURIComponent(sessionId)}/events`
      const response = await this.#rest.send('GET', path, { query: { after }, signal: signal ? AbortSignal.any([signal, silent.signal]) : silent.signal })
      const decoder = new TextDecoder()
      let text = ''
      // ReadableStream is iterable in Node and in current browsers; a reader works in all of them.
      const reader = response.body?.getReader()
      try {
        for (let chunk = await reader?.read(); chunk && !chunk.done; chunk = await reader?.read()) {
          heard()
          text += decoder.decode(chunk.value, { stream: true })
          const blocks = text.split('\n\n')
          text = blocks.pop() ?? ''
          for (const block of blocks) {
            const event = fieldOf(block, 'event')
            if (event !== null) yield { event, data: fieldOf(block, 'data') ?? '{}' }
          }
        }
      } finally {
        await reader?.cancel().catch(() => undefined)
      }
    } finally {
      clearTimeout(timer)
    }
  }
}

/** The server writes each field on one line. */
function fieldOf(block: string, name: string): string | null {
  const line = block.split('\n').find((text) => text.startsWith(`${name}: `))
  return line === undefined ? null : line.slice(name.length + 2)
}

function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      clearTimeout(timer)
      reject(signal?.reason)
    }
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', onAbort)
      resolve()
    }, ms)
    if (signal?.aborted) onAbort()
    else signal?.addEventListener('abort', onAbort, { once: true })
  })
}
