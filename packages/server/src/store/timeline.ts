/** What happened in each session, in order; the entries' numbers are given by `sessions/timeline.ts`. */
import type { TimelineEntry } from '@tandem/protocol'
import type { Kysely } from 'kysely'
import { z } from 'zod'
import type { Tables } from './schema.ts'
import { fromDelivery } from './webhooks.ts'
import type { DeliveryRow } from './webhooks.ts'

export class TimelineRows {
  readonly #db: Kysely<Tables>

  constructor(db: Kysely<Tables>) {
    this.#db = db
  }

  /** With what has to be sent because of it: both are written, or none. False: another entry has its number. */
  async append(sessionId: string, entry: TimelineEntry, deliveries: readonly DeliveryRow[] = []): Promise<boolean> {
    const write = async (db: Kysely<Tables>): Promise<boolean> => {
      const { numInsertedOrUpdatedRows } = await db
        .insertInto('timeline')
        .values({ session_id: sessionId, ...entry, data: JSON.stringify(entry.data) })
        // Written once more when the answer of the first time got lost.
        .onConflict((conflict) => conflict.columns(['session_id', 'seq']).doNothing())
        .executeTakeFirst()
      if (numInsertedOrUpdatedRows === 0n) {
        const [known] = await new TimelineRows(db).read(sessionId, entry.seq - 1, 1)
        return known?.at === entry.at && known.type === entry.type
      }
      if (deliveries.length === 0) return true
      // A webhook that was deleted a moment ago must not take the entry with it.
      const ids = [...new Set(deliveries.map(({ webhookId }) => webhookId))]
      const there = new Set((await db.selectFrom('webhooks').select('id').where('id', 'in', ids).execute()).map(({ id }) => id))
      const wanted = deliveries.filter(({ webhookId }) => there.has(webhookId))
      if (wanted.length > 0) await db.insertInto('webhook_deliveries').values(wanted.map(fromDelivery)).execute()
      return true
    }
    return deliveries.length > 0 && !this.#db.isTransaction ? this.#db.transaction().execute(write) : write(this.#db)
  }

  /** Entries with a higher `seq`, in order. */
  async read(sessionId: string, after: number, limit: number): Promise<TimelineEntry[]> {
    const rows = await this.#db
      .selectFrom('timeline')
      .select(['seq', 'at', 'type', 'data'])
      .where('session_id', '=', sessionId)
      .where('seq', '>', after)
      .orderBy('seq')
      .limit(limit)
      .execute()
    return rows.map((row) => ({ ...row, data: z.record(z.string(), z.unknown()).parse(JSON.parse(row.data)) }))
  }

  /** Forgets the entries up to this number. */
  async trim(sessionId: string, upTo: number): Promise<void> {
    await this.#db.deleteFrom('timeline').where('session_id', '=', sessionId).where('seq', '<=', upTo).execute()
  }

  /** Forgets the first entries, so many at most; answers with how many there were. */
  async forget(sessionId: string, limit: number): Promise<number> {
    const first = this.#db.selectFrom('timeline').select('seq').where('session_id', '=', sessionId).orderBy('seq').limit(limit)
    const { numDeletedRows } = await this.#db.deleteFrom('timeline').where('session_id', '=', sessionId).where('seq', 'in', first).executeTakeFirst()
    return Number(numDeletedRows)
  }

  /** 0 when there is none. */
  async lastSeq(sessionId: string): Promise<number> {
    const row = await this.#db
      .selectFrom('timeline')
      .select((select) => select.fn.max('seq').as('seq'))
      .where('session_id', '=', sessionId)
      .executeTakeFirst()
    return row?.seq ?? 0
  }
}
