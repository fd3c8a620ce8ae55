/** Control by REST: mode, takeover, handback, steps, requests for a human. Control itself decides; these routes say who asks. */
import {
  agentSessionSchema,
  handbackBodySchema,
  handbackOutcomeSchema,
  humanRequestBodySchema,
  humanRequestResultSchema,
  humanRequestSchema,
  modeBodySchema,
  noteSchema,
  stepBodySchema,
  stepSchema,
  takeoverBodySchema,
  TandemError,
} from '@tandem/protocol'
import { z } from 'zod'
import { credentialOf } from '../access/principal.ts'
import { partyOf } from './parties.ts'
import type { App, Deps } from './types.ts'
import { principalOf, withUrls } from './urls.ts'

const idSchema = z.object({ id: z.string() })

export function controlRoutes(app: App, { auth, sessions }: Deps): void {
  app.route({
    method: 'POST',
    url: '/v1/agent-sessions/:id/mode',
    config: { need: 'admin' },
    schema: { summary: 'Change the mode', tags: ['control'], params: idSchema, body: modeBodySchema, response: { 200: agentSessionSchema } },
    handler: async (request) => {
      const session = await sessions.get(request.params.id)
      session.setMode(request.body.mode)
      return withUrls(session.resource(), request, auth)
    },
  })

  app.route({
    method: 'POST',
    url: '/v1/agent-sessions/:id/takeover',
    config: { need: 'control' },
    schema: {
      summary: 'Take control',
      description: 'Answers when control is granted. `force` takes it from another human and needs the role admin.',
      tags: ['control'],
      params: idSchema,
      body: takeoverBodySchema,
      response: { 200: agentSessionSchema },
    },
    handler: async (request) => {
      const session = await sessions.get(request.params.id)
      const { client_id, name, force } = request.body
      await session.control.takeover(partyOf(session, principalOf(request), client_id, name), { force })
      return withUrls(session.resource(), request, auth)
    },
  })

  app.route({
    method: 'POST',
    url: '/v1/agent-sessions/:id/handback',
    config: { need: 'control' },
    schema: {
      summary: 'Hand control back to the agent',
      description: 'An admin may leave `client_id` out: whoever holds control.',
      tags: ['control'],
      params: idSchema,
      body: handbackBodySchema.nullish(),
      response: { 200: agentSessionSchema },
    },
    handler: async (request) => {
      const session = await sessions.get(request.params.id)
      const principal = principalOf(request)
      const { client_id, outcome, note } = request.body ?? handbackBodySchema.parse({})
      const clientId = client_id ?? (principal.role === 'admin' ? (session.control.holder?.clientId ?? '') : null)
      if (clientId === null) throw new TandemError('request/invalid', 'Say who you are with `client_id`.')
      if (client_id !== undefined) partyOf(session, principal, clientId)
      session.control.release(clientId, { outcome, note })
      return withUrls(session.resource(), request, auth)
    },
  })

  app.route({
    method: 'POST',
    url: '/v1/agent-sessions/:id/steps',
    config: { need: 'agent' },
    schema: {
      summary: 'Declare a step of the agent',
      description: 'A takeover waits for its end, up to two seconds, instead of cutting it.',
      tags: ['control'],
      params: idSchema,
      body: stepBodySchema,
      response: { 201: stepSchema },
    },
    handler: async (request, reply) => {
      const session = await sessions.get(request.params.id)
      return reply.code(201).send(session.steps.start(request.body.label, request.body.timeout_ms, credentialOf(principalOf(request))))
    },
  })

  app.route({
    method: 'DELETE',
    url: '/v1/agent-sessions/:id/steps/:stepId',
    config: { need: 'agent' },
    schema: { summary: 'End a step', tags: ['control'], params: z.object({ id: z.string(), stepId: z.string() }), response: { 204: z.null() } },
    handler: async (request, reply) => {
      const session = await sessions.get(request.params.id)
      session.steps.end(request.params.stepId)
      return reply.code(204).send(null)
    },
  })

  app.route({
    method: 'POST',
    url: '/v1/agent-sessions/:id/human-requests',
    config: { need: 'agent' },
    schema: {
      summary: 'Ask for a human and wait',
      description: 'Answers with what the human said, or with 504 after `timeout_ms`. Closing the connection cancels the request.',
      tags: ['control'],
      params: idSchema,
      body: humanRequestBodySchema,
      response: { 200: humanRequestResultSchema },
    },
    handler: async (request, reply) => {
      const session = await sessions.get(request.params.id)
      const { reason, instructions, timeout_ms } = request.body
      const gone = new AbortController()
      reply.raw.once('close', () => gone.abort())
      return session.humanRequests.ask({ reason, instructions, timeoutMs: timeout_ms, signal: gone.signal })
    },
  })

  app.route({
    method: 'GET',
    url: '/v1/agent-sessions/:id/human-requests',
    config: { need: 'view' },
    schema: {
      summary: 'Requests that wait for a human',
      tags: ['control'],
      params: idSchema,
      response: { 200: z.object({ data: z.array(humanRequestSchema) }) },
    },
    handler: async (request) => ({ data: (await sessions.get(request.params.id)).humanRequests.list() }),
  })

  app.route({
    method: 'POST',
    url: '/v1/agent-sessions/:id/human-requests/:requestId/answer',
    config: { need: 'control' },
    schema: {
      summary: 'Answer a request of the agent',
      tags: ['control'],
      params: z.object({ id: z.string(), requestId: z.string() }),
      body: z.strictObject({ outcome: handbackOutcomeSchema.default('done'), note: noteSchema.optional() }),
      response: { 204: z.null() },
    },
    handler: async (request, reply) => {
      const session = await sessions.get(request.params.id)
      session.humanRequests.answer(request.params.requestId, request.body.outcome, request.body.note ?? null)
      return reply.code(204).send(null)
    },
  })
}
