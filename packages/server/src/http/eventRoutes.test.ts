import Fastify from 'fastify'
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { expect, test } from 'vitest'
import type { CredentialEnd } from '../access/letIn.ts'
import type { Principal } from '../access/principal.ts'
import { createLog } from '../log.ts'
import { addErrors } from './errors.ts'
import { eventRoutes } from './eventRoutes.ts'
import { addLetIn } from './letIn.ts'
import type { App, Deps } from './types.ts'

const URL = '/v1/agent-sessions/agt_1/events'

test('a stream whose credential ends while it opens takes no place', async () => {
  const ends: ((code: CredentialEnd) => void)[] = []
  const opening = Promise.withResolvers<{ closed_reason: string }>()
  const app: App = Fastify({ loggerInstance: createLog('silent') }).withTypeProvider<ZodTypeProvider>()
  app.setValidatorCompiler(validatorCompiler)
  app.setSerializerCompiler(serializerCompiler)
  addErrors(app)
  app.decorateRequest('principal', null)
  app.addHook('onRequest', async (request) => {
    request.principal = { role: 'view' } as Principal
  })
  // Only what these routes use of it.
  const deps = {
    config: { heartbeatMs: 15_000 },
    auth: {
      watch: (_who: Principal, end: (code: CredentialEnd) => void) => {
        ends.push(end)
        return () => undefined
      },
    },
    reach: () => ({ address: '127.0.0.1' }),
    sessions: { resource: () => opening.promise, find: () => undefined },
    store: { timeline: { lastSeq: async () => 0, read: async () => [] } },
  } as unknown as Deps
  addLetIn(app, deps)
  eventRoutes(app, deps)
  await app.ready()

  const answers = Array.from({ length: 200 }, () => app.inject({ url: URL }))
  await expect.poll(() => ends.length).toBe(200)
  for (const end of ends) end('auth/revoked')
  expect(new Set((await Promise.all(answers)).map((answer) => answer.json().code))).toEqual(new Set(['auth/revoked']))
  opening.resolve({ closed_reason: 'done' })
  const next = await app.inject({ url: URL })
  expect(next.statusCode).toBe(200)
  expect(next.body).toContain('event: end')
  await app.close()
})
