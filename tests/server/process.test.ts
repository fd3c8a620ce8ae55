/** The server as a process: its one line, its signals, what it leaves behind, what survives it, and its size. */
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { LiveClient } from '../harness/liveClient.ts'
import { servePages } from '../harness/pages.ts'
import { chromiumsOf, spawnServer } from '../harness/server.ts'
import type { ServerProcess } from '../harness/server.ts'

let dataDir: string
const servers: ServerProcess[] = []

async function start(env: Record<string, string> = {}): Promise<ServerProcess> {
  const server = await spawnServer({ dataDir, env })
  servers.push(server)
  return server
}

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'tandem-process-'))
})
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close()
  await rm(dataDir, { recursive: true, force: true, maxRetries: 5 })
})

async function waitActive(server: ServerProcess, id: string): Promise<void> {
  await expect.poll(async () => (await server.request('GET', `/v1/agent-sessions/${id}`)).body.status, { timeout: 20_000 }).toBe('active')
}

test('standard output has the login link and nothing else; the log has no secrets', async () => {
  const server = await start({ TANDEM_LOG_LEVEL: 'trace' })
  expect(server.stdout()).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/#token=[\w.-]+\n$/)
  const session = await server.create()
  const viewer = await LiveClient.join(session.live.ws_url)
  await server.request('GET', `/v1/agent-sessions/nothing?token=verysecret`)
  await server.request('POST', '/v1/auth/login', { token: null, body: { token: server.apiKey } })
  await viewer.close()
  await server.kill('SIGTERM')
  expect(server.stdout().split('\n')).toHaveLength(2)
  const log = server.stderr()
  expect(log).toContain('/v1/agent-sessions')
  const token = new URL(session.live.ws_url).searchParams.get('token') ?? ''
  for (const secret of [server.apiKey, token, 'verysecret', new URL(server.loginUrl).hash.replace('#token=', '')]) expect(log).not.toContain(secret)
})

test('SIGTERM in the middle of everything ends within five seconds and leaves no Chromium', async () => {
  const server = await start()
  const session = await server.create()
  const viewer = await LiveClient.join(session.live.ws_url)
  await viewer.call('media.start', { transport: 'webrtc' })
  await viewer.call('control.take', {})
  const waiting = server.request('POST', `/v1/agent-sessions/${session.id}/human-requests`, { body: { reason: 'wait' } }).catch(() => null)
  await viewer.event('humanRequest.opened')
  // One more browser is just being launched.
  const launching = server.request('POST', '/v1/agent-sessions', { body: {} }).catch(() => null)
  await expect.poll(() => chromiumsOf(dataDir).length).toBeGreaterThan(0)
  // What takes longer than five seconds ends with 1: service managers would kill it.
  expect((await server.kill('SIGTERM')).code).toBe(0)
  // Killed processes take a moment to go where the machine is busy.
  await expect.poll(() => chromiumsOf(dataDir)).toEqual([])
  expect((await viewer.closed).code).toBe(4503)
  expect(viewer.events('server.draining')).toHaveLength(1)
  expect((await waiting)?.body.code).toBe('server/shutting-down')
  await launching
})

test('after SIGKILL the next start finds no Chromium and brings the session back', async () => {
  await using pages = await servePages({
    '/login': '<!doctype html><title>in</title><script>document.cookie = "user=ann; max-age=3600"</script>',
    '/cart': '<!doctype html><title>cart</title>',
  })
  const first = await start()
  const session = await first.create({ initial_url: `${pages.url}/login`, name: 'kept', mode: 'pair' })
  const viewer = await LiveClient.join(session.live.ws_url)
  const { epoch } = await viewer.call('control.take', {})
  await viewer.call('tab.open', { url: `${pages.url}/cart`, epoch })
  await viewer.event('tab.listChanged', ({ tabs }) => tabs.length === 2 && tabs.every((tab) => !tab.loading && tab.url !== 'about:blank'))
  const pids = chromiumsOf(dataDir)
  expect(pids.length).toBeGreaterThan(0)
  await first.kill('SIGKILL')

  const second = await start()
  expect(second.apiKey).toBe(first.apiKey)
  expect(chromiumsOf(dataDir).filter((pid) => pids.includes(pid))).toEqual([])
  await waitActive(second, session.id)
  const { body } = await second.request('GET', `/v1/agent-sessions/${session.id}`)
  expect(body).toMatchObject({ name: 'kept', mode: 'pair' })
  // The epoch goes on rising, so that nothing from before counts; the human has a grace to come back.
  expect(body.control.epoch).toBeGreaterThan(epoch)
  expect(body.control.state).toBe('human-driving')
  const url = session.live.ws_url.replace(first.url.replace('http', 'ws'), second.url.replace('http', 'ws'))
  const again = await LiveClient.join(`${url}&resume=${viewer.hello.resumeToken}`)
  expect(again.hello.viewer.id).toBe(viewer.hello.viewer.id)
  expect((await again.refusal('tab.open', { epoch })).code).toBe('control/stale-epoch')
  await expect.poll(async () => (await LiveClient.join(url)).hello.tabs.map((tab) => new URL(tab.url).pathname)).toEqual(['/login', '/cart'])
  const timeline = (await second.request('GET', `/v1/agent-sessions/${session.id}/timeline?limit=1000`)).body.data
  expect(timeline.map((entry: { type: string }) => entry.type)).toEqual(expect.arrayContaining(['session.created', 'session.restored', 'browser.restored']))
  const seqs = timeline.map((entry: { seq: number }) => entry.seq)
  expect(seqs).toEqual(seqs.toSorted((a: number, b: number) => a - b))
})

test('tokens and closed sessions survive a restart, and so does a revocation', async () => {
  const first = await start()
  const session = await first.create()
  const closed = await first.create()
  await first.request('DELETE', `/v1/agent-sessions/${closed.id}`)
  const mint = async (): Promise<{ id: string; token: string }> =>
    (await first.request('POST', `/v1/agent-sessions/${session.id}/viewer-tokens`, { body: { role: 'view' } })).body
  const [good, bad] = [await mint(), await mint()]
  await first.request('DELETE', `/v1/agent-sessions/${session.id}/viewer-tokens/${bad.id}`)
  await first.kill('SIGINT')
  const second = await start()
  expect((await second.request('GET', `/v1/agent-sessions/${session.id}`, { token: good.token })).status).toBe(200)
  expect((await second.request('GET', `/v1/agent-sessions/${session.id}`, { token: bad.token })).body.code).toBe('auth/revoked')
  expect((await second.request('GET', `/v1/agent-sessions/${closed.id}`)).body).toMatchObject({ status: 'closed', closed_reason: 'closed by request' })
  expect((await second.request('GET', '/v1/agent-sessions?status=all')).body.data).toHaveLength(2)
  await waitActive(second, session.id)
})

test('a second server on the same data directory is refused and harms nothing', async () => {
  const first = await start()
  const session = await first.create()
  await expect(spawnServer({ dataDir })).rejects.toThrow(/Another Tandem server uses this data directory/)
  expect((await first.request('GET', `/v1/agent-sessions/${session.id}/screenshot`)).status).toBe(200)
})

test('a configuration that cannot work says which variable is wrong', async () => {
  const refused = (env: Record<string, string>): Promise<unknown> => expect(spawnServer({ dataDir, env })).rejects.toThrow(/ended with 1: tandem: .*/)
  await refused({ TANDEM_PORT: 'seven' })
  await expect(spawnServer({ dataDir, env: { TANDEM_PORT: 'seven' } })).rejects.toThrow(/TANDEM_PORT/)
  await expect(spawnServer({ dataDir, env: { TANDEM_ICE_POLICY: 'relay' } })).rejects.toThrow(/TURN_SERVER_URL/)
  await expect(spawnServer({ dataDir, env: { TANDEM_ORIGINS: 'example.com' } })).rejects.toThrow(/TANDEM_ORIGINS/)
  const first = await start()
  await expect(spawnServer({ dataDir: `${dataDir}/other`, env: { TANDEM_PORT: new URL(first.url).port } })).rejects.toThrow(/TANDEM_PORT: \d+ is in use/)
})

test('a crash of Chromium is told, and the same session goes on in a new one', async () => {
  await using pages = await servePages({ '/page': '<!doctype html><title>here</title>' })
  const server = await start()
  const session = await server.create({ initial_url: `${pages.url}/page` })
  const viewer = await LiveClient.join(session.live.ws_url)
  const { peerId } = await viewer.call('media.start', { transport: 'webrtc' })
  const crash = (): void => {
    for (const pid of chromiumsOf(dataDir)) if (!readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('--type=')) process.kill(pid, 'SIGKILL')
  }
  crash()
  await viewer.event('session.changed', ({ status }) => status === 'paused')
  expect(await viewer.event('media.ended')).toMatchObject({ peerId, retry: true })
  const active = viewer.messages.length
  await viewer.find(
    (message) => viewer.messages.indexOf(message) >= active - 1 && message.event === 'session.changed' && JSON.stringify(message.data).includes('"active"'),
  )
  await viewer.call('media.start', { transport: 'webrtc' })
  await viewer.event('tab.listChanged', ({ tabs }) => tabs.some((tab) => tab.url === `${pages.url}/page` && !tab.loading))
  // A second crash so soon is no accident.
  crash()
  expect((await viewer.event('session.closed')).reason).toContain('browser-crashed')
  expect((await viewer.closed).code).toBe(4410)
  expect((await server.request('GET', `/v1/agent-sessions/${session.id}`)).body).toMatchObject({
    status: 'closed',
    closed_reason: expect.stringContaining('crash'),
  })
  await expect.poll(() => chromiumsOf(dataDir)).toEqual([])
})

test('the server without a session stays below 120 MB', async () => {
  // The first start fills the cache of compiled sources, as the first `npm start` does.
  const env = { NODE_COMPILE_CACHE: join(dataDir, 'cache') }
  await (await start(env)).kill('SIGTERM')
  const server = await start(env)
  await server.request('GET', '/openapi.json')
  await server.request('GET', '/v1/agent-sessions')
  expect(rssMb(server.pid)).toBeLessThan(120)
})

function rssMb(pid: number): number {
  return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024
}
