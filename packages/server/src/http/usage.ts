/** Which requests count as using a session, so that it does not end as idle: commands and looks at the page; not lists, state and streams that monitors read. */
import { z } from 'zod'
import type { App, Deps } from './types.ts'

const SESSION = '/v1/agent-sessions/:id'
const LOOKS = new Set(['/screenshot', '/page-state', '/downloads', '/downloads/:downloadId'].map((path) => SESSION + path))
const withIdSchema = z.object({ id: z.string() })

export function addUsage(app: App, { sessions }: Deps): void {
  // Once it is let in: who is refused uses nothing.
  app.addHook('preHandler', (request, _reply, done) => {
    const { url } = request.routeOptions
    if (url?.startsWith(`${SESSION}/`) && (request.method !== 'GET' || LOOKS.has(url))) {
      const params = withIdSchema.safeParse(request.params)
      if (params.success) sessions.find(params.data.id)?.timeouts.used()
    }
    done()
  })
}
