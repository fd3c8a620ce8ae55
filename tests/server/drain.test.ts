/** A stop that waits: no new sessions, viewers told, sessions in use end in their own time, a second signal means now. */
import { expect, test } from 'vitest'
import { LiveClient } from '../harness/liveClient.ts'
import { chromiumsOf, spawnServer } from '../harness/server.ts'

test('SIGTERM waits for the session in use, takes no other, and ends when its viewer has left', async () => {
  await using server = await spawnServer({ env: { TANDEM_DRAIN_MS: '600000' } })
  const session = await server.create()
  const viewer = await LiveClient.join(session.live.ws_url)
  await viewer.call('control.take', {})
  const ended = server.kill('SIGTERM')
  await viewer.event('server.draining')
  expect((await server.request('GET', '/health', { token: null })).status).toBe(200)
  const { status, body } = await server.request('GET', '/ready', { token: null })
  expect(status).toBe(503)
  expect(body.reasons).toEqual([expect.stringContaining('shutting down')])
  expect((await server.request('GET', '/metrics', { token: null })).body).toContain('tandem_draining 1')
  expect((await server.request('POST', '/v1/agent-sessions', { body: {} })).body.code).toBe('server/shutting-down')
  // The one who drives goes on, over a new connection too.
  const again = await LiveClient.join(session.live.ws_url)
  await viewer.call('control.release', {})
  await again.close()
  await viewer.close()
  expect((await ended).code).toBe(0)
  expect(chromiumsOf(server.dataDir)).toEqual([])
})

test('a second SIGTERM ends at once', async () => {
  await using server = await spawnServer({ env: { TANDEM_DRAIN_MS: '600000' } })
  const session = await server.create()
  const viewer = await LiveClient.join(session.live.ws_url)
  const ended = server.kill('SIGTERM')
  await viewer.event('server.draining')
  server.child.kill('SIGTERM')
  expect((await ended).code).toBe(1)
  await viewer.closed
})

test('the time to drain is over some day: then the server ends in good order, and the session is restored by the next', async () => {
  await using server = await spawnServer({ env: { TANDEM_DRAIN_MS: '1000' } })
  const session = await server.create()
  const viewer = await LiveClient.join(session.live.ws_url)
  expect((await server.kill('SIGTERM')).code).toBe(0)
  expect((await viewer.closed).code).toBe(4503)
  await using next = await spawnServer({ dataDir: server.dataDir })
  await expect.poll(async () => (await next.request('GET', `/v1/agent-sessions/${session.id}`)).body.status, { timeout: 20_000 }).toBe('active')
})
