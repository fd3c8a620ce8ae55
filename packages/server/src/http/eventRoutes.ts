/** What happens in a session as server-sent events. `events/eventStream.ts` does the work; this is the way in. */
import { TandemError } from '@tandem/protocol'
import { z } from 'zod'
import { systemClock } from '../control/clock.ts'
import { EventStream } from '../events/eventStream.ts'
import { withoutSecrets } from '../events/redact.ts'
import type { App, Deps } from './types.ts'
import { principalOf } from './urls.ts'

const MAX_STREAMS = 200
const seqSchema = z.coerce.number().int().min(0)

export function eventRoutes(app: App, { config, sessions, store }: Deps): void {
  const streams = new Map<string, number>()

  app.route({
    method: 'GET',
    url: '/v1/agent-sessions/:id/events',
    config: { need: 'view', queryToken: true },
    // It would never end.
    exposeHeadRoute: false,
    schema: {
      summary: 'What happens in a session, as it happens',
      description:
        'Server-sent events: each timeline entry with its number as `id`, the resource as `session.changed` whenever it changes, and `end` when the session is over. ' +
        '`Last-Event-ID`, or `after`, goes on behind that number; without, it begins at the first. See docs/events.md.',
      tags: ['events'],
      params: z.object({ id: z.string() }),
      querystring: z.strictObject({ after: seqSchema.optional(), token: z.string().optional() }),
      headers: z.object({ 'last-event-id': seqSchema.optional() }),
    },
    handler: async (request, reply) => {
      const { id } = request.params
      const resource = await sessions.resource(id)
      const session = sessions.find(id) ?? null
      const known = request.headers['last-event-id']
      const after = known ?? request.query.after ?? 0
      const last = await store.timeline.lastSeq(id)
      if (after > Math.max(last, session?.timeline.lastSeq ?? 0)) {
        throw new TandemError('request/invalid', `There is no event ${after} in this session; the last is ${last}. Begin without Last-Event-ID.`)
      }
      // The one answer after which an EventSource does not come back.
      if (session === null && known !== undefined && after >= last) return reply.code(204).send()
      // The credential has ended meanwhile, and the request with it (`letIn.ts`).
      if (reply.sent) return reply
      const open = streams.get(id) ?? 0
      if (open >= MAX_STREAMS) throw new TandemError('request/rate-limited', `${MAX_STREAMS} streams of events are open in this session. Close one first.`)
      streams.set(id, open + 1)
      reply.hijack()
      reply.headers({
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-cache, no-transform',
        // nginx would gather them.
        'x-accel-buffering': 'no',
      })
      for (const [name, value] of Object.entries(reply.getHeaders())) if (value !== undefined) reply.raw.setHeader(name, value)
      reply.raw.writeHead(200)
      const redact = principalOf(request).role === 'view' ? withoutSecrets : <T>(value: T): T => value
      const stream = new EventStream({
        rows: store.timeline,
        sessionId: id,
        session,
        closedReason: resource.closed_reason,
        after,
        clock: systemClock,
        out: reply.raw,
        heartbeatMs: config.heartbeatMs,
        redact,
      })
      try {
        await stream.run()
      } catch (error) {
        request.log.warn({ err: error }, 'a stream of events was cut; its reader comes back')
        reply.raw.destroy()
      } finally {
        const left = (streams.get(id) ?? 1) - 1
        if (left === 0) streams.delete(id)
        else streams.set(id, left)
      }
    },
  })
}
