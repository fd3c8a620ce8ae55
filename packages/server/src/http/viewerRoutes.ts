/** Who watches, from where; and sending somebody away. */
import { watcherSchema } from '@tandem/protocol'
import type { WatcherInfo } from '@tandem/protocol'
import { z } from 'zod'
import { kick } from '../access/kick.ts'
import type { Session } from '../sessions/session.ts'
import type { Watcher } from '../sessions/watchers.ts'
import type { App, Deps } from './types.ts'

const kickedSchema = z.object({
  viewer_id: z.string(),
  /** The share link that the viewer came by; null for keys and logins. */
  link: z
    .object({
      id: z.string(),
      name: z.string().nullable(),
      /** It lets people in still, this one too: revoke it as well with `?revoke=true`. */
      works: z.boolean(),
    })
    .nullable(),
})

export function viewerRoutes(app: App, { auth, sessions, store }: Deps): void {
  app.route({
    method: 'GET',
    url: '/v1/agent-sessions/:id/viewers',
    config: { need: 'admin' },
    schema: {
      summary: 'Who watches, from where',
      description: 'With the share link that each came by, and what each measured last.',
      tags: ['access'],
      params: z.object({ id: z.string() }),
      response: { 200: z.object({ data: z.array(watcherSchema) }) },
    },
    handler: async (request) => {
      const session = await sessions.get(request.params.id)
      return { data: session.watchers.all().map((watcher) => present(session, watcher)) }
    },
  })

  app.route({
    method: 'DELETE',
    url: '/v1/agent-sessions/:id/viewers/:viewerId',
    config: { need: 'admin' },
    schema: {
      summary: 'Send a viewer away',
      description:
        'Its socket closes with 4406, its picture ends, control goes back if it drives, and it cannot come back as who it was. A single-use link is dead with it; a link for several still works, as the answer says, unless it is revoked as well.',
      tags: ['access'],
      params: z.object({ id: z.string(), viewerId: z.string() }),
      querystring: z.strictObject({ revoke: z.stringbool().default(false) }),
      response: { 200: kickedSchema },
    },
    handler: async (request) => {
      const { id, viewerId } = request.params
      const session = await sessions.get(id)
      const { watcher, link } = await kick({ session, viewerId, revoke: request.query.revoke, auth, store })
      request.auditNote = { name: watcher?.viewer.name ?? null, address: watcher?.arrival.address ?? null, link }
      return { viewer_id: viewerId, link }
    },
  })
}

function present(session: Session, { viewer, stats, arrival }: Watcher): WatcherInfo {
  const { driver } = session.control.info
  return {
    id: viewer.id,
    name: viewer.name,
    role: viewer.role,
    transport: viewer.transport,
    address: arrival.address,
    user_agent: arrival.userAgent,
    token_id: arrival.principal.link?.id ?? null,
    token_name: arrival.principal.link?.name ?? null,
    joined_at: viewer.joinedAt,
    driving: driver.kind === 'human' && driver.client_id === viewer.id,
    fps: stats?.fps ?? null,
    glass_to_glass_ms: stats?.glassToGlassMs ?? null,
  }
}
