/** An Idempotency-Key: the same request twice, on this server or another of the same database, makes one session. */
import { createHash } from 'node:crypto'
import { TandemError } from '@tandem/protocol'
import type { IdempotencyRows } from '../store/idempotency.ts'

const LOOK_EVERY_MS = 100
/** No session takes longer to start. */
const WAIT_MS = 60_000
/** Whoever claimed it so long ago went down meanwhile; clocks of machines may differ a little. */
const STALE_MS = 120_000

/** Answers with the id of the session that `create` made, now or for the same request before. @throws TandemError `request/invalid`, `server/overloaded` */
export async function createOnce(keys: IdempotencyRows, key: string, body: unknown, create: () => Promise<string>): Promise<string> {
  const bodyHash = createHash('sha256').update(JSON.stringify(body)).digest('hex')
  const until = performance.now() + WAIT_MS
  while (!(await keys.claim(key, bodyHash, new Date().toISOString()))) {
    const known = await keys.find(key)
    if (known && known.bodyHash !== bodyHash) throw new TandemError('request/invalid', 'This Idempotency-Key was used with another body; use a new one.')
    if (known?.sessionId) return known.sessionId
    if (known && Date.now() - Date.parse(known.createdAt) > STALE_MS) await keys.release(key, known.createdAt)
    if (performance.now() > until) throw new TandemError('server/overloaded', 'The first request with this Idempotency-Key still runs; try again.')
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS))
  }
  try {
    const id = await create()
    await keys.settle(key, id)
    return id
  } catch (error) {
    // It may be tried again with the same key; when the database is away the claim goes stale.
    await keys.release(key).catch(() => undefined)
    throw error
  }
}
