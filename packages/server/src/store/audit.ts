/** The audit log's rows: written in batches, read newest first, forgotten by age and number. */
import type { AuditEntry } from '@tandem/protocol'
import type { Kysely } from 'kysely'
import { z } from 'zod'
import type { Tables } from './schema.ts'

export interface AuditQuery {
  limit: number
  /** The last id of the page before. */
  cursor?: string
  sessionId?: string
  /** Whole (`key.create`), or its first word with a dot and a star (`key.*`). */
  action?: string
  /** `key:<id>` or `token:<id>`. */
  actor?: string
}

const dataSchema = z.record(z.string(), z.unknown())

export class AuditRows {
  readonly #db: Kysely<Tables>

  constructor(db: Kysely<Tables>) {
    this.#db = db
  }

  async insert(entries: readonly AuditEntry[]): Promise<void> {
    const rows = entries.map(({ id, at, action, actor, session_id, data }) => ({
      id,
      at,
      action,
      actor_id: actor.id,
      actor_name: actor.name,
      address: actor.address,
      session_id,
      data: JSON.stringify(data),
    }))
    // Written once more when the answer of the first time got lost.
    await this.#db
      .insertInto('audit')
      .values(rows)
      .onConflict((conflict) => conflict.column('id').doNothing())
      .execute()
  }

  /** Newest first. */
  async list({ limit, cursor, sessionId, action, actor }: AuditQuery): Promise<AuditEntry[]> {
    let query = this.#db.selectFrom('audit').selectAll()
    if (cursor !== undefined) query = query.where('id', '<', cursor)
    if (sessionId !== undefined) query = query.where('session_id', '=', sessionId)
    if (actor !== undefined) query = query.where('actor_id', '=', actor)
    if (action?.endsWith('.*')) query = query.where('action', 'like', `${action.slice(0, -1)}%`)
    else if (action !== undefined) query = query.where('action', '=', action)
    const rows = await query.orderBy('id', 'desc').limit(limit).execute()
    return rows.map((row) => ({
      id: row.id,
      at: row.at,
      action: row.action,
      actor: { id: row.actor_id, name: row.actor_name, address: row.address },
      session_id: row.session_id,
      data: dataSchema.parse(JSON.parse(row.data)),
    }))
  }

  /** Forgets what is older, and all but the newest `kept` entries. */
  async prune(before: string, kept: number): Promise<void> {
    await this.#db.deleteFrom('audit').where('at', '<', before).execute()
    const last = await this.#db.selectFrom('audit').select('id').orderBy('id', 'desc').offset(kept).limit(1).executeTakeFirst()
    if (last) await this.#db.deleteFrom('audit').where('id', '<=', last.id).execute()
  }
}
