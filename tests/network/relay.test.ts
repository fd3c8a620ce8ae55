/** TURN, against a real coturn: nothing but relayed packets, with credentials that the server makes from coturn's shared secret. */
import { Tandem } from '@tandem/client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { BLUE, FORM, GREEN, liveUrl } from '../client/fixture.ts'
import { startCoturn } from '../harness/coturn.ts'
import type { Coturn } from '../harness/coturn.ts'
import { servePages } from '../harness/pages.ts'
import type { Pages } from '../harness/pages.ts'
import { startTestServer } from '../harness/server.ts'
import type { TestServer } from '../harness/server.ts'
import { ViewerBrowser } from '../harness/viewer.ts'

let coturn: Coturn
let server: TestServer
let pages: Pages
let browser: ViewerBrowser

beforeAll(async () => {
  coturn = await startCoturn()
  server = await startTestServer({
    ice: { policy: 'relay', stunUrls: [], turnUrls: [coturn.url], turnUsername: undefined, turnCredential: undefined, turnSecret: coturn.secret },
  })
  pages = await servePages()
  browser = await ViewerBrowser.launch()
})
afterAll(async () => {
  await browser?.close()
  await server?.close()
  await pages?.close()
  await coturn?.close()
})

test('with relay as the only way the picture comes through coturn, and the badge says so', async () => {
  const tandem = new Tandem({ baseUrl: server.url, apiKey: server.apiKey })
  const session = await tandem.sessions.create({ initial_url: pages.set('/relayed', FORM) })
  const viewer = await browser.open(liveUrl(session), { name: 'Ada' })
  await viewer.untilPixel(640, 600, BLUE)
  const { notes } = await viewer.until("s.status === 'live' && s.route === 'relay'")
  expect(notes.join(' ')).toMatch(/relay/i)
  expect(coturn.log()).toMatch(/ALLOCATE processed, success/)

  // Input goes over the live socket, what it changes comes back relayed.
  await viewer.call('takeControl')
  await viewer.click(200, 150)
  await viewer.untilPixel(200, 150, GREEN)
  await viewer.close()
})

test('with a wrong secret the picture comes another way, and the badge says why', async () => {
  await using lost = await startTestServer({
    ice: { policy: 'relay', stunUrls: [], turnUrls: [coturn.url], turnUsername: undefined, turnCredential: undefined, turnSecret: 'not the secret' },
  })
  const session = await lost.create({ initial_url: pages.set('/lost', FORM) })
  const viewer = await browser.open(session.live.ws_url)
  const { rung } = await viewer.until("s.status === 'live' && /TURN server refused/.test(s.rung.why ?? '')", 30_000)
  expect(rung.transport).toBe('websocket')
  await viewer.close()
})
