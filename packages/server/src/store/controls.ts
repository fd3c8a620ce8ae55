/** The control record of each session. */
import type { Kysely } from 'kysely'
import type { Tables } from './schema.ts'

export class ControlRows {
  readonly #db: Kysely<Tables>

  constructor(db: Kysely<Tables>) {
    this.#db = db
  }

  async save(sessionId: string, record: unknown): Promise<void> {
    const values = { session_id: sessionId, record: JSON.stringify(record) }
    await this.#db
      .insertInto('controls')
      .values(values)
      .onConflict((conflict) => conflict.column('session_id').doUpdateSet({ record: values.record }))
      .execute()
  }

  /** The parsed JSON, or null; whoever saved it knows its shape. */
  async load(sessionId: string): Promise<unknown> {
    const row = await this.#db.selectFrom('controls').select('record').where('session_id', '=', sessionId).executeTakeFirst()
    return row ? JSON.parse(row.record) : null
  }
}
