/**
 * Webhooks: the REST calls, and the check of what arrives. The check needs no client and no network; it runs
 * wherever there is Web Crypto: Node, pages, workers at the edge.
 */
import type { Webhook, WebhookCreated, WebhookDelivery } from '@tandem/protocol'
import type { CallOptions, Rest } from './rest.ts'

const ROOT = '/v1/webhooks'
const at = (id: string, path = ''): string => `${ROOT}/${encodeURIComponent(id)}${path}`

/** What a webhook receives. */
export interface WebhookEvent {
  /** `evt_…`: the same when it is sent again. */
  id: string
  type: string
  created_at: string
  /** Null: of no session (`webhook.test`). */
  session_id: string | null
  data: Record<string, unknown>
}

export class Webhooks {
  readonly #rest: Rest

  constructor(rest: Rest) {
    this.#rest = rest
  }

  /** Has events sent to a URL; keep the `secret`, it is not shown again. */
  create(body: { url: string; events: string[] }, options: CallOptions = {}): Promise<WebhookCreated> {
    return this.#rest.json('POST', ROOT, { body, ...options })
  }

  list(options: CallOptions = {}): Promise<{ data: Webhook[] }> {
    return this.#rest.json('GET', ROOT, options)
  }

  async delete(id: string, options: CallOptions = {}): Promise<void> {
    await this.#rest.send('DELETE', at(id), options)
  }

  /** Newest first; `status: 'dead'` is the list of dead letters. */
  deliveries(
    id: string,
    { signal, ...query }: CallOptions & { status?: WebhookDelivery['status']; limit?: number } = {},
  ): Promise<{ data: WebhookDelivery[] }> {
    return this.#rest.json('GET', at(id, '/deliveries'), { query, ...(signal ? { signal } : {}) })
  }

  retry(id: string, deliveryId: string, options: CallOptions = {}): Promise<WebhookDelivery> {
    return this.#rest.json('POST', at(id, `/deliveries/${encodeURIComponent(deliveryId)}/retry`), options)
  }

  /** Sends a `webhook.test` at once and answers with what came of it. */
  test(id: string, options: CallOptions = {}): Promise<WebhookDelivery> {
    return this.#rest.json('POST', at(id, '/test'), options)
  }
}

export interface VerifyOptions {
  /** How old a signature may be, in seconds; default 300. */
  toleranceS?: number
  /** ms since the epoch; default: now. */
  now?: number
}

/**
 * Whether a request comes from the server that made the webhook, and not long ago. Give the body as it came, not parsed
 * and written anew. Compares in constant time.
 * @example
 * const ok = await verifyWebhookSignature(body, request.headers['tandem-signature'], process.env.TANDEM_WEBHOOK_SECRET)
 */
export async function verifyWebhookSignature(
  body: string | Uint8Array,
  signature: string | null | undefined,
  secret: string,
  { toleranceS = 300, now = Date.now() }: VerifyOptions = {},
): Promise<boolean> {
  const parts = (signature ?? '').split(',').map((part) => part.trim().split('=', 2))
  const time = parts.find(([name]) => name === 't')?.[1]
  if (time === undefined || !/^\d{1,12}$/.test(time) || Math.abs(now / 1_000 - Number(time)) > toleranceS) return false
  const encoder = new TextEncoder()
  const key = await crypto.subtle.importKey('raw', encoder.encode(secret), { name: 'HMAC', hash: 'SHA-256' }, false, ['verify'])
  const bytes = typeof body === 'string' ? encoder.encode(body) : body
  const signed = new Uint8Array([...encoder.encode(`${time}.`), ...bytes])
  for (const [name, value] of parts) {
    const mac = name === 'v1' ? fromHex(value ?? '') : null
    if (mac && (await crypto.subtle.verify('HMAC', key, mac, signed))) return true
  }
  return false
}

function fromHex(text: string): Uint8Array<ArrayBuffer> | null {
  if (!/^([0-9a-f]{2})+$/i.test(text)) return null
  return new Uint8Array(text.match(/../g)?.map((pair) => Number.parseInt(pair, 16)) ?? [])
}
