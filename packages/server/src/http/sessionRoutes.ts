/** Sessions as resources: create, list, inspect, close, timeline. */
import { agentSessionSchema, createSessionSchema, listSessionsQuerySchema, sessionListSchema, TandemError, timelineEntrySchema } from '@tandem/protocol'
import type { AgentSession, SessionStatus } from '@tandem/protocol'
import { z } from 'zod'
import { withoutSecrets } from '../events/redact.ts'
import { readPage } from '../store/page.ts'
import { createOnce } from './once.ts'
import { withLiveKit } from './roomRoutes.ts'
import type { App, Deps } from './types.ts'
import { withThumbnail } from './thumbnails.ts'
import { basePath, principalOf, withUrls } from './urls.ts'

const idSchema = z.object({ id: z.string() })
const STATUSES = {
  active: ['active'],
  paused: ['paused'],
  closed: ['closed'],
  open: ['active', 'paused'],
  all: ['active', 'paused', 'closed'],
} as const satisfies Record<string, readonly SessionStatus[]>

export function sessionRoutes(app: App, { auth, sessions, store }: Deps): void {
  app.route({
    method: 'POST',
    url: '/v1/agent-sessions',
    config: { need: 'admin' },
    schema: {
      summary: 'Create a session',
      description: 'Starts a browser. With an `Idempotency-Key` header the same request twice makes one session.',
      tags: ['sessions'],
      headers: z.object({ 'idempotency-key': z.string().min(1).max(200).optional() }),
      body: createSessionSchema.nullish(),
      response: { 201: agentSessionSchema },
    },
    handler: async (request, reply) => {
      if (principalOf(request).sessionId !== null) throw new TandemError('auth/forbidden', 'A token of one session cannot make others.', { needs: 'admin' })
      const body = request.body ?? createSessionSchema.parse({})
      const key = request.headers['idempotency-key']
      const create = async (): Promise<string> => (await sessions.create(body)).id
      const id = key === undefined ? await create() : await createOnce(store.idempotency, key, body, create)
      reply.code(201).header('location', `${basePath(request)}/v1/agent-sessions/${id}`)
      return withUrls(await withLiveKit(await sessions.resource(id), request, sessions), request, auth)
    },
  })

  app.route({
    method: 'GET',
    url: '/v1/agent-sessions',
    config: { need: 'view' },
    schema: {
      summary: 'List sessions',
      description: 'Newest first.',
      tags: ['sessions'],
      querystring: listSessionsQuerySchema,
      response: { 200: sessionListSchema },
    },
    handler: async (request) => {
      const { sessionId } = principalOf(request)
      const { status, limit, cursor } = request.query
      const urls = (session: AgentSession): Promise<AgentSession> => withUrls(withThumbnail(session, request, sessions), request, auth)
      if (sessionId !== null) return { data: [await urls(await sessions.resource(sessionId))], has_more: false, next_cursor: null }
      const { data, next } = await sessions.list({ statuses: STATUSES[status], limit, cursor })
      return { data: await Promise.all(data.map(urls)), has_more: next !== null, next_cursor: next }
    },
  })

  app.route({
    method: 'GET',
    url: '/v1/agent-sessions/:id',
    config: { need: 'view' },
    schema: { summary: 'Inspect a session', tags: ['sessions'], params: idSchema, response: { 200: agentSessionSchema } },
    handler: async (request) => {
      const resource = withThumbnail(await sessions.resource(request.params.id), request, sessions)
      return withUrls(await withLiveKit(resource, request, sessions), request, auth)
    },
  })

  app.route({
    method: 'DELETE',
    url: '/v1/agent-sessions/:id',
    config: { need: 'admin' },
    schema: { summary: 'Close a session', description: 'May be repeated.', tags: ['sessions'], params: idSchema, response: { 204: z.null() } },
    handler: async (request, reply) => {
      await sessions.close(request.params.id, 'closed by request')
      return reply.code(204).send(null)
    },
  })

  app.route({
    method: 'GET',
    url: '/v1/agent-sessions/:id/timeline',
    config: { need: 'view' },
    schema: {
      summary: 'What happened in a session',
      tags: ['sessions'],
      params: idSchema,
      querystring: z.strictObject({ after: z.coerce.number().int().min(0).default(0), limit: z.coerce.number().int().min(1).max(1_000).default(200) }),
      response: { 200: z.object({ data: z.array(timelineEntrySchema), has_more: z.boolean() }) },
    },
    handler: async (request) => {
      const { id } = request.params
      await sessions.resource(id)
      await sessions.find(id)?.timeline.flushed()
      const { after, limit } = request.query
      const { rows, last } = await readPage(limit, (most) => store.timeline.read(id, after, most))
      return { data: principalOf(request).role === 'view' ? withoutSecrets(rows) : rows, has_more: last !== null }
    },
  })
}
