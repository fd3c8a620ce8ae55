/** Share links: made, listed, revoked. */
import { TandemError, tokenBodySchema, viewerTokenListedSchema, viewerTokenSchema } from '@tandem/protocol'
import type { Role } from '@tandem/protocol'
import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { App, Deps } from './types.ts'
import { baseUrl } from './urls.ts'

const idSchema = z.object({ id: z.string() })

export function tokenRoutes(app: App, { auth, sessions, store }: Deps): void {
  app.route({
    method: 'POST',
    url: '/v1/agent-sessions/:id/viewer-tokens',
    config: { need: 'admin' },
    schema: {
      summary: 'Make a link for somebody',
      description:
        'Its `url` opens the picture with no further login; for role `agent` it is the CDP address. The token is shown only here. A `single_use` link lets in whoever opens it first, who may reload and reconnect; everybody else is refused with auth/used.',
      tags: ['access'],
      params: idSchema,
      body: tokenBodySchema.nullish(),
      response: { 201: viewerTokenSchema },
    },
    handler: async (request, reply) => {
      const { id, status } = await sessions.resource(request.params.id)
      if (status === 'closed') throw new TandemError('session/closed')
      const { role, expires_in_s, name, single_use } = request.body ?? tokenBodySchema.parse({})
      const { row, token } = await auth.mint({ kind: 'viewer', role, sessionId: id, name, ttlS: expires_in_s, singleUse: single_use })
      request.auditNote = { token_id: row.id, role, expires_in_s, single_use }
      return reply
        .code(201)
        .header('cache-control', 'no-store')
        .send({ id: row.id, role, token, url: urlOf(request, id, role, token), expires_at: row.expiresAt, single_use })
    },
  })

  app.route({
    method: 'GET',
    url: '/v1/agent-sessions/:id/viewer-tokens',
    config: { need: 'admin' },
    schema: {
      summary: 'Links that work',
      description: 'With when each was first opened, and how many watch through it now.',
      tags: ['access'],
      params: idSchema,
      response: { 200: z.object({ data: z.array(viewerTokenListedSchema) }) },
    },
    handler: async (request) => {
      const { id } = request.params
      await sessions.resource(id)
      const rows = await store.tokens.list(id, auth.time.iso())
      const watchers = sessions.find(id)?.watchers
      const data = rows.map((row) => ({
        id: row.id,
        role: row.role,
        name: row.name,
        single_use: row.singleUse,
        created_at: row.createdAt,
        expires_at: row.expiresAt,
        used_at: row.usedAt,
        viewers: watchers?.byLink(row.id) ?? 0,
      }))
      return { data }
    },
  })

  app.route({
    method: 'DELETE',
    url: '/v1/agent-sessions/:id/viewer-tokens/:tokenId',
    config: { need: 'admin' },
    schema: {
      summary: 'Revoke a link',
      description: 'Whoever watches or drives through it is disconnected at once, on every server. May be repeated.',
      tags: ['access'],
      params: z.object({ id: z.string(), tokenId: z.string() }),
      response: { 204: z.null() },
    },
    handler: async (request, reply) => {
      const { id, tokenId } = request.params
      const row = await store.tokens.find(tokenId)
      if (row?.sessionId !== id || row.kind !== 'viewer') throw new TandemError('token/not-found')
      await auth.revoke(row.id)
      return reply.code(204).send(null)
    },
  })
}

function urlOf(request: FastifyRequest, id: string, role: Role, token: string): string {
  const base = baseUrl(request)
  return role === 'agent' ? `${base.replace(/^http/, 'ws')}/v1/agent-sessions/${id}/cdp?token=${token}` : `${base}/sessions/${id}#token=${token}`
}
