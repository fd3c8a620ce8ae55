/** How any LiveKit client joins the room of a session. What goes on in it is `rooms/`. */
import { isTandemError, livekitInfoSchema, TandemError } from '@tandem/protocol'
import type { AgentSession } from '@tandem/protocol'
import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { Sessions } from '../sessions/sessions.ts'
import type { App, Deps } from './types.ts'
import { baseUrl, principalOf } from './urls.ts'

export function roomRoutes(app: App, { sessions }: Pick<Deps, 'sessions'>): void {
  app.route({
    method: 'POST',
    url: '/v1/agent-sessions/:id/livekit-token',
    config: { need: 'view' },
    schema: {
      summary: 'Join the LiveKit room of a session',
      description:
        'A token for any LiveKit client, under an identity of its own, for 24 hours or as long as the credential lasts. With role `view` or `agent` it may watch, with `control` or `admin` also send data. 403 where the session is closed or paused, 503 where no LiveKit server is there.',
      tags: ['rooms'],
      params: z.object({ id: z.string() }),
      body: z.unknown().optional(),
      response: { 200: livekitInfoSchema },
    },
    handler: async (request) => {
      const { id } = request.params
      const { status } = await sessions.resource(id)
      if (status !== 'active') throw new TandemError('room/not-active', undefined, { status })
      const { room } = await sessions.get(id)
      if (!room) throw new TandemError('room/unavailable')
      return room.join(principalOf(request), { base: baseUrl(request), expected: true })
    },
  })
}

/** Adds the same to the resource of one session, where there is a room that can be joined now. */
export async function withLiveKit(resource: AgentSession, request: FastifyRequest, sessions: Sessions): Promise<AgentSession> {
  const room = sessions.find(resource.id)?.room
  if (!room || resource.status !== 'active' || room.refusal !== null) return resource
  try {
    return { ...resource, livekit: await room.join(principalOf(request), { base: baseUrl(request), expected: false }) }
  } catch (error) {
    if (isTandemError(error)) return resource
    throw error
  }
}
