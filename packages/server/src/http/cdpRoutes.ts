/** What CDP clients ask for over HTTP before they open the socket. */
import { z } from 'zod'
import { discoveryBody } from '../gateway/discovery.ts'
import type { App, Deps } from './types.ts'
import { withUrls } from './urls.ts'

export function cdpRoutes(app: App, { auth, sessions }: Deps): void {
  for (const url of ['/v1/agent-sessions/:id/cdp/json/version', '/v1/agent-sessions/:id/cdp/json/version/']) {
    app.route({
      method: 'GET',
      url,
      config: { need: 'agent' },
      schema: {
        hide: url.endsWith('/'),
        summary: 'Where a CDP client connects',
        description: 'For `chromium.connectOverCDP(<…/cdp>)`, which reads the address of the socket from here.',
        tags: ['agents'],
        params: z.object({ id: z.string() }),
        response: { 200: z.record(z.string(), z.string()) },
      },
      handler: async (request) => {
        const session = await sessions.get(request.params.id)
        const { cdp } = await withUrls(session.resource(), request, auth)
        return { ...discoveryBody(session.browser.version, cdp?.ws_url ?? '') }
      },
    })
  }
}
