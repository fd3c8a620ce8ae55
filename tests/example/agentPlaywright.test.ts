/** The example as it is, with a scripted human at the live socket. */
import { Tandem } from '@tandem/client'
import type { InputEvent } from '@tandem/client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { orderPlants } from '../../examples/agent-playwright/agent.ts'
import { openShop, type Shop } from '../../examples/agent-playwright/shop.ts'
import { LiveClient } from '../harness/liveClient.ts'
import { startTestServer, type TestServer } from '../harness/server.ts'

let server: TestServer
let shop: Shop
let tandem: Tandem
/** What the phone has been sent so far. */
const codes: string[] = []

beforeAll(async () => {
  server = await startTestServer()
  shop = await openShop((code) => codes.push(code))
  tandem = new Tandem({ baseUrl: server.url, apiKey: server.apiKey })
})
afterAll(async () => {
  await shop?.close()
  await server?.close()
})

const typed = (text: string): InputEvent[] =>
  [...text].flatMap((key): InputEvent[] => [
    { type: 'keyDown', key },
    { type: 'keyUp', key },
  ])

test('the agent orders, waits at the sign-in for a human, and goes on in the same page with the note', async () => {
  const session = await server.create({ initial_url: shop.url })
  const human = await LiveClient.join(session.live.ws_url)
  const said: string[] = []
  const agent = orderPlants({ tandem, sessionId: session.id, cdpUrl: session.cdp.ws_url, shopUrl: shop.url, say: (line) => said.push(line) })

  // An agent that fails says why itself; the wait would only say that nobody was asked.
  const request = await Promise.race([human.event('humanRequest.opened'), agent.then(() => expect.fail('the agent needed nobody'))])
  expect(request.reason).toContain('one-time code')
  expect(human.events('agent.pointer').length).toBeGreaterThan(50)

  const { epoch } = await human.call('control.take', {})
  human.notify('input.dispatch', { epoch, events: [...typed(codes[0] ?? ''), { type: 'keyDown', key: 'Enter' }, { type: 'keyUp', key: 'Enter' }] })
  await human.event('session.changed', ({ page_state: page }) => page?.url === `${shop.url}review` && page.state === 'loaded')
  await human.call('control.release', { outcome: 'done', note: 'The code was on my phone.' })

  const { orderNumber, note } = await agent
  expect(orderNumber).toMatch(/^FF-\d{6}$/)
  expect(note).toBe('The code was on my phone.')
  expect(codes).toHaveLength(1)
  const { page_state: page } = await tandem.sessions.get(session.id)
  expect(page?.url).toBe(`${shop.url}place`)
  await human.close()
  await tandem.sessions.close(session.id)
})

test('the agent gives up with what the human says when the human cannot sign in', async () => {
  const session = await server.create({ initial_url: shop.url })
  const human = await LiveClient.join(session.live.ws_url)
  const agent = orderPlants({ tandem, sessionId: session.id, cdpUrl: session.cdp.ws_url, shopUrl: shop.url, say: () => {} })
  const failure = agent.catch((error: unknown) => error)
  const { id } = await human.event('humanRequest.opened')
  await human.call('humanRequest.answer', { requestId: id, outcome: 'failed', note: 'My phone is at home.' })
  expect(await failure).toMatchObject({ message: expect.stringContaining('My phone is at home.') })
  await human.close()
  await tandem.sessions.close(session.id)
})
