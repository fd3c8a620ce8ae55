/** The door of every HTTP request: origin, CORS, security headers, credential, role, scope; in that order, before the body is read. */
import { TandemError } from '@tandem/protocol'
import { z } from 'zod'
import { assertAllowed } from '../access/principal.ts'
import { pagePolicy } from './contentPolicy.ts'
import { assertScope, authenticate, CLAIM_HEADER } from './credentials.ts'
import { judgeOrigin } from './origins.ts'
import type { App, Deps } from './types.ts'

const withIdSchema = z.object({ id: z.string() })

export function addGuard(app: App, { config, auth, cluster, nodes, reach }: Deps): void {
  app.decorateRequest('principal', null)
  app.decorateRequest('base', '')
  app.decorateRequest('here', cluster.id)
  app.addHook('onRequest', async (request, reply) => {
    reply.headers({
      'content-security-policy': pagePolicy([...cluster.origins, ...nodes.origins]),
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cross-origin-resource-policy': 'same-origin',
      'permissions-policy': 'camera=(), microphone=(), geolocation=()',
    })
    const { host, base } = reach(request.raw)
    request.base = base
    const { origin } = request.headers
    const verdict = judgeOrigin(origin, host, config, cluster.origins)
    if (verdict === 'refused' && !request.routeOptions.config.anyOrigin) throw new TandemError('auth/origin', undefined, { origin })
    if (origin !== undefined) {
      // No `allow-credentials`: other pages bring a token, never the cookie.
      reply.headers({ 'access-control-allow-origin': origin, vary: 'Origin', 'access-control-expose-headers': `etag, location, ${CLAIM_HEADER}` })
      if (request.method === 'OPTIONS') {
        reply.headers({
          'access-control-allow-methods': 'GET, POST, DELETE',
          'access-control-allow-headers': `authorization, content-type, idempotency-key, if-none-match, ${CLAIM_HEADER}`,
          'access-control-max-age': '600',
        })
        return reply.code(204).send()
      }
    }
    const need = request.routeOptions.config.need ?? 'admin'
    if (need === 'nobody' || request.is404) return
    const queryToken = request.routeOptions.config.queryToken ? (URL.parse(request.url, 'http://localhost')?.searchParams.get('token') ?? null) : null
    const principal = await authenticate(auth, request.raw, verdict, queryToken)
    request.principal = principal
    const params = withIdSchema.safeParse(request.params)
    if (params.success && request.routeOptions.url?.startsWith('/v1/agent-sessions/')) assertScope(principal, params.data.id)
    assertAllowed(principal, need)
  })
}
