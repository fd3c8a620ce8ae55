/** Viewers who were sent away: their resume tokens are good for nothing any more, after a restart too. */
import type { Kysely } from 'kysely'
import type { Tables } from './schema.ts'

export class KickRows {
  readonly #db: Kysely<Tables>

  constructor(db: Kysely<Tables>) {
    this.#db = db
  }

  async insert(sessionId: string, viewerId: string, at: string): Promise<void> {
    await this.#db
      .insertInto('kicked_viewers')
      .values({ viewer_id: viewerId, session_id: sessionId, at })
      .onConflict((conflict) => conflict.column('viewer_id').doNothing())
      .execute()
  }

  async has(viewerId: string): Promise<boolean> {
    return (await this.#db.selectFrom('kicked_viewers').select('viewer_id').where('viewer_id', '=', viewerId).executeTakeFirst()) !== undefined
  }
}
