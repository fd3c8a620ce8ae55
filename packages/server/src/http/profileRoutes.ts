/** Named profiles by REST. A session with `profile` makes one. */
import { profileNameSchema, profileSchema } from '@tandem/protocol'
import { z } from 'zod'
import type { App, Deps } from './types.ts'

export function profileRoutes(app: App, { sessions }: Deps): void {
  app.route({
    method: 'GET',
    url: '/v1/profiles',
    config: { need: 'server' },
    schema: { summary: 'List named profiles', tags: ['profiles'], response: { 200: z.object({ data: z.array(profileSchema) }) } },
    handler: async () => ({ data: await sessions.profiles.list() }),
  })

  app.route({
    method: 'DELETE',
    url: '/v1/profiles/:name',
    config: { need: 'server' },
    schema: {
      summary: 'Delete a profile with all logins in it',
      description: 'Refused with 409 while a session has it.',
      tags: ['profiles'],
      params: z.object({ name: profileNameSchema }),
      response: { 204: z.null() },
    },
    handler: async (request, reply) => {
      await sessions.profiles.remove(request.params.name)
      return reply.code(204).send(null)
    },
  })
}
