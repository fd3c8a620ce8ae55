/**
 * Webhooks: who wants which events where, and what is sent because of an entry of a timeline. The delivery is written
 * together with the entry (`sessions/timeline.ts`), so that no event is lost between the two.
 * Neighbours: `deliveries.ts` sends, `targets.ts` says where it may go, `http/webhookRoutes.ts` calls from above.
 */
import { randomBytes, randomUUID } from 'node:crypto'
import { TandemError } from '@tandem/protocol'
import type { TimelineEntry, Webhook, WebhookCreated, WebhookDelivery } from '@tandem/protocol'
import type { Clock } from '../control/types.ts'
import type { Logger } from '../log.ts'
import type { Metrics } from '../metrics.ts'
import type { Outbox } from '../sessions/timeline.ts'
import type { DeliveryRow, WebhookRow, WebhookRows } from '../store/webhooks.ts'
import { Deliveries } from './deliveries.ts'
import { createPost } from './post.ts'
import { newWebhookSecret } from './signature.ts'
import type { Targets } from './targets.ts'

/** Another server of the same database may make one. */
const LIST_KEPT_MS = 2_000
const MAX_WEBHOOKS = 100
/** For one webhook; whatever comes beyond goes to the dead letters at once. */
const MAX_WAITING = 5_000

export interface WebhooksOptions {
  rows: WebhookRows
  clock: Clock
  log: Logger
  metrics: Pick<Metrics, 'webhookDelivery'>
  targets: Targets
}

interface Listed {
  at: number
  webhooks: { row: WebhookRow; full: boolean }[]
}

export class Webhooks implements Outbox {
  readonly #options: WebhooksOptions
  readonly #deliveries: Deliveries
  readonly #post: ReturnType<typeof createPost>
  #listed: Promise<Listed> | null = null
  #lastMs = 0
  #counter = 0

  constructor(options: WebhooksOptions) {
    const { rows, clock, log, metrics, targets } = options
    this.#options = options
    this.#post = createPost({ targets, now: () => clock.now() })
    this.#deliveries = new Deliveries({ rows, clock, log, metrics, post: this.#post, disabled: () => (this.#listed = null) })
  }

  /** Goes on with what an earlier run left. */
  start(): void {
    this.#deliveries.kick()
  }

  close(): Promise<void> {
    return this.#deliveries.close()
  }

  async deliveriesFor(sessionId: string, entry: TimelineEntry): Promise<DeliveryRow[]> {
    const { webhooks } = await this.#list()
    const wanting = webhooks.filter(({ row }) => row.disabledAt === null && row.events.some((pattern) => matches(pattern, entry.type)))
    if (wanting.length === 0) return []
    const eventId = `evt_${sessionId.replace(/^agt_/, '')}_${entry.seq}`
    const body = envelope(eventId, entry.type, entry.at, sessionId, entry.data)
    return wanting.map(({ row, full }) => this.#newDelivery(row.id, eventId, entry.type, body, full))
  }

  written(): void {
    this.#deliveries.kick()
  }

  /** The secret is in the answer, and never again. @throws TandemError `webhook/url-refused`, `request/rate-limited` */
  async create(url: string, events: string[]): Promise<WebhookCreated> {
    const { rows, targets } = this.#options
    const checked = await targets.check(url)
    if ((await rows.list()).length >= MAX_WEBHOOKS) throw new TandemError('request/rate-limited', `There are ${MAX_WEBHOOKS} webhooks. Delete one first.`)
    const row: WebhookRow = { id: `whk_${randomUUID()}`, url: checked.href, events, secret: newWebhookSecret(), createdAt: this.#now, disabledAt: null }
    await rows.insert(row)
    this.#listed = null
    return { ...present(row, 0), secret: row.secret }
  }

  async list(): Promise<Webhook[]> {
    const { rows } = this.#options
    const [all, dead] = await Promise.all([rows.list(), rows.deadLetters()])
    return all.map((row) => present(row, dead.get(row.id) ?? 0))
  }

  /** With all its deliveries. @throws TandemError `webhook/not-found` */
  async remove(id: string): Promise<void> {
    this.#listed = null
    if (!(await this.#options.rows.remove(id))) throw new TandemError('webhook/not-found')
    this.#listed = null
  }

  /** Newest first. @throws TandemError `webhook/not-found` */
  async deliveries(id: string, status: DeliveryRow['status'] | null, limit: number): Promise<WebhookDelivery[]> {
    await this.#find(id)
    return (await this.#options.rows.deliveries(id, status, limit)).map(presentDelivery)
  }

  /** Six more attempts, from now on; also calls a webhook again whose target was gone. @throws TandemError `webhook/not-found` */
  async retry(id: string, deliveryId: string): Promise<WebhookDelivery> {
    const { rows } = this.#options
    const webhook = await this.#find(id)
    const row = await rows.findDelivery(id, deliveryId)
    if (!row) throw new TandemError('webhook/not-found')
    if (webhook.disabledAt !== null) await this.#enable(id)
    const change = { status: 'pending', attempts: 0, nextAttemptAt: this.#now } as const
    await rows.updateDelivery(deliveryId, change)
    this.#deliveries.kick()
    return presentDelivery({ ...row, ...change })
  }

  /** One event of the type `webhook.test`, sent at once and not again; what came of it. @throws TandemError `webhook/not-found` */
  async test(id: string): Promise<WebhookDelivery> {
    const webhook = await this.#find(id)
    const eventId = `evt_${randomUUID()}`
    const type = 'webhook.test'
    const row = this.#newDelivery(id, eventId, type, envelope(eventId, type, this.#now, null, { webhook_id: id }), false)
    const { status, error } = await this.#post(webhook, row)
    if (error === null && webhook.disabledAt !== null) await this.#enable(id)
    const outcome = { attempts: 1, lastStatus: status, lastError: error, nextAttemptAt: null }
    return presentDelivery({ ...row, ...outcome, status: error === null ? 'delivered' : 'dead' })
  }

  async #enable(id: string): Promise<void> {
    await this.#options.rows.disable(id, null)
    this.#listed = null
  }

  async #find(id: string): Promise<WebhookRow> {
    const row = await this.#options.rows.find(id)
    if (!row) throw new TandemError('webhook/not-found')
    return row
  }

  /** A short memory: every entry of every timeline asks. */
  async #list(): Promise<Listed> {
    const { clock } = this.#options
    const known = await this.#listed?.catch(() => null)
    if (known && clock.elapsed() - known.at < LIST_KEPT_MS) return known
    this.#listed = this.#load()
    return this.#listed
  }

  async #load(): Promise<Listed> {
    const { rows, clock } = this.#options
    const webhooks = await Promise.all((await rows.list()).map(async (row) => ({ row, full: (await rows.countPending(row.id)) >= MAX_WAITING })))
    return { at: clock.elapsed(), webhooks }
  }

  #newDelivery(webhookId: string, eventId: string, type: string, body: string, full: boolean): DeliveryRow {
    return {
      id: this.#nextId(),
      webhookId,
      eventId,
      type,
      body,
      status: full ? 'dead' : 'pending',
      attempts: 0,
      lastStatus: null,
      lastError: full ? `More than ${MAX_WAITING} deliveries wait for this webhook.` : null,
      createdAt: this.#now,
      nextAttemptAt: full ? null : this.#now,
    }
  }

  /** Rises with each delivery, also when the clock is set back: deliveries go out by it. */
  #nextId(): string {
    this.#lastMs = Math.max(this.#lastMs, this.#options.clock.now())
    this.#counter = (this.#counter + 1) % 1_000_000
    if (this.#counter === 0) this.#lastMs++
    return `dlv_${this.#lastMs.toString(36).padStart(9, '0')}${this.#counter.toString(36).padStart(4, '0')}${randomBytes(6).toString('hex')}`
  }

  get #now(): string {
    return new Date(this.#options.clock.now()).toISOString()
  }
}

/** `*`, `control.*` or a whole type. */
function matches(pattern: string, type: string): boolean {
  return pattern === '*' || pattern === type || (pattern.endsWith('.*') && type.startsWith(pattern.slice(0, -1)))
}

function envelope(id: string, type: string, createdAt: string, sessionId: string | null, data: Record<string, unknown>): string {
  return JSON.stringify({ id, type, created_at: createdAt, session_id: sessionId, data })
}

function present(row: WebhookRow, deadLetters: number): Webhook {
  return { id: row.id, url: row.url, events: row.events, created_at: row.createdAt, disabled_at: row.disabledAt, dead_letters: deadLetters }
}

function presentDelivery(row: DeliveryRow): WebhookDelivery {
  return {
    id: row.id,
    webhook_id: row.webhookId,
    event_id: row.eventId,
    type: row.type,
    status: row.status,
    attempts: row.attempts,
    last_status: row.lastStatus,
    last_error: row.lastError,
    created_at: row.createdAt,
    next_attempt_at: row.nextAttemptAt,
  }
}
