/** Webhooks, and each single thing that is to be sent to one: what waits, what arrived, what was given up. */
import type { Kysely, Selectable } from 'kysely'
import { z } from 'zod'
import type { Tables } from './schema.ts'

export interface WebhookRow {
  id: string
  url: string
  events: string[]
  secret: string
  createdAt: string
  disabledAt: string | null
}

export interface DeliveryRow {
  id: string
  webhookId: string
  eventId: string
  type: string
  body: string
  status: 'pending' | 'delivered' | 'dead'
  attempts: number
  lastStatus: number | null
  lastError: string | null
  createdAt: string
  nextAttemptAt: string | null
}

export type DeliveryChange = Partial<Pick<DeliveryRow, 'status' | 'attempts' | 'lastStatus' | 'lastError' | 'nextAttemptAt'>>

const eventsSchema = z.array(z.string())

export class WebhookRows {
  readonly #db: Kysely<Tables>

  constructor(db: Kysely<Tables>) {
    this.#db = db
  }

  async insert(row: WebhookRow): Promise<void> {
    const { createdAt, disabledAt, events, ...same } = row
    await this.#db
      .insertInto('webhooks')
      .values({ ...same, events: JSON.stringify(events), created_at: createdAt, disabled_at: disabledAt })
      .execute()
  }

  /** Oldest first. */
  async list(): Promise<WebhookRow[]> {
    return (await this.#db.selectFrom('webhooks').selectAll().orderBy('created_at').orderBy('id').execute()).map(toWebhook)
  }

  async find(id: string): Promise<WebhookRow | null> {
    const row = await this.#db.selectFrom('webhooks').selectAll().where('id', '=', id).executeTakeFirst()
    return row ? toWebhook(row) : null
  }

  /** With all its deliveries. Answers whether there was one. */
  async remove(id: string): Promise<boolean> {
    await this.#db.deleteFrom('webhook_deliveries').where('webhook_id', '=', id).execute()
    const { numDeletedRows } = await this.#db.deleteFrom('webhooks').where('id', '=', id).executeTakeFirst()
    return numDeletedRows > 0n
  }

  /** Null: it is called again. */
  async disable(id: string, at: string | null): Promise<void> {
    await this.#db.updateTable('webhooks').set({ disabled_at: at }).where('id', '=', id).execute()
  }

  /** By webhook. */
  async deadLetters(): Promise<Map<string, number>> {
    const rows = await this.#db
      .selectFrom('webhook_deliveries')
      .select(['webhook_id', (select) => select.fn.countAll<number | bigint | string>().as('count')])
      .where('status', '=', 'dead')
      .groupBy('webhook_id')
      .execute()
    return new Map(rows.map((row) => [row.webhook_id, Number(row.count)]))
  }

  /** Newest first. */
  async deliveries(webhookId: string, status: DeliveryRow['status'] | null, limit: number): Promise<DeliveryRow[]> {
    let query = this.#db.selectFrom('webhook_deliveries').selectAll().where('webhook_id', '=', webhookId)
    if (status !== null) query = query.where('status', '=', status)
    return (await query.orderBy('id', 'desc').limit(limit).execute()).map(toDelivery)
  }

  async findDelivery(webhookId: string, id: string): Promise<DeliveryRow | null> {
    const row = await this.#db.selectFrom('webhook_deliveries').selectAll().where('webhook_id', '=', webhookId).where('id', '=', id).executeTakeFirst()
    return row ? toDelivery(row) : null
  }

  async insertDelivery(row: DeliveryRow): Promise<void> {
    await this.#db.insertInto('webhook_deliveries').values(fromDelivery(row)).execute()
  }

  async updateDelivery(id: string, change: DeliveryChange): Promise<void> {
    const { lastStatus, lastError, nextAttemptAt, ...same } = change
    await this.#db
      .updateTable('webhook_deliveries')
      .set({ ...same, last_status: lastStatus, last_error: lastError, next_attempt_at: nextAttemptAt })
      .where('id', '=', id)
      .execute()
  }

  /** The webhooks for which something is due. */
  async due(now: string): Promise<string[]> {
    const rows = await this.#db
      .selectFrom('webhook_deliveries')
      .select('webhook_id')
      .distinct()
      .where('status', '=', 'pending')
      .where('next_attempt_at', '<=', now)
      .execute()
    return rows.map((row) => row.webhook_id)
  }

  /** When the next is due; null: nothing waits. */
  async nextDue(): Promise<string | null> {
    const row = await this.#db
      .selectFrom('webhook_deliveries')
      .select((select) => select.fn.min('next_attempt_at').as('at'))
      .where('status', '=', 'pending')
      .executeTakeFirst()
    return row?.at ?? null
  }

  /**
   * The oldest that is due for this webhook, as another attempt of the caller's: nobody else gets it before
   * `leaseUntil`, and whoever dies over it leaves it due again then. Null: nothing is due.
   */
  async claim(webhookId: string, now: string, leaseUntil: string): Promise<DeliveryRow | null> {
    const row = await this.#db
      .selectFrom('webhook_deliveries')
      .selectAll()
      .where('webhook_id', '=', webhookId)
      .where('status', '=', 'pending')
      .where('next_attempt_at', '<=', now)
      .orderBy('id')
      .limit(1)
      .executeTakeFirst()
    if (!row) return null
    const attempts = row.attempts + 1
    const { numUpdatedRows } = await this.#db
      .updateTable('webhook_deliveries')
      .set({ attempts, next_attempt_at: leaseUntil })
      .where('id', '=', row.id)
      .where('status', '=', 'pending')
      .where('next_attempt_at', '=', row.next_attempt_at)
      .executeTakeFirst()
    return numUpdatedRows > 0n ? toDelivery({ ...row, attempts, next_attempt_at: leaseUntil }) : null
  }

  /** What waits for this webhook is given up. */
  async giveUp(webhookId: string, error: string): Promise<void> {
    await this.#db
      .updateTable('webhook_deliveries')
      .set({ status: 'dead', last_error: error, next_attempt_at: null })
      .where('webhook_id', '=', webhookId)
      .where('status', '=', 'pending')
      .execute()
  }

  async countPending(webhookId: string): Promise<number> {
    const row = await this.#db
      .selectFrom('webhook_deliveries')
      .select((select) => select.fn.countAll<number | bigint | string>().as('count'))
      .where('webhook_id', '=', webhookId)
      .where('status', '=', 'pending')
      .executeTakeFirst()
    return Number(row?.count ?? 0)
  }

  /** Forgets what arrived and what was given up before these times. */
  async prune(deliveredBefore: string, deadBefore: string): Promise<void> {
    await this.#db.deleteFrom('webhook_deliveries').where('status', '=', 'delivered').where('created_at', '<', deliveredBefore).execute()
    await this.#db.deleteFrom('webhook_deliveries').where('status', '=', 'dead').where('created_at', '<', deadBefore).execute()
  }
}

export function fromDelivery(row: DeliveryRow): Selectable<Tables['webhook_deliveries']> {
  const { webhookId, eventId, lastStatus, lastError, createdAt, nextAttemptAt, ...same } = row
  return {
    ...same,
    webhook_id: webhookId,
    event_id: eventId,
    last_status: lastStatus,
    last_error: lastError,
    created_at: createdAt,
    next_attempt_at: nextAttemptAt,
  }
}

function toWebhook(row: Selectable<Tables['webhooks']>): WebhookRow {
  const { created_at: createdAt, disabled_at: disabledAt, events, ...same } = row
  return { ...same, events: eventsSchema.parse(JSON.parse(events)), createdAt, disabledAt }
}

function toDelivery(row: Selectable<Tables['webhook_deliveries']>): DeliveryRow {
  return {
    id: row.id,
    webhookId: row.webhook_id,
    eventId: row.event_id,
    type: row.type,
    body: row.body,
    status: row.status,
    attempts: row.attempts,
    lastStatus: row.last_status,
    lastError: row.last_error,
    createdAt: row.created_at,
    nextAttemptAt: row.next_attempt_at,
  }
}
