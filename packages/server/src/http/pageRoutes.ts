/** The page by REST: input, navigation, history, page state, screenshot. */
import { historyBodySchema, inputEventBodySchema, navigateBodySchema, pageStateSchema, pairModeStateSchema, TandemError } from '@tandem/protocol'
import { z } from 'zod'
import { etagOf, isKnown } from './etag.ts'
import { credentialOf } from '../access/principal.ts'
import { assertAgentMay, driveByRest, partyOf } from './parties.ts'
import type { App, Deps } from './types.ts'
import { principalOf } from './urls.ts'

const idSchema = z.object({ id: z.string() })
const pageAnswerSchema = z.object({ page_state: pageStateSchema.nullable() })

export function pageRoutes(app: App, { sessions }: Deps): void {
  app.route({
    method: 'POST',
    url: '/v1/agent-sessions/:id/input-event',
    config: { need: 'control' },
    schema: {
      summary: 'Send input',
      description: 'By the holder. In mode `pair`, while the agent drives, it takes control instead and the input itself is not delivered.',
      tags: ['page'],
      params: idSchema,
      body: inputEventBodySchema,
      response: {
        200: z.discriminatedUnion('kind', [
          z.object({ kind: z.literal('forwarded'), duration_ms: z.number() }),
          z.object({ kind: z.literal('pair-mode-takeover-fired'), pair_mode_state: pairModeStateSchema }),
        ]),
      },
    },
    handler: async (request) => {
      const started = performance.now()
      const session = await sessions.get(request.params.id)
      const { event, events, client_id, epoch } = request.body
      if (client_id === undefined) throw new TandemError('request/invalid', 'Say who you are with `client_id`.')
      const party = partyOf(session, principalOf(request), client_id)
      if (session.control.mode === 'pair' && session.control.info.state === 'ai-driving') {
        await session.control.takeover(party)
        return { kind: 'pair-mode-takeover-fired' as const, pair_mode_state: session.control.pairModeState() }
      }
      session.drive(party.clientId, epoch).input(events ?? (event ? [event] : []))
      return { kind: 'forwarded' as const, duration_ms: performance.now() - started }
    },
  })

  app.route({
    method: 'POST',
    url: '/v1/agent-sessions/:id/navigate',
    config: { need: 'drive' },
    schema: {
      summary: 'Open an address in the active tab',
      description: 'With `client_id` as the human who has control; without as the agent. Answers when the page begins to show.',
      tags: ['page'],
      params: idSchema,
      body: navigateBodySchema,
      response: { 200: pageAnswerSchema },
    },
    handler: async (request) => {
      const session = await sessions.get(request.params.id)
      const browser = driveByRest(session, principalOf(request), request.body.client_id)
      const navigation = browser.navigate(request.body.url)
      await (request.body.client_id === undefined ? navigation : session.steps.ofHuman(navigation))
      return { page_state: browser.pageState() }
    },
  })

  app.route({
    method: 'POST',
    url: '/v1/agent-sessions/:id/history',
    config: { need: 'drive' },
    schema: { summary: 'Back, forward or reload', tags: ['page'], params: idSchema, body: historyBodySchema, response: { 200: pageAnswerSchema } },
    handler: async (request) => {
      const session = await sessions.get(request.params.id)
      const browser = driveByRest(session, principalOf(request), request.body.client_id)
      const step = browser.history(request.body.direction)
      await (request.body.client_id === undefined ? step : session.steps.ofHuman(step))
      return { page_state: browser.pageState() }
    },
  })

  app.route({
    method: 'GET',
    url: '/v1/agent-sessions/:id/page-state',
    config: { need: 'view' },
    schema: { summary: 'Where the active tab is', tags: ['page'], params: idSchema, response: { 200: pageAnswerSchema } },
    handler: async (request) => {
      const session = await sessions.get(request.params.id)
      // Open to agents at all times, as target events are; while they drive it counts as having looked.
      const principal = principalOf(request)
      if (principal.role === 'agent' && !session.control.fenced) session.control.admit('look', credentialOf(principal))
      return { page_state: session.running?.pageState() ?? null }
    },
  })

  app.route({
    method: 'GET',
    url: '/v1/agent-sessions/:id/screenshot',
    config: { need: 'view' },
    schema: {
      summary: 'The active tab as a picture',
      description:
        'Refused to agents while a human drives, and to everybody while a password is typed. Answers 304 to `If-None-Match` while the picture is the same.',
      tags: ['page'],
      params: idSchema,
      querystring: z.strictObject({ format: z.enum(['png', 'jpeg']).default('png'), quality: z.coerce.number().int().min(1).max(100).optional() }),
      produces: ['image/png', 'image/jpeg'],
    },
    handler: async (request, reply) => {
      const session = await sessions.get(request.params.id)
      const principal = principalOf(request)
      const isAgent = principal.role === 'agent'
      if (isAgent) assertAgentMay(session, principal, 'look')
      const hidden = session.blankReason('')
      if (hidden !== null) throw new TandemError('media/unavailable', hidden)
      const { format, quality } = request.query
      const picture = await session.browser.screenshot({ format, quality })
      // A human may have taken control meanwhile, a password field got the focus.
      if (isAgent) assertAgentMay(session, principal, 'look')
      const hiddenNow = session.blankReason('')
      if (hiddenNow !== null) throw new TandemError('media/unavailable', hiddenNow)
      const etag = etagOf(picture)
      reply.headers({ 'cache-control': 'no-store', etag })
      return isKnown(etag, request) ? reply.code(304).send() : reply.type(`image/${format}`).send(picture)
    },
  })
}
