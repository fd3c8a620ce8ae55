/** Webhooks by REST, for admins of the whole server: make, list, delete, look at deliveries, send again, test. */
import { webhookBodySchema, webhookCreatedSchema, webhookDeliverySchema, webhookSchema } from '@tandem/protocol'
import { z } from 'zod'
import type { App, Deps } from './types.ts'

const idSchema = z.object({ id: z.string() })
const deliverySchema = z.object({ id: z.string(), deliveryId: z.string() })

export function webhookRoutes(app: App, { webhooks }: Deps): void {
  app.route({
    method: 'POST',
    url: '/v1/webhooks',
    config: { need: 'server' },
    schema: {
      summary: 'Have events sent to a URL',
      description: 'The answer holds the signing secret, which is not shown again. `docs/events.md` has what is sent and how to check it.',
      tags: ['webhooks'],
      body: webhookBodySchema,
      response: { 201: webhookCreatedSchema },
    },
    handler: async (request, reply) => {
      const created = await webhooks.create(request.body.url, request.body.events)
      return reply.code(201).header('location', `/v1/webhooks/${created.id}`).send(created)
    },
  })

  app.route({
    method: 'GET',
    url: '/v1/webhooks',
    config: { need: 'server' },
    schema: { summary: 'List webhooks', tags: ['webhooks'], response: { 200: z.object({ data: z.array(webhookSchema) }) } },
    handler: async () => ({ data: await webhooks.list() }),
  })

  app.route({
    method: 'DELETE',
    url: '/v1/webhooks/:id',
    config: { need: 'server' },
    schema: { summary: 'Delete a webhook and its deliveries', tags: ['webhooks'], params: idSchema, response: { 204: z.null() } },
    handler: async (request, reply) => {
      await webhooks.remove(request.params.id)
      return reply.code(204).send(null)
    },
  })

  app.route({
    method: 'GET',
    url: '/v1/webhooks/:id/deliveries',
    config: { need: 'server' },
    schema: {
      summary: 'What was sent, what waits, what was given up',
      description: 'Newest first. `status=dead` is the list of dead letters.',
      tags: ['webhooks'],
      params: idSchema,
      querystring: z.strictObject({ status: z.enum(['pending', 'delivered', 'dead']).optional(), limit: z.coerce.number().int().min(1).max(500).default(100) }),
      response: { 200: z.object({ data: z.array(webhookDeliverySchema) }) },
    },
    handler: async (request) => ({ data: await webhooks.deliveries(request.params.id, request.query.status ?? null, request.query.limit) }),
  })

  app.route({
    method: 'POST',
    url: '/v1/webhooks/:id/deliveries/:deliveryId/retry',
    config: { need: 'server' },
    schema: {
      summary: 'Send a delivery again',
      description: 'Six more attempts from now on, of a dead letter or of one that arrived.',
      tags: ['webhooks'],
      params: deliverySchema,
      response: { 200: webhookDeliverySchema },
    },
    handler: (request) => webhooks.retry(request.params.id, request.params.deliveryId),
  })

  app.route({
    method: 'POST',
    url: '/v1/webhooks/:id/test',
    config: { need: 'server' },
    schema: {
      summary: 'Send a test event at once',
      description: 'Answers with what came of it: `delivered`, or `dead` with the error. It is sent once and kept nowhere.',
      tags: ['webhooks'],
      params: idSchema,
      response: { 200: webhookDeliverySchema },
    },
    handler: (request) => webhooks.test(request.params.id),
  })
}
