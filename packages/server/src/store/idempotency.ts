/** Which session an Idempotency-Key made; claimed before it is made, so that one caller alone makes it. */
import type { Kysely } from 'kysely'
import type { Tables } from './schema.ts'

export interface IdempotencyRow {
  bodyHash: string
  /** Null while it is being made. */
  sessionId: string | null
  createdAt: string
}

export class IdempotencyRows {
  readonly #db: Kysely<Tables>

  constructor(db: Kysely<Tables>) {
    this.#db = db
  }

  /** True for one caller alone, on whichever server. */
  async claim(key: string, bodyHash: string, at: string): Promise<boolean> {
    const { numInsertedOrUpdatedRows } = await this.#db
      .insertInto('idempotency')
      .values({ key, body_hash: bodyHash, session_id: null, created_at: at })
      .onConflict((conflict) => conflict.column('key').doNothing())
      .executeTakeFirst()
    return numInsertedOrUpdatedRows === 1n
  }

  async settle(key: string, sessionId: string): Promise<void> {
    await this.#db.updateTable('idempotency').set({ session_id: sessionId }).where('key', '=', key).execute()
  }

  /** Gives up a claim; with `claimedAt` only the one of that time. */
  async release(key: string, claimedAt?: string): Promise<void> {
    let query = this.#db.deleteFrom('idempotency').where('key', '=', key).where('session_id', 'is', null)
    if (claimedAt !== undefined) query = query.where('created_at', '=', claimedAt)
    await query.execute()
  }

  async find(key: string): Promise<IdempotencyRow | null> {
    const row = await this.#db.selectFrom('idempotency').selectAll().where('key', '=', key).executeTakeFirst()
    return row ? { bodyHash: row.body_hash, sessionId: row.session_id, createdAt: row.created_at } : null
  }

  /** Forgets what is older. */
  async prune(before: string): Promise<void> {
    await this.#db.deleteFrom('idempotency').where('created_at', '<', before).execute()
  }
}
