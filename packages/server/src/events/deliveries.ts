/**
 * Delivers what waits in the store: one at a time for each webhook, oldest first, so that events come in order while
 * the target is well; what fails is tried again later without holding up what follows, and is given up after six
 * attempts. Each attempt is claimed in the store: whoever dies over it, or shares the database, leaves it due again.
 * So an event may arrive twice, and its id says so. Neighbours: `post.ts` (one attempt), `webhooks.ts` (what is sent).
 */
import type { Clock } from '../control/types.ts'
import type { Logger } from '../log.ts'
import type { Metrics } from '../metrics.ts'
import type { DeliveryRow, WebhookRow, WebhookRows } from '../store/webhooks.ts'
import type { Post } from './post.ts'

const MINUTE_MS = 60_000
/** After each failed attempt but the last. */
const BACKOFF_MS = [MINUTE_MS, 5 * MINUTE_MS, 15 * MINUTE_MS, 30 * MINUTE_MS, 60 * MINUTE_MS]
/** An attempt takes ten seconds at most. */
const LEASE_MS = 30_000
/** Another server of the same database may have left something. */
const LOOK_EVERY_MS = 30_000
const GONE = 410
const GONE_WORDS = 'The target said that it is gone (410).'
const PRUNE_EVERY_MS = 60 * MINUTE_MS
const DELIVERED_KEPT_MS = 3 * 24 * 60 * MINUTE_MS
const DEAD_KEPT_MS = 30 * 24 * 60 * MINUTE_MS

export interface DeliveriesOptions {
  rows: WebhookRows
  clock: Clock
  log: Logger
  metrics: Pick<Metrics, 'webhookDelivery'>
  post: Post
  /** A target said that it is gone. */
  disabled(): void
}

export class Deliveries {
  readonly #options: DeliveriesOptions
  readonly #running = new Map<string, Promise<void>>()
  #looking: Promise<void> | null = null
  #again = false
  #stopClock = (): void => {}
  #prunedAt = -Infinity
  readonly #stop = new AbortController()
  #closed = false

  constructor(options: DeliveriesOptions) {
    this.#options = options
  }

  /** Something may be due. */
  kick(): void {
    if (this.#closed) return
    this.#again = this.#looking !== null
    this.#looking ??= this.#look().finally(() => {
      this.#looking = null
      if (this.#again) this.kick()
    })
  }

  /** What is on its way is cut and waits in the store with the rest: a slow target holds up no stop. */
  async close(): Promise<void> {
    this.#closed = true
    this.#stopClock()
    this.#stop.abort()
    await this.#looking
    await Promise.allSettled(this.#running.values())
  }

  async #look(): Promise<void> {
    const { rows, clock, log } = this.#options
    this.#stopClock()
    let wait = LOOK_EVERY_MS
    try {
      for (const webhookId of await rows.due(this.#at())) if (!this.#running.has(webhookId)) this.#begin(webhookId)
      const next = await rows.nextDue()
      if (next !== null) wait = Math.max(0, Math.min(wait, Date.parse(next) - clock.now()))
      // What is due and being delivered ends with a kick of its own.
      if (wait === 0 && this.#running.size > 0) wait = LOOK_EVERY_MS
      await this.#prune()
    } catch (error) {
      log.error({ err: error }, 'deliveries of webhooks could not be read; they are looked for again')
    }
    this.#stopClock()
    if (!this.#closed) this.#stopClock = clock.after(wait, () => this.kick())
  }

  #begin(webhookId: string): void {
    const { log } = this.#options
    const done = this.#deliverAll(webhookId)
      .catch((error: unknown) => log.error({ err: error, webhook: webhookId }, 'the outcome of a delivery was not written; it is sent again'))
      .finally(() => {
        this.#running.delete(webhookId)
        this.kick()
      })
    this.#running.set(webhookId, done)
  }

  async #deliverAll(webhookId: string): Promise<void> {
    const { rows, post, log } = this.#options
    for (;;) {
      const webhook = await rows.find(webhookId)
      if (!webhook || this.#closed) return
      if (webhook.disabledAt !== null) return rows.giveUp(webhookId, GONE_WORDS)
      const delivery = await rows.claim(webhookId, this.#at(), this.#at(LEASE_MS))
      if (!delivery) return
      const { status, error } = await post(webhook, delivery, this.#stop.signal)
      if (error !== null && this.#closed) return rows.updateDelivery(delivery.id, { attempts: delivery.attempts - 1, nextAttemptAt: this.#at() })
      if (error !== null) log.debug({ webhook: webhookId, delivery: delivery.id, status, attempts: delivery.attempts }, 'a webhook was not delivered')
      await this.#record(webhook, delivery, status, error)
    }
  }

  async #record(webhook: WebhookRow, delivery: DeliveryRow, status: number | null, error: string | null): Promise<void> {
    const { rows, log, metrics, disabled } = this.#options
    const outcome = { lastStatus: status, lastError: error }
    if (error === null) {
      metrics.webhookDelivery('delivered')
      return rows.updateDelivery(delivery.id, { ...outcome, status: 'delivered', nextAttemptAt: null })
    }
    const backoff = BACKOFF_MS[delivery.attempts - 1]
    if (backoff !== undefined && status !== GONE) {
      metrics.webhookDelivery('failed')
      return rows.updateDelivery(delivery.id, { ...outcome, nextAttemptAt: this.#at(backoff) })
    }
    metrics.webhookDelivery('dead')
    log.warn({ webhook: webhook.id, delivery: delivery.id, status }, 'a webhook was given up; it is on the list of dead letters')
    await rows.updateDelivery(delivery.id, { ...outcome, status: 'dead', nextAttemptAt: null })
    if (status !== GONE) return
    await rows.disable(webhook.id, this.#at())
    await rows.giveUp(webhook.id, GONE_WORDS)
    disabled()
  }

  async #prune(): Promise<void> {
    const { rows, clock } = this.#options
    if (clock.elapsed() - this.#prunedAt < PRUNE_EVERY_MS) return
    this.#prunedAt = clock.elapsed()
    await rows.prune(this.#at(-DELIVERED_KEPT_MS), this.#at(-DEAD_KEPT_MS))
  }

  #at(fromNowMs = 0): string {
    return new Date(this.#options.clock.now() + fromNowMs).toISOString()
  }
}
