/** LiveKit servers by REST: registered, listed, taken out of use. `/v1/mac-nodes` is the rooms dialect's name for the same. Secrets go in and never come out. */
import { nodeBodySchema, nodeControlSchema, nodeRegisterBodySchema, nodeRegisteredSchema, nodeSchema, secretsRotatedSchema } from '@tandem/protocol'
import { z } from 'zod'
import { LIVEKIT_PATH } from '../rooms/nodes.ts'
import { toLiveKit } from './roomProxy.ts'
import type { App, Deps } from './types.ts'

const VALIDATE_LIMIT_MS = 5_000
const ALIASES = ['/v1/nodes', '/v1/mac-nodes'] as const

export function nodeRoutes(app: App, deps: Deps): void {
  const { nodes } = deps
  const tags = ['nodes']
  const params = z.object({ id: z.string() })
  for (const path of ALIASES) {
    const alias = path === '/v1/nodes' ? '' : ' Another name of /v1/nodes.'

    app.route({
      method: 'POST',
      url: path,
      config: { need: 'server' },
      schema: {
        summary: 'Make a node',
        description: `A place for a LiveKit server, which comes with its registration. Not needed before that.${alias}`,
        tags,
        body: nodeBodySchema,
        response: { 201: nodeSchema },
      },
      handler: async (request, reply) => reply.code(201).send(await nodes.create(request.body)),
    })

    app.route({
      method: 'GET',
      url: path,
      config: { need: 'server' },
      schema: {
        summary: 'LiveKit servers',
        description: `Those that sessions may have their rooms on: started by this server, named by LIVEKIT_URL, registered.${alias}`,
        tags,
        response: { 200: z.object({ data: z.array(nodeSchema) }) },
      },
      handler: async () => ({ data: await nodes.list() }),
    })

    app.route({
      method: 'POST',
      url: `${path}/register`,
      config: { need: 'server' },
      schema: {
        summary: 'Register a LiveKit server',
        description: `For all servers of this database. Registered again, it has the new address and key. The secret is kept sealed and never shown.${alias}`,
        tags,
        body: nodeRegisterBodySchema,
        response: { 200: nodeRegisteredSchema },
      },
      handler: async (request) => {
        const answer = await nodes.register(request.body)
        request.auditNote = { node_id: answer.node_id, ws_url: answer.ws_url }
        return answer
      },
    })

    app.route({
      method: 'POST',
      url: `${path}/:id/control`,
      config: { need: 'server' },
      schema: {
        summary: 'Take a LiveKit server out of use, or back',
        description: `\`cordon\`: it gets no new sessions. \`drain\`: the same until nothing is on it; sessions stay where they are. \`uncordon\`: it gets sessions again. \`restart\`: only the one that this server runs itself.${alias}`,
        tags,
        params,
        body: nodeControlSchema,
        response: { 202: nodeSchema },
      },
      handler: async (request, reply) => {
        const { command, reason } = request.body
        request.auditNote = { node_id: request.params.id, command, ...(reason === undefined ? {} : { reason }) }
        return reply.code(202).send(await nodes.control(request.params.id, command))
      },
    })

    app.route({
      method: 'DELETE',
      url: `${path}/:id`,
      config: { need: 'server' },
      schema: {
        summary: 'Forget a registered LiveKit server',
        description: `Refused with 409 while sessions are on it.${alias}`,
        tags,
        params,
        response: { 204: z.null() },
      },
      handler: async (request, reply) => {
        await nodes.remove(request.params.id)
        return reply.code(204).send(null)
      },
    })
  }

  app.route({
    method: 'POST',
    url: '/v1/secrets/rotate',
    config: { need: 'server' },
    schema: {
      summary: 'Seal the stored secrets with a new key',
      description:
        'With TANDEM_SECRET_KEY the new one is the first that it names. `unreadable`: nodes whose secret no key opens; register them again. May be repeated.',
      tags,
      response: { 200: secretsRotatedSchema },
    },
    handler: async (request) => {
      const answer = await nodes.rotate()
      request.auditNote = { ...answer }
      return answer
    },
  })

  // What livekit-client asks when its socket was refused, to tell people why: LiveKit's own words.
  for (const path of ['/rtc/validate', '/rtc/v1/validate']) {
    app.route({
      method: 'GET',
      url: `${LIVEKIT_PATH}${path}`,
      config: { need: 'nobody', anyOrigin: true },
      schema: { hide: true },
      handler: async (request, reply) => {
        const target = nodes.ownUrl
        if (target === null) return reply.code(503).type('text/plain').send('There is no LiveKit server here.')
        const url = new URL(request.url, 'http://localhost')
        const { authorization } = request.headers
        const answer = await fetch(toLiveKit(target, url), {
          headers: authorization === undefined ? {} : { authorization },
          signal: AbortSignal.timeout(VALIDATE_LIMIT_MS),
        }).catch(() => null)
        if (answer === null) return reply.code(503).type('text/plain').send('The LiveKit server did not answer.')
        return reply
          .code(answer.status)
          .type('text/plain')
          .send(await answer.text())
      },
    })
  }
}
