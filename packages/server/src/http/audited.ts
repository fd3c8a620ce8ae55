/**
 * Which requests the audit log remembers, and as what: every route that changes something is decided here, `null` where
 * it is told elsewhere or not at all (a test walks /openapi.json and fails for a route without a decision). Refused
 * credentials are remembered wherever they come from.
 */
import { isTandemError } from '@tandem/protocol'
import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import { actorOf } from '../access/audit.ts'
import type { App, Deps } from './types.ts'

const SESSION = '/v1/agent-sessions/:id'

export const AUDITED: Readonly<Record<string, string | null>> = {
  'POST /v1/agent-sessions': 'session.create',
  [`DELETE ${SESSION}`]: 'session.close',
  [`POST ${SESSION}/mode`]: 'session.mode',
  [`POST ${SESSION}/viewer-tokens`]: 'token.create',
  [`DELETE ${SESSION}/viewer-tokens/:tokenId`]: 'token.revoke',
  [`DELETE ${SESSION}/viewers/:viewerId`]: 'viewer.kick',
  [`POST ${SESSION}/livekit-token`]: 'room.token',
  [`POST ${SESSION}/files`]: 'file.upload',
  [`GET ${SESSION}/downloads/:downloadId`]: 'file.download',
  'POST /v1/api-keys': 'key.create',
  'DELETE /v1/api-keys/:id': 'key.revoke',
  'POST /v1/webhooks': 'webhook.create',
  'DELETE /v1/webhooks/:id': 'webhook.delete',
  'POST /v1/webhooks/:id/test': 'webhook.test',
  'POST /v1/webhooks/:id/deliveries/:deliveryId/retry': 'webhook.retry',
  'DELETE /v1/profiles/:name': 'profile.delete',
  ...Object.fromEntries(
    ['/v1/nodes', '/v1/mac-nodes'].flatMap((path) => [
      [`POST ${path}`, 'node.create'],
      [`POST ${path}/register`, 'node.register'],
      [`POST ${path}/:id/control`, 'node.control'],
      [`DELETE ${path}/:id`, 'node.delete'],
    ]),
  ),
  'POST /v1/secrets/rotate': 'secrets.rotate',
  'POST /v1/auth/login': 'auth.login',
  'POST /v1/auth/logout': 'auth.logout',
  'POST /v1/auth/links': 'auth.link',
  // Who takes and hands back is told by control itself, by whichever way it came.
  [`POST ${SESSION}/takeover`]: null,
  [`POST ${SESSION}/handback`]: null,
  // What is done to the page is in the session's timeline.
  [`POST ${SESSION}/input-event`]: null,
  [`POST ${SESSION}/navigate`]: null,
  [`POST ${SESSION}/history`]: null,
  [`POST ${SESSION}/steps`]: null,
  [`DELETE ${SESSION}/steps/:stepId`]: null,
  [`POST ${SESSION}/human-requests`]: null,
  [`POST ${SESSION}/human-requests/:requestId/answer`]: null,
}

/** What of a body says what was done, without saying too much. */
const FIELDS = ['name', 'mode', 'role', 'expires_in_s', 'single_use', 'max_viewers', 'profile', 'url', 'events'] as const
const recordSchema = z.record(z.string(), z.unknown())

export function addAudit(app: App, { audit, reach }: Deps): void {
  app.decorateRequest('auditNote', null)
  app.addHook('onResponse', (request, reply, done) => {
    const action = AUDITED[`${request.method} ${request.routeOptions.url ?? ''}`]
    if (action !== undefined && action !== null && reply.statusCode < 300 && !request.forwarded) {
      const made = String(reply.getHeader('location') ?? '')
        .split('/')
        .at(-1)
      const sessionId = action === 'session.create' ? (made ?? null) : sessionOf(request)
      const actor = actorOf(request.principal, reach(request.raw).address)
      audit.record({ action, actor, sessionId, data: { ...describe(request), ...request.auditNote } })
    }
    done()
  })
  app.addHook('onError', (request, _reply, error, done) => {
    // `auth/missing` is a visitor, and a role that does not suffice is somebody known who asked too much.
    if (isTandemError(error) && error.code.startsWith('auth/') && error.code !== 'auth/missing') {
      audit.refused(actorOf(request.principal, reach(request.raw).address), sessionOf(request), {
        code: error.code,
        method: request.method,
        path: request.url.replace(/\?.*$/, ''),
      })
    }
    done()
  })
}

function sessionOf(request: FastifyRequest): string | null {
  const params = recordSchema.safeParse(request.params)
  const id = params.success && request.routeOptions.url?.startsWith(SESSION) ? params.data['id'] : null
  return typeof id === 'string' ? id : null
}

function describe(request: FastifyRequest): Record<string, unknown> {
  const params = recordSchema.safeParse(request.params)
  const body = recordSchema.safeParse(request.body)
  const isOfSession = request.routeOptions.url?.startsWith(SESSION) === true
  const named = Object.entries(params.success ? params.data : {}).filter(([name]) => !(isOfSession && name === 'id'))
  const said = FIELDS.map((name) => [name, body.success ? body.data[name] : undefined] as const).filter(([, value]) => value !== undefined)
  return { ...Object.fromEntries(said), ...Object.fromEntries(named.map(([name, value]) => [snake(name), value])) }
}

function snake(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}
