/** Sessions that end by themselves: told before, kept by use, and why they ended. */
import { chromium } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { LiveClient } from '../harness/liveClient.ts'
import { spawnServer, startTestServer } from '../harness/server.ts'
import type { TestServer } from '../harness/server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer({ idleTimeoutS: 0 })
})
afterAll(async () => {
  await server?.close()
})
const resource = async (id: string, of = server): Promise<ReturnType<typeof JSON.parse>> => (await of.request('GET', `/v1/agent-sessions/${id}`)).body
const types = async (id: string): Promise<string[]> =>
  (await server.request('GET', `/v1/agent-sessions/${id}/timeline?limit=1000`)).body.data.map((entry: { type: string }) => entry.type)

test('a session that nobody uses is announced, kept by a command, and then ends as idle', async () => {
  const session = await server.create({ idle_timeout_s: 3 })
  expect(Date.parse((await resource(session.id)).idle_ends_at)).toBeGreaterThan(Date.now())
  await expect.poll(() => types(session.id), { timeout: 20_000 }).toContain('session.expiring')
  // Looking at its state is no use; looking at its page is.
  expect((await server.request('GET', `/v1/agent-sessions/${session.id}/page-state`)).status).toBe(200)
  expect(await types(session.id)).toContain('session.kept')
  await expect.poll(async () => (await resource(session.id)).closed_reason, { timeout: 20_000 }).toBe('idle')
  expect((await types(session.id)).filter((type) => type === 'session.expiring')).toHaveLength(2)
})

test('neither a viewer nor an agent lets a session become idle; the time begins when they go', async () => {
  const session = await server.create({ idle_timeout_s: 5 })
  const viewer = await LiveClient.join(session.live.ws_url)
  expect((await resource(session.id)).idle_ends_at).toBeNull()
  const agent = await chromium.connectOverCDP(session.cdp.ws_url)
  await viewer.close()
  expect((await resource(session.id)).idle_ends_at).toBeNull()
  expect(viewer.events('session.expiring')).toEqual([])
  await agent.close()
  await expect.poll(async () => (await resource(session.id)).idle_ends_at, { timeout: 20_000 }).not.toBeNull()
  await expect.poll(async () => (await resource(session.id)).closed_reason, { timeout: 20_000 }).toBe('idle')
})

test('the longest duration is announced to viewers and ends the session under them', async () => {
  const session = await server.create({ max_duration_s: 3 })
  const { ends_at, created_at } = await resource(session.id)
  expect(Date.parse(ends_at) - Date.parse(created_at)).toBe(3_000)
  const viewer = await LiveClient.join(session.live.ws_url)
  expect(await viewer.event('session.expiring')).toEqual({ kind: 'absolute', endsAt: ends_at })
  const late = await LiveClient.join(session.live.ws_url)
  expect(await late.event('session.expiring')).toMatchObject({ kind: 'absolute' })
  expect(await viewer.event('session.closed')).toEqual({ reason: 'max-duration' })
  expect((await viewer.closed).code).toBe(4410)
  expect((await resource(session.id)).closed_reason).toBe('max-duration')
})

test('what a session may take counts from its creation, also after the server was killed', async () => {
  const first = await spawnServer()
  const session = await first.create({ max_duration_s: 12 })
  await first.kill('SIGKILL')
  const second = await spawnServer({ dataDir: first.dataDir })
  try {
    expect((await resource(session.id, second)).ends_at).toBe(session.ends_at)
    await expect.poll(async () => (await resource(session.id, second)).closed_reason, { timeout: 20_000 }).toBe('max-duration')
  } finally {
    await second.close()
    await first.close()
  }
})
