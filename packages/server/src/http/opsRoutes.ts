/** For operations: is the process alive, can it serve, what does it do, and what does the API look like. */
import { TandemError } from '@tandem/protocol'
import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import { assertAllowed } from '../access/principal.ts'
import { authenticate } from './credentials.ts'
import { docsPage } from './docsPage.ts'
import { isLoopbackHost, judgeOrigin } from './origins.ts'
import { unreadiness } from './readiness.ts'
import type { App, Deps } from './types.ts'
import { baseUrl } from './urls.ts'

export function opsRoutes(app: App, deps: Deps): void {
  const { config, auth, sessions, metrics, reach } = deps

  app.route({
    method: 'GET',
    url: '/health',
    config: { need: 'nobody' },
    schema: {
      summary: 'Alive',
      description: 'Answers while the process does; looks at nothing else.',
      tags: ['operations'],
      response: { 200: z.object({ status: z.literal('ok') }) },
    },
    handler: () => ({ status: 'ok' as const }),
  })

  app.route({
    method: 'GET',
    url: '/ready',
    config: { need: 'nobody' },
    schema: {
      summary: 'Ready to serve',
      description: '503 with the reasons while the database does not answer, no Chromium is there, or the server is shutting down.',
      tags: ['operations'],
      response: {
        200: z.object({ status: z.literal('ready'), sessions: z.int() }),
        503: z.object({ status: z.literal('not-ready'), reasons: z.array(z.string()) }),
      },
    },
    handler: async (_request, reply) => {
      const reasons = await unreadiness(deps)
      if (reasons.length > 0) return reply.code(503).send({ status: 'not-ready', reasons })
      return { status: 'ready' as const, sessions: sessions.size }
    },
  })

  /** As TANDEM_METRICS says. The numbers tell how much a server is used, and by which means. */
  async function assertMayRead(request: FastifyRequest): Promise<void> {
    if (config.metrics === 'off') throw new TandemError('request/not-found', 'Metrics are off; TANDEM_METRICS says who may read them.')
    const { local, host } = reach(request.raw)
    if (config.metrics === 'open' || (local && isLoopbackHost(request.headers.host) && !isBrowser(request))) return
    const principal = await authenticate(auth, request.raw, judgeOrigin(request.headers.origin, host, config), null)
    assertAllowed(principal, 'admin')
    if (principal.sessionId !== null) throw new TandemError('auth/forbidden', undefined, { needs: 'admin' })
  }

  app.route({
    method: 'GET',
    url: '/metrics',
    config: { need: 'nobody' },
    schema: {
      summary: 'Metrics for Prometheus',
      description: 'Open to programs on this machine; browsers and others need the API key, unless TANDEM_METRICS=open. docs/deploy.md explains the names.',
      tags: ['operations'],
      produces: ['text/plain'],
    },
    handler: async (request, reply) => {
      await assertMayRead(request)
      return reply.type(metrics.contentType).send(await metrics.text())
    },
  })

  app.route({
    method: 'GET',
    url: '/openapi.json',
    config: { need: 'nobody' },
    schema: { hide: true },
    handler: (request, reply) => reply.type('application/json').send(JSON.stringify({ ...app.swagger(), servers: [{ url: baseUrl(request) }] })),
  })

  app.route({
    method: 'GET',
    url: '/docs',
    config: { need: 'nobody' },
    schema: { hide: true },
    handler: (_request, reply) => reply.type('text/html; charset=utf-8').send(docsPage(app.swagger())),
  })
}

/**
 * A page is not this machine's operator, and the sessions' browsers run here too. To a loopback address browsers send
 * `Sec-Fetch-Site` with every request, and no page or agent can take it out. https://www.w3.org/TR/fetch-metadata/
 */
function isBrowser({ headers }: FastifyRequest): boolean {
  return headers.origin !== undefined || headers['sec-fetch-site'] !== undefined
}
