/** The audit log, for whoever owns the server. */
import { auditEntrySchema } from '@tandem/protocol'
import { z } from 'zod'
import { readPage } from '../store/page.ts'
import type { App, Deps } from './types.ts'

export function auditRoutes(app: App, { audit, store }: Deps): void {
  app.route({
    method: 'GET',
    url: '/v1/audit',
    config: { need: 'server' },
    schema: {
      summary: 'Who did what, from where, when',
      description: 'Newest first. `action` is whole (`key.create`) or its first word (`key.*`).',
      tags: ['access'],
      querystring: z.strictObject({
        limit: z.coerce.number().int().min(1).max(500).default(50),
        cursor: z
          .string()
          .regex(/^aud_[0-9a-f]{1,64}$/, 'must be `next_cursor` of the page before')
          .optional(),
        session_id: z.string().max(100).optional(),
        action: z
          .string()
          .regex(/^[a-z-]+\.(\*|[a-z-]+)$/, 'must be an action such as key.create or key.*')
          .optional(),
        actor: z.string().max(200).optional(),
      }),
      response: { 200: z.object({ data: z.array(auditEntrySchema), has_more: z.boolean(), next_cursor: z.string().nullable() }) },
    },
    handler: async (request) => {
      const { limit, cursor, session_id, action, actor } = request.query
      await audit.flushed()
      const query = { cursor, sessionId: session_id, action, actor }
      const { rows, last } = await readPage(limit, (most) => store.audit.list({ limit: most, ...query }))
      return { data: rows, has_more: last !== null, next_cursor: last?.id ?? null }
    },
  })
}
