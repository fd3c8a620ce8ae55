/** API keys: their hashes, never themselves. */
import type { Kysely, Selectable } from 'kysely'
import type { Tables } from './schema.ts'

export interface KeyRow {
  id: string
  name: string
  /** SHA-256 in hex; a key has 256 random bits, so that no slow hash is needed. */
  hash: string
  hint: string
  /** The server's own: from its environment or its data directory. */
  own: boolean
  createdAt: string
  lastUsedAt: string | null
  expiresAt: string | null
  revokedAt: string | null
}

export class KeyRows {
  readonly #db: Kysely<Tables>

  constructor(db: Kysely<Tables>) {
    this.#db = db
  }

  async insert(row: KeyRow): Promise<void> {
    await this.#db.insertInto('api_keys').values(fromRow(row)).execute()
  }

  /** The server's own key; another one from before is forgotten, and what came by it ends. */
  async replaceOwn(row: KeyRow): Promise<void> {
    await this.#db.deleteFrom('api_keys').where('own', '=', 1).where('id', '!=', row.id).execute()
    await this.#db
      .insertInto('api_keys')
      .values(fromRow(row))
      .onConflict((conflict) => conflict.column('id').doUpdateSet({ name: row.name, hint: row.hint }))
      .execute()
  }

  async find(id: string): Promise<KeyRow | null> {
    const row = await this.#db.selectFrom('api_keys').selectAll().where('id', '=', id).executeTakeFirst()
    return row ? toRow(row) : null
  }

  async findByHash(hash: string): Promise<KeyRow | null> {
    const row = await this.#db.selectFrom('api_keys').selectAll().where('hash', '=', hash).executeTakeFirst()
    return row ? toRow(row) : null
  }

  /** Revoked ones too, oldest first. */
  async list(): Promise<KeyRow[]> {
    const rows = await this.#db.selectFrom('api_keys').selectAll().orderBy('created_at').orderBy('id').execute()
    return rows.map(toRow)
  }

  async used(id: string, at: string): Promise<void> {
    await this.#db.updateTable('api_keys').set({ last_used_at: at }).where('id', '=', id).execute()
  }

  async revoke(id: string, at: string): Promise<void> {
    await this.#db.updateTable('api_keys').set({ revoked_at: at }).where('id', '=', id).where('revoked_at', 'is', null).execute()
  }

  /** Those of these ids that are good. */
  async goodOf(ids: readonly string[]): Promise<string[]> {
    const rows = await this.#db.selectFrom('api_keys').select('id').where('id', 'in', ids).where('revoked_at', 'is', null).execute()
    return rows.map(({ id }) => id)
  }
}

function fromRow({ own, createdAt, lastUsedAt, expiresAt, revokedAt, ...same }: KeyRow): Selectable<Tables['api_keys']> {
  return { ...same, own: own ? 1 : 0, created_at: createdAt, last_used_at: lastUsedAt, expires_at: expiresAt, revoked_at: revokedAt }
}

function toRow({ own, created_at, last_used_at, expires_at, revoked_at, ...same }: Selectable<Tables['api_keys']>): KeyRow {
  return { ...same, own: own === 1, createdAt: created_at, lastUsedAt: last_used_at, expiresAt: expires_at, revokedAt: revoked_at }
}
