/** Sessions whose LiveKit server is lost: they say so, new ones go elsewhere, and it comes back. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { startLiveKit } from '../harness/livekit.ts'
import type { LiveKit } from '../harness/livekit.ts'
import { startTestServer } from '../harness/server.ts'
import type { Answer, TestServer } from '../harness/server.ts'

const WAIT = { timeout: 40_000, interval: 100 }
let one: LiveKit
let two: LiveKit
/** Whether the second was killed. */
let isLost = false
beforeAll(async () => {
  ;[one, two] = await Promise.all([startLiveKit(), startLiveKit()])
})
beforeEach(async () => {
  if (isLost) await two.start()
  isLost = false
})
afterAll(async () => {
  await Promise.all([one?.close(), two?.close()])
})

const joinInfo = (server: TestServer, id: string): Promise<Answer> => server.request('POST', `/v1/agent-sessions/${id}/livekit-token`)
const roomOf = async (server: TestServer, id: string) => (await server.request('GET', `/v1/agent-sessions/${id}`)).body.room
const register = (server: TestServer, id: string, livekit: LiveKit): Promise<Answer> =>
  server.request('POST', '/v1/nodes/register', { body: livekit.registration(id) })

test('two nodes, one killed: its sessions say so, new ones go to the other, and it is taken up again when it is back', { timeout: 180_000 }, async () => {
  await using server = await startTestServer()
  await register(server, 'one', one)
  await register(server, 'two', two)
  const sessions = [await server.create(), await server.create()]
  const joined = await Promise.all(sessions.map(({ id }) => joinInfo(server, id)))
  expect(joined.map(({ status }) => status)).toEqual([200, 200])
  expect(joined.map(({ body }) => body.ws_url).toSorted()).toEqual([one.url, two.url].toSorted())
  const [lost = sessions[0], kept = sessions[1]] = joined[0]?.body.ws_url === two.url ? sessions : sessions.toReversed()
  if (!lost || !kept) throw new Error('there are no sessions')
  expect((await roomOf(server, lost.id)).node_id).toBe('two')

  isLost = true
  await two.kill()
  await vi.waitFor(async () => expect(await roomOf(server, lost.id)).toMatchObject({ node_id: 'two', state: 'down', reason: expect.any(String) }), WAIT)
  expect((await roomOf(server, kept.id)).state).not.toBe('down')
  const nodes = async () => (await server.request('GET', '/v1/nodes')).body.data
  await vi.waitFor(async () => expect(await nodes()).toMatchObject([{ connected: true }, { id: 'two', connected: false }]), WAIT)
  for (const next of [await server.create(), await server.create()])
    expect(await joinInfo(server, next.id)).toMatchObject({ status: 200, body: { ws_url: one.url } })
  expect(await nodes()).toMatchObject([
    { id: 'one', connected: true, sessions: 3 },
    { id: 'two', connected: false, sessions: 1 },
  ])

  await two.start()
  isLost = false
  await vi.waitFor(async () => expect((await roomOf(server, lost.id)).state).not.toBe('down'), WAIT)
  expect((await joinInfo(server, lost.id)).body.ws_url).toBe(two.url)
  await server.request('DELETE', `/v1/agent-sessions/${lost.id}`)
  await vi.waitFor(async () => expect((await server.request('DELETE', '/v1/nodes/two')).status).toBe(204), WAIT)
})

test('a sealed secret whose key is gone: 503 for those who would join, everything else goes on', { timeout: 120_000 }, async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'tandem-lost-key-'))
  try {
    const first = await startTestServer({ dataDir })
    await register(first, 'one', one)
    const { id } = await first.create()
    expect((await joinInfo(first, id)).status).toBe(200)
    await first.close()
    rmSync(join(dataDir, 'secret-key'))
    await using second = await startTestServer({ dataDir })
    // Its browser is started anew.
    await vi.waitFor(async () => expect((await second.request('GET', `/v1/agent-sessions/${id}`)).body.status).toBe('active'), WAIT)
    const refused = await joinInfo(second, id)
    expect(refused).toMatchObject({ status: 503, body: { code: 'room/secret-unreadable' } })
    expect(JSON.stringify(refused.body)).not.toContain(one.apiSecret)
    await vi.waitFor(async () => expect(await roomOf(second, id)).toMatchObject({ node_id: 'one', state: 'down' }), WAIT)
    const made = await second.create()
    expect(made).not.toHaveProperty('livekit')
    expect(await joinInfo(second, made.id)).toMatchObject({ status: 503, body: { code: 'room/unavailable' } })
    await register(second, 'one', one)
    expect((await joinInfo(second, id)).status).toBe(200)
  } finally {
    rmSync(dataDir, { recursive: true, force: true, maxRetries: 5 })
  }
})
