/** The named profiles and which session has each; the folders are `sessions/profiles.ts`. */
import type { Kysely, Selectable } from 'kysely'
import type { Tables } from './schema.ts'

export interface ProfileRow {
  name: string
  createdAt: string
  lastUsedAt: string
  sessionId: string | null
}

export class ProfileRows {
  readonly #db: Kysely<Tables>

  constructor(db: Kysely<Tables>) {
    this.#db = db
  }

  /** By name. */
  async list(): Promise<ProfileRow[]> {
    return (await this.#db.selectFrom('profiles').selectAll().orderBy('name').execute()).map(toProfile)
  }

  async find(name: string): Promise<ProfileRow | null> {
    const row = await this.#db.selectFrom('profiles').selectAll().where('name', '=', name).executeTakeFirst()
    return row ? toProfile(row) : null
  }

  /** Gives the profile to a session, unless another has it; `from`: only if this one has it. Answers whether it worked. */
  async acquire(name: string, sessionId: string, at: string, from: string | null = null): Promise<boolean> {
    await this.#db
      .insertInto('profiles')
      .values({ name, created_at: at, last_used_at: at, session_id: null })
      .onConflict((conflict) => conflict.column('name').doNothing())
      .execute()
    const { numUpdatedRows } = await this.#db
      .updateTable('profiles')
      .set({ session_id: sessionId, last_used_at: at })
      .where('name', '=', name)
      .where('session_id', from === null ? 'is' : '=', from)
      .executeTakeFirst()
    return numUpdatedRows > 0n
  }

  async release(sessionId: string, at: string): Promise<void> {
    await this.#db.updateTable('profiles').set({ session_id: null, last_used_at: at }).where('session_id', '=', sessionId).execute()
  }

  /** Forgets a profile that is free. Answers whether it was. */
  async remove(name: string): Promise<boolean> {
    const { numDeletedRows } = await this.#db.deleteFrom('profiles').where('name', '=', name).where('session_id', 'is', null).executeTakeFirst()
    return numDeletedRows > 0n
  }
}

function toProfile(row: Selectable<Tables['profiles']>): ProfileRow {
  return { name: row.name, createdAt: row.created_at, lastUsedAt: row.last_used_at, sessionId: row.session_id }
}
