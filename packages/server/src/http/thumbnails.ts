/** The small picture of a session for lists: where it is, and the picture itself. */
import { TandemError, toProblem } from '@tandem/protocol'
import type { AgentSession } from '@tandem/protocol'
import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { Principal } from '../access/principal.ts'
import type { Session } from '../sessions/session.ts'
import type { Sessions } from '../sessions/sessions.ts'
import { etagOf, isKnown } from './etag.ts'
import type { App, Deps } from './types.ts'
import { baseUrl, principalOf } from './urls.ts'

/** Adds where the small picture is, for those who may see it. Where nobody ever watched one is made meanwhile, for the next time. */
export function withThumbnail(resource: AgentSession, request: FastifyRequest, sessions: Sessions): AgentSession {
  const path = `/v1/agent-sessions/${resource.id}/thumbnail`
  const session = sessions.find(resource.id)
  // Another server's: it said when it drew one, and decides who may see it when it is asked for.
  if (!session) return resource.thumbnail ? { ...resource, thumbnail: { ...resource.thumbnail, url: baseUrl(request) + path } } : resource
  if (isHiddenFrom(session, principalOf(request))) return resource
  const { last } = session.media.thumbnails
  if (!last) {
    void session.media.thumbnails.ensure()
    return { ...resource, thumbnail: null }
  }
  return { ...resource, thumbnail: { url: baseUrl(request) + path, at: new Date(last.at).toISOString() } }
}

export function thumbnailRoutes(app: App, { sessions }: Deps): void {
  app.route({
    method: 'GET',
    url: '/v1/agent-sessions/:id/thumbnail',
    config: { need: 'view' },
    schema: {
      summary: 'The last small picture of a session',
      description:
        'A JPEG 320 pixels wide, drawn from the frames that viewers get, every few seconds while somebody watches; never while a password is typed. Where nobody ever watched it is a screenshot, asked for at most once in 10 s. 404 while there is none. Answers 304 to `If-None-Match` and `If-Modified-Since`.',
      tags: ['page'],
      params: z.object({ id: z.string() }),
      produces: ['image/jpeg'],
    },
    handler: async (request, reply) => {
      const session = await sessions.get(request.params.id)
      if (isHiddenFrom(session, principalOf(request))) throw new TandemError('control/human-driving')
      const { thumbnails } = session.media
      await thumbnails.ensure()
      const { last } = thumbnails
      if (!last) {
        const problem = { ...toProblem(new TandemError('media/unavailable', 'No small picture of this session was made yet.')), status: 404 }
        return reply.code(404).type('application/problem+json').send(JSON.stringify(problem))
      }
      const modified = new Date(last.at).toUTCString()
      const etag = etagOf(last.jpeg)
      reply.headers({ 'cache-control': 'private, no-cache', etag, 'last-modified': modified })
      const { 'if-none-match': known, 'if-modified-since': since } = request.headers
      const same = known === undefined ? since === modified : isKnown(etag, request)
      return same ? reply.code(304).send() : reply.type('image/jpeg').send(last.jpeg)
    },
  })
}

/** What an agent may not look at while a human drives it may not see small either. */
function isHiddenFrom(session: Session, { role }: Principal): boolean {
  return role === 'agent' && session.control.fenced
}
