/** Secrets that all servers of one database share: whoever comes first makes them. */
import type { Kysely } from 'kysely'
import type { Tables } from './schema.ts'

export class SecretRows {
  readonly #db: Kysely<Tables>

  constructor(db: Kysely<Tables>) {
    this.#db = db
  }

  async readOrInsert(name: string, value: string): Promise<string> {
    await this.#db
      .insertInto('secrets')
      .values({ name, value })
      .onConflict((conflict) => conflict.column('name').doNothing())
      .execute()
    const row = await this.#db.selectFrom('secrets').select('value').where('name', '=', name).executeTakeFirstOrThrow()
    return row.value
  }
}
