/**
 * The servers that share this database. All times are the database's own: the clocks of machines differ. Only used on
 * PostgreSQL.
 */
import { sql } from 'kysely'
import type { Kysely, RawBuilder } from 'kysely'
import type { Tables } from './schema.ts'

export interface ServerRow {
  id: string
  url: string
  startedAt: string
  /** ms since it was last heard of, by the database's clock. */
  silentMs: number
}

/** ISO 8601, as every other time. */
const now: RawBuilder<string> = sql`to_char(clock_timestamp() at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`

export class ServerRows {
  readonly #db: Kysely<Tables>

  constructor(db: Kysely<Tables>) {
    this.#db = db
  }

  /** `instance` tells two runs apart that have the same id. */
  async register(id: string, url: string, instance: string): Promise<void> {
    const row = { url, instance, started_at: now, heartbeat_at: now }
    await this.#db
      .insertInto('servers')
      .values({ id, ...row })
      .onConflict((conflict) => conflict.column('id').doUpdateSet(row))
      .execute()
  }

  /** False when another run has taken the id. */
  async beat(id: string, instance: string): Promise<boolean> {
    const { numUpdatedRows } = await this.#db
      .updateTable('servers')
      .set({ heartbeat_at: now })
      .where('id', '=', id)
      .where('instance', '=', instance)
      .executeTakeFirst()
    return numUpdatedRows > 0n
  }

  /** As if it had been silent for so long. */
  async leave(id: string, instance: string, silentMs: number): Promise<void> {
    const then = sql<string>`to_char((clock_timestamp() - ${silentMs} * interval '1 millisecond') at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`
    await this.#db.updateTable('servers').set({ heartbeat_at: then }).where('id', '=', id).where('instance', '=', instance).execute()
  }

  async list(): Promise<ServerRow[]> {
    const silent = sql<string>`extract(epoch from clock_timestamp() - heartbeat_at::timestamptz) * 1000`
    const rows = await this.#db
      .selectFrom('servers')
      .select(['id', 'url', 'started_at', silent.as('silent')])
      .execute()
    return rows.map(({ id, url, started_at, silent: ms }) => ({ id, url, startedAt: started_at, silentMs: Number(ms) }))
  }

  /** Forgets servers that were silent for so long and have no open session. */
  async prune(silentMs: number): Promise<void> {
    await this.#db
      .deleteFrom('servers')
      .where(sql<boolean>`heartbeat_at::timestamptz < clock_timestamp() - ${silentMs} * interval '1 millisecond'`)
      .where(({ not, exists, selectFrom }) =>
        not(exists(selectFrom('sessions').select('sessions.id').whereRef('sessions.server_id', '=', 'servers.id').where('sessions.status', '!=', 'closed'))),
      )
      .execute()
  }
}
