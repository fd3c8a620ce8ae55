/** One attempt to deliver one event: a POST over a connection of its own, to an address that was looked at, and what came of it. */
import { request as httpRequest } from 'node:http'
import type { ClientRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { isTandemError } from '@tandem/protocol'
import type { DeliveryRow, WebhookRow } from '../store/webhooks.ts'
import { signWebhook } from './signature.ts'
import type { Targets } from './targets.ts'

/** A target that needs longer does its work behind its answer. */
const TIMEOUT_MS = 10_000

export interface Outcome {
  /** Null: no answer. */
  status: number | null
  /** For people; null: it arrived. */
  error: string | null
}

/** `signal`: the server stops. Never rejects. */
export type Post = (
  webhook: Pick<WebhookRow, 'url' | 'secret'>,
  delivery: Pick<DeliveryRow, 'eventId' | 'type' | 'body'>,
  signal?: AbortSignal,
) => Promise<Outcome>

export function createPost(options: { targets: Targets; now: () => number; timeoutMs?: number }): Post {
  const { targets, now, timeoutMs = TIMEOUT_MS } = options
  return async (webhook, delivery, stop) => {
    try {
      const headers = {
        'content-type': 'application/json',
        'content-length': String(Buffer.byteLength(delivery.body)),
        'user-agent': 'Tandem-Webhooks/1',
        'tandem-signature': signWebhook(webhook.secret, delivery.body, now()),
        'tandem-event-id': delivery.eventId,
        'tandem-event-type': delivery.type,
      }
      const limit = AbortSignal.timeout(timeoutMs)
      const status = await send(targets.parse(webhook.url), headers, delivery.body, stop ? AbortSignal.any([stop, limit]) : limit)
      if (status >= 200 && status < 300) return { status, error: null }
      if (status >= 300 && status < 400) return { status, error: `The target answered ${status}; redirects are not followed.` }
      return { status, error: `The target answered ${status}.` }
    } catch (error) {
      return { status: null, error: describe(error, timeoutMs) }
    }
  }

  function send(url: URL, headers: Record<string, string>, body: string, signal: AbortSignal): Promise<number> {
    return new Promise((resolve, reject) => {
      const request: ClientRequest = (url.protocol === 'https:' ? httpsRequest : httpRequest)(
        url,
        // No agent: a connection that was opened to one address serves no later attempt.
        { method: 'POST', headers, agent: false, lookup: targets.lookup, signal },
        (response) => {
          resolve(response.statusCode ?? 0)
          // Whatever it has to say, the status is the answer.
          response.destroy()
        },
      )
      request.on('error', reject)
      request.end(body)
    })
  }
}

function describe(error: unknown, timeoutMs: number): string {
  if (isTandemError(error)) return error.message
  const code = error instanceof Error && 'code' in error ? error.code : null
  if (code === 'ABORT_ERR' || code === 'ETIMEDOUT') return `No answer within ${timeoutMs / 1_000} s.`
  // Several addresses were tried: the first says enough.
  const first: unknown = error instanceof AggregateError ? error.errors[0] : error
  const reason = first instanceof Error ? first.message : 'no reason given'
  return `The target could not be reached: ${reason}`.slice(0, 300)
}
