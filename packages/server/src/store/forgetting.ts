/**
 * Closed sessions are forgotten after some days, with their timelines, control records and links; the audit log has an
 * age of its own. A few rows at a time: SQLite works in this thread, and viewers' input passes between two steps.
 */
import { setImmediate as turn } from 'node:timers/promises'
import type { Logger } from '../log.ts'
import type { Areas } from './areas.ts'

const DAY_MS = 86_400_000
const EVERY_MS = 3_600_000
const SESSIONS_AT_ONCE = 50
const ENTRIES_AT_ONCE = 500

export interface ForgettingOptions {
  store: Pick<Areas, 'sessions' | 'timeline'>
  /** 0: nothing is ever forgotten. */
  days: number
  log: Logger
}

/** Now and once an hour. Returns the end of it, which resolves when the database is at rest. */
export function forgetSessions({ store, days, log }: ForgettingOptions): () => Promise<void> {
  if (days === 0) return () => Promise.resolve()
  const stop = new AbortController()
  let running: Promise<void> = Promise.resolve()
  const run = (): void => {
    running = running
      .then(() => forgetClosedBefore(store, new Date(Date.now() - days * DAY_MS).toISOString(), stop.signal))
      // The database is away, which is told elsewhere: the next hour goes on.
      .catch((error: unknown) => log.warn({ err: error }, 'old sessions were not forgotten'))
  }
  const timer = setInterval(run, EVERY_MS).unref()
  run()
  return () => {
    clearInterval(timer)
    stop.abort()
    return running
  }
}

/** `before`: ISO 8601. Other servers of the database may do the same meanwhile. @throws TandemError `store/failed` */
export async function forgetClosedBefore({ sessions, timeline }: ForgettingOptions['store'], before: string, stop?: AbortSignal): Promise<void> {
  for (;;) {
    const ids = await sessions.closedBefore(before, SESSIONS_AT_ONCE)
    for (const id of ids) {
      let left = true
      while (left) {
        if (stop?.aborted) return
        left = (await timeline.forget(id, ENTRIES_AT_ONCE)) === ENTRIES_AT_ONCE
        await turn()
      }
      await sessions.forget(id, before)
    }
    if (ids.length < SESSIONS_AT_ONCE) return
  }
}
