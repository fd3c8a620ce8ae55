/** Browsers kept ready, and what the server may carry: what one session leaves never reaches the next, and no limit is overrun. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { chromium } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { LiveClient } from '../harness/liveClient.ts'
import { servePages } from '../harness/pages.ts'
import type { Pages } from '../harness/pages.ts'
import { chromiumsOf, startTestServer } from '../harness/server.ts'
import type { TestServer } from '../harness/server.ts'

const PHONE = { width: 402, height: 874, scale: 3, touch: true, mobile: true }
const folders = (server: TestServer): string[] => readdirSync(join(server.dataDir, 'sessions'))

// A busy machine refills late.
describe('a pool of one', { timeout: 120_000 }, () => {
  let server: TestServer
  let pages: Pages
  beforeAll(async () => {
    pages = await servePages({ '/page': '<!doctype html><title>Page</title><meta name=viewport content=width=device-width>page' })
    server = await startTestServer({ poolSize: 1, maxSessions: 3 })
  })
  afterAll(async () => {
    await server?.close()
    await pages?.close()
  })
  const ready = async (): Promise<void> => {
    await expect.poll(async () => (await server.request('GET', '/metrics')).body, { timeout: 50_000 }).toMatch(/^tandem_pool_browsers 1$/m)
  }

  test('a session takes the browser that is ready, in the shape that it asks for', async () => {
    await ready()
    const [waiting] = folders(server)
    const session = await server.create({ initial_url: `${pages.url}/page`, device: 'phone' })
    expect(session.id).toBe(waiting)
    expect(session.viewport).toEqual(PHONE)
    const agent = await chromium.connectOverCDP(session.cdp.ws_url)
    const page = agent.contexts()[0]!.pages()[0]!
    expect(await page.evaluate(() => [innerWidth, innerHeight, devicePixelRatio, navigator.maxTouchPoints > 0])).toEqual([402, 874, 3, true])
    await page.evaluate(() => {
      document.cookie = 'left=behind; max-age=3600'
      localStorage.setItem('left', 'behind')
    })
    await agent.close()
    await server.request('DELETE', `/v1/agent-sessions/${session.id}`)
  })

  test('nothing of one session reaches the next: a used browser never comes back', async () => {
    await ready()
    const [waiting] = folders(server)
    const session = await server.create({ initial_url: `${pages.url}/page` })
    expect(session.id).toBe(waiting)
    const agent = await chromium.connectOverCDP(session.cdp.ws_url)
    const page = agent.contexts()[0]!.pages()[0]!
    expect(await page.evaluate(() => [document.cookie, localStorage.length])).toEqual(['', 0])
    await agent.close()
    const viewer = await LiveClient.join(session.live.ws_url)
    await viewer.call('media.start', { transport: 'webrtc' })
    await viewer.event('media.offer')
    await viewer.close()
    await server.request('DELETE', `/v1/agent-sessions/${session.id}`)
  })

  test('a browser that dies while it waits is replaced, and a session that comes meanwhile is made without it', async () => {
    await ready()
    const [waiting] = folders(server)
    const pids = chromiumsOf(join(server.dataDir, 'sessions', waiting ?? ''))
    for (const pid of pids) process.kill(pid, 'SIGKILL')
    const session = await server.create({ initial_url: `${pages.url}/page` })
    expect(session.page_state).toMatchObject({ url: `${pages.url}/page` })
    await server.request('DELETE', `/v1/agent-sessions/${session.id}`)
    await ready()
    await expect.poll(() => folders(server).length, { timeout: 20_000 }).toBe(1)
  })

  test('downloads and uploads of a session from the pool are its own', async () => {
    await ready()
    const session = await server.create()
    const file = await server.request('POST', `/v1/agent-sessions/${session.id}/files`, {
      body: { name: 'a.txt', mime: 'text/plain', data_b64: Buffer.from('hello').toString('base64') },
    })
    expect(file.status).toBe(201)
    expect(readdirSync(join(server.dataDir, 'sessions', session.id, 'files', 'uploads'))).toHaveLength(1)
    await server.request('DELETE', `/v1/agent-sessions/${session.id}`)
    await expect.poll(() => folders(server).includes(session.id)).toBe(false)
  })
})

test('of many creates at once exactly as many are made as may be; the others hear so at once, and nothing is left of them', async () => {
  await using server = await startTestServer({ maxSessions: 2 })
  const answers = await Promise.all(Array.from({ length: 30 }, () => server.request('POST', '/v1/agent-sessions', { body: {} })))
  const made = answers.filter(({ status }) => status === 201)
  expect(made).toHaveLength(2)
  expect(answers.filter(({ body }) => body.code === 'session/limit' && body.limit === 2)).toHaveLength(28)
  expect((await server.request('GET', '/v1/agent-sessions?status=all')).body.data).toHaveLength(2)
  expect(folders(server).toSorted()).toEqual(made.map(({ body }) => body.id).toSorted())
  for (const { body } of made) await server.request('DELETE', `/v1/agent-sessions/${body.id}`)
  expect((await server.request('POST', '/v1/agent-sessions', { body: {} })).status).toBe(201)
})

test('over the memory limit a session is refused with words and a time to wait', async () => {
  await using server = await startTestServer({ maxMemoryMb: 1 })
  const { status, body, headers } = await server.request('POST', '/v1/agent-sessions', { body: {} })
  expect([status, body.code, body.limit_mb]).toEqual([503, 'server/overloaded', 1])
  expect(body.detail).toContain('TANDEM_MAX_MEMORY_MB')
  expect(Number(headers.get('retry-after'))).toBeGreaterThan(0)
})
