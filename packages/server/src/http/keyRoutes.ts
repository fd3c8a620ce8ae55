/** API keys: made, listed, revoked. A key is shown once. */
import { apiKeyBodySchema, apiKeyCreatedSchema, apiKeySchema } from '@tandem/protocol'
import { z } from 'zod'
import type { App, Deps } from './types.ts'

export function keyRoutes(app: App, { auth }: Deps): void {
  app.route({
    method: 'POST',
    url: '/v1/api-keys',
    config: { need: 'server' },
    schema: {
      summary: 'Make an API key',
      description: 'Shown only here; kept as a hash. It may do everything until it expires or is revoked.',
      tags: ['access'],
      body: apiKeyBodySchema,
      response: { 201: apiKeyCreatedSchema },
    },
    handler: async (request, reply) => {
      const { name, expires_in_s } = request.body
      const key = await auth.keys.create(name, expires_in_s)
      request.auditNote = { key_id: key.id }
      return reply.code(201).header('cache-control', 'no-store').send(key)
    },
  })

  app.route({
    method: 'GET',
    url: '/v1/api-keys',
    config: { need: 'server' },
    schema: {
      summary: 'API keys',
      description: 'Revoked ones too. `own` is the key that the server was started with.',
      tags: ['access'],
      response: { 200: z.object({ data: z.array(apiKeySchema) }) },
    },
    handler: async () => ({ data: await auth.keys.list() }),
  })

  app.route({
    method: 'DELETE',
    url: '/v1/api-keys/:id',
    config: { need: 'server' },
    schema: {
      summary: 'Revoke an API key',
      description: 'What came by it ends at once: requests, sockets, logins. Share links that were made with it go on. May be repeated.',
      tags: ['access'],
      params: z.object({ id: z.string() }),
      response: { 200: apiKeySchema },
    },
    handler: async (request) => {
      const key = await auth.keys.revoke(request.params.id)
      request.auditNote = { key_id: key.id, name: key.name }
      return key
    },
  })
}
