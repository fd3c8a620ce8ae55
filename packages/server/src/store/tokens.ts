/** Tokens that can be revoked: logins, cookies, share links. */
import type { Role } from '@tandem/protocol'
import type { Kysely, Selectable } from 'kysely'
import type { Tables } from './schema.ts'

export interface TokenRow {
  id: string
  role: Role
  sessionId: string | null
  kind: 'login' | 'cookie' | 'viewer'
  name: string | null
  createdAt: string
  expiresAt: string
  revokedAt: string | null
  /** Lets in whoever opens it first, and nobody else. */
  singleUse: boolean
  /** When it was first opened. */
  usedAt: string | null
  /** What whoever opened a single-use link proves it with. */
  claim: string | null
  /** The API key that it came from, with which it ends; null: none. */
  keyId: string | null
}

export class TokenRows {
  readonly #db: Kysely<Tables>

  constructor(db: Kysely<Tables>) {
    this.#db = db
  }

  async insert(row: TokenRow): Promise<void> {
    await this.#db.insertInto('tokens').values(fromToken(row)).execute()
  }

  async find(id: string): Promise<TokenRow | null> {
    const row = await this.#db.selectFrom('tokens').selectAll().where('id', '=', id).executeTakeFirst()
    return row ? toToken(row) : null
  }

  /** The viewer tokens of a session that were not revoked and have not expired. */
  async list(sessionId: string, now: string): Promise<TokenRow[]> {
    const rows = await this.#db
      .selectFrom('tokens')
      .selectAll()
      .where('session_id', '=', sessionId)
      .where('kind', '=', 'viewer')
      .where('revoked_at', 'is', null)
      .where('expires_at', '>', now)
      .orderBy('created_at')
      .execute()
    return rows.map(toToken)
  }

  async revoke(id: string, at: string): Promise<void> {
    await this.#db.updateTable('tokens').set({ revoked_at: at }).where('id', '=', id).where('revoked_at', 'is', null).execute()
  }

  /** Whoever comes first gets it: true for one caller alone, on whichever server. */
  async claim(id: string, claim: string, at: string): Promise<boolean> {
    const { numUpdatedRows } = await this.#db
      .updateTable('tokens')
      .set({ claim, used_at: at })
      .where('id', '=', id)
      .where('claim', 'is', null)
      .where('revoked_at', 'is', null)
      .executeTakeFirst()
    return numUpdatedRows === 1n
  }

  async markUsed(id: string, at: string): Promise<void> {
    await this.#db.updateTable('tokens').set({ used_at: at }).where('id', '=', id).where('used_at', 'is', null).execute()
  }

  /** Those of these ids that were not revoked. */
  async goodOf(ids: readonly string[]): Promise<string[]> {
    const rows = await this.#db.selectFrom('tokens').select('id').where('id', 'in', ids).where('revoked_at', 'is', null).execute()
    return rows.map(({ id }) => id)
  }

  /** Forgets what expired before. */
  async prune(before: string): Promise<void> {
    await this.#db.deleteFrom('tokens').where('expires_at', '<', before).execute()
  }
}

function fromToken(row: TokenRow): Selectable<Tables['tokens']> {
  const { sessionId, createdAt, expiresAt, revokedAt, singleUse, usedAt, keyId, ...same } = row
  return {
    ...same,
    session_id: sessionId,
    created_at: createdAt,
    expires_at: expiresAt,
    revoked_at: revokedAt,
    single_use: singleUse ? 1 : 0,
    used_at: usedAt,
    key_id: keyId,
  }
}

function toToken(row: Selectable<Tables['tokens']>): TokenRow {
  return {
    id: row.id,
    role: row.role,
    sessionId: row.session_id,
    kind: row.kind,
    name: row.name,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    revokedAt: row.revoked_at,
    singleUse: row.single_use === 1,
    usedAt: row.used_at,
    claim: row.claim,
    keyId: row.key_id,
  }
}
