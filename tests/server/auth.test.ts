/** Who may do what: credentials of every kind on every route, origins, cookies, logins. */
import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { LiveClient } from '../harness/liveClient.ts'
import { startTestServer } from '../harness/server.ts'
import type { TestServer } from '../harness/server.ts'

let server: TestServer
let id: string
let foreign: string
const tokens: Record<string, string> = {}
const at = (path: string): string => `/v1/agent-sessions/${id}${path}`

async function mint(role: string, body: object = {}): Promise<{ id: string; token: string; url: string; expires_at: string }> {
  return (await server.request('POST', at('/viewer-tokens'), { body: { role, ...body } })).body
}

beforeAll(async () => {
  server = await startTestServer({ origins: ['https://app.example.com'] })
  id = (await server.create()).id
  foreign = (await server.create()).id
  for (const role of ['view', 'control', 'agent']) tokens[role] = (await mint(role)).token
})
afterAll(() => server?.close())

const ROUTES: { method: string; path: string; body?: unknown; for: string[] }[] = [
  { method: 'GET', path: '', for: ['view', 'control', 'agent'] },
  { method: 'GET', path: '/timeline', for: ['view', 'control', 'agent'] },
  { method: 'GET', path: '/viewers', for: [] },
  { method: 'GET', path: '/page-state', for: ['view', 'control', 'agent'] },
  { method: 'GET', path: '/screenshot', for: ['view', 'control', 'agent'] },
  { method: 'GET', path: '/downloads', for: ['view', 'control', 'agent'] },
  { method: 'GET', path: '/human-requests', for: ['view', 'control', 'agent'] },
  { method: 'POST', path: '/takeover', body: { client_id: 'someone' }, for: ['control'] },
  { method: 'POST', path: '/handback', body: { client_id: 'someone' }, for: ['control'] },
  { method: 'POST', path: '/input-event', body: {}, for: ['control'] },
  { method: 'POST', path: '/files', body: {}, for: ['control'] },
  { method: 'POST', path: '/steps', body: {}, for: ['agent'] },
  { method: 'DELETE', path: '/steps/none', for: ['agent'] },
  { method: 'POST', path: '/human-requests', body: {}, for: ['agent'] },
  { method: 'GET', path: '/cdp/json/version', for: ['agent'] },
  { method: 'POST', path: '/mode', body: { mode: 'pair' }, for: [] },
  { method: 'GET', path: '/viewer-tokens', for: [] },
  { method: 'POST', path: '/viewer-tokens', body: {}, for: [] },
  { method: 'DELETE', path: '/viewer-tokens/none', for: [] },
  { method: 'DELETE', path: '', for: [] },
]

describe('roles', () => {
  for (const route of ROUTES) {
    test(`${route.method} …${route.path} is for ${[...route.for, 'admin'].join(', ')}`, async () => {
      for (const role of ['view', 'control', 'agent']) {
        const { status, body } = await server.request(route.method, at(route.path), { body: route.body, token: tokens[role] })
        if (route.for.includes(role)) expect([role, status]).not.toEqual([role, 403])
        else expect([role, status, body.code, body.role]).toEqual([role, 403, 'auth/forbidden', role])
      }
      const nobody = await server.request(route.method, at(route.path), { body: route.body, token: null })
      expect([nobody.status, nobody.body.code]).toEqual([401, 'auth/missing'])
    })
  }
})

test('a token of one session sees no other: 404, as if there were none', async () => {
  for (const role of ['view', 'control', 'agent']) {
    const { status, body } = await server.request('GET', `/v1/agent-sessions/${foreign}`, { token: tokens[role] })
    expect([status, body.code]).toEqual([404, 'session/not-found'])
    const list = await server.request('GET', '/v1/agent-sessions', { token: tokens[role] })
    expect(list.body.data.map((session: { id: string }) => session.id)).toEqual([id])
    expect((await server.request('POST', '/v1/agent-sessions', { token: tokens[role], body: {} })).status).toBe(403)
  }
})

test('the addresses in a session carry no more rights than who asked', async () => {
  const view = (await server.request('GET', at(''), { token: tokens['view'] })).body
  expect(view.cdp).toBeUndefined()
  const viewToken = new URL(view.live.ws_url).searchParams.get('token')
  expect((await server.request('GET', '/v1/auth/me', { token: viewToken })).body).toEqual({ role: 'view', session_id: id })
  const agent = (await server.request('GET', at(''), { token: tokens['agent'] })).body
  expect(agent.cdp.ws_url).toContain('token=')
  const linkToken = new URL(agent.view_url).hash.replace('#token=', '')
  expect((await server.request('GET', '/v1/auth/me', { token: linkToken })).body.role).toBe('view')
  // A scoped token of an admin is of one session all the same.
  const admin = (await server.request('GET', at(''))).body
  const adminToken = new URL(admin.live.ws_url).searchParams.get('token')
  expect((await server.request('GET', `/v1/agent-sessions/${foreign}`, { token: adminToken })).status).toBe(404)
  expect((await server.request('POST', '/v1/agent-sessions', { token: adminToken, body: {} })).status).toBe(403)
  expect((await server.request('POST', '/v1/auth/links', { token: adminToken })).status).toBe(403)
})

/** An admin's token by somebody who does not know the secret. */
function forge(alg: string, secret: string): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  const head = `${part({ alg })}.${part({ role: 'admin', sid: null, by: null, jti: 'url_1', iss: 'tandem', exp: Math.floor(Date.now() / 1_000) + 3_600 })}`
  return `${head}.${alg === 'none' ? '' : createHmac('sha256', secret).update(head).digest('base64url')}`
}

test('wrong, foreign, unsigned and expired credentials are refused, each with its code', async () => {
  const codes: [string, string][] = [
    ['nonsense', 'auth/invalid'],
    [`${server.apiKey}x`, 'auth/invalid'],
    [forge('HS256', 'guess'), 'auth/invalid'],
    [forge('none', ''), 'auth/invalid'],
  ]
  for (const [token, code] of codes) {
    const { status, body } = await server.request('GET', at(''), { token })
    expect([status, body.code]).toEqual([401, code])
  }
  expect((await server.request('GET', at(''), { token: null, headers: { authorization: 'Basic dXNlcjpwYXNz' } })).body.code).toBe('auth/invalid')
})

test("an agent's socket ends with its token, by which address ever it came, and takes no command meanwhile", async () => {
  const minted = await mint('agent')
  const { body } = await server.request('GET', at(''), { token: minted.token })
  const ends: Promise<number>[] = []
  for (const address of [body.cdp.ws_url, body.cdp.ws_url.replace(/token=.*/, `token=${minted.token}`)]) {
    const socket = new WebSocket(address)
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject))
    ends.push(new Promise((resolve) => socket.once('close', resolve)))
  }
  expect((await server.request('DELETE', at(`/viewer-tokens/${minted.id}`))).status).toBe(204)
  expect(await Promise.all(ends)).toEqual([4401, 4401])
  await expect.poll(async () => (await server.request('GET', at(''))).body.agents).toBe(0)
})

test('who makes up names gets only so far, and those who have one go on', async () => {
  const { id: session } = await server.create()
  const { body } = await server.request('POST', `/v1/agent-sessions/${session}/viewer-tokens`, { body: { role: 'control' } })
  const handback = async (client_id: string): Promise<string> =>
    (await server.request('POST', `/v1/agent-sessions/${session}/handback`, { token: body.token, body: { client_id } })).body.code
  for (let from = 0; from < 1_000; from += 100) await Promise.all(Array.from({ length: 100 }, (_, index) => handback(`name-${from + index}`)))
  expect(await handback('one-more')).toBe('request/rate-limited')
  expect(await handback('name-0')).toBe('control/invalid-transition')
  await server.request('DELETE', `/v1/agent-sessions/${session}`)
})

test('an upgrade whose address cannot be read is refused, and the server goes on', async () => {
  const { hostname, port } = new URL(server.url)
  for (const path of ['//', 'http://[', '///v1', '/v1/agent-sessions/%/live', '*']) {
    const socket = connect(Number(port), hostname)
    socket.write(`GET ${path} HTTP/1.1\r\nHost: ${hostname}:${port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`)
    const [answer] = await once(socket, 'data')
    expect(String(answer), path).toMatch(/^HTTP\/1.1 40[0-4] /)
    socket.destroy()
  }
  expect((await server.request('GET', '/health')).status).toBe(200)
})

test('a revoked token ends at once, for its addresses and its sockets too', async () => {
  const minted = await mint('control', { name: 'for Bob' })
  const { body } = await server.request('GET', at(''), { token: minted.token })
  const client = await LiveClient.join(body.live.ws_url)
  await client.call('control.take', {})
  expect((await server.request('GET', at('/viewer-tokens'))).body.data).toContainEqual(
    expect.objectContaining({ id: minted.id, name: 'for Bob', role: 'control' }),
  )
  expect(JSON.stringify((await server.request('GET', at('/viewer-tokens'))).body)).not.toContain(minted.token)
  expect((await server.request('DELETE', at(`/viewer-tokens/${minted.id}`))).status).toBe(204)
  expect(await client.closed).toEqual({ code: 4401, reason: 'auth/revoked' })
  expect((await server.request('GET', at(''), { token: minted.token })).body.code).toBe('auth/revoked')
  expect(await new LiveClient(body.live.ws_url).closed).toEqual({ code: 4401, reason: 'auth/revoked' })
  // Whoever lost the right to drive holds nothing any more.
  await expect.poll(async () => (await server.request('GET', at(''))).body.control.state).toBe('ai-driving')
  expect((await server.request('GET', at('/viewer-tokens'))).body.data.map((token: { id: string }) => token.id)).not.toContain(minted.id)
})

test('a login link becomes a cookie that works for this server alone, until logout', async () => {
  const token = new URL(server.loginUrl).hash.replace('#token=', '')
  const login = await server.request('POST', '/v1/auth/login', { token: null, body: { token } })
  expect([login.status, login.body]).toEqual([200, { role: 'admin', session_id: null }])
  const header = login.headers.get('set-cookie') ?? ''
  expect(header).toMatch(/^tandem_session=.+; Path=\/; Expires=.+; HttpOnly; SameSite=Strict$/)
  const cookie = header.split(';')[0] ?? ''
  const withCookie = (headers: Record<string, string> = {}) => server.request('GET', '/v1/auth/me', { token: null, headers: { cookie, ...headers } })
  expect((await withCookie()).body).toEqual({ role: 'admin', session_id: null })
  expect((await withCookie({ origin: server.url })).status).toBe(200)
  // A configured page, which may be of the same site, and another port of this machine have the cookie sent along; they may not use it.
  expect((await withCookie({ origin: 'https://app.example.com' })).body.code).toBe('auth/origin')
  expect((await withCookie({ origin: 'http://127.0.0.1:3000' })).body.code).toBe('auth/origin')
  const client = new LiveClient(`${server.url.replace('http', 'ws')}${at('/live')}`, { headers: { cookie, origin: 'http://localhost:3000' } })
  expect((await client.closed).code).toBe(4403)
  const good = await LiveClient.join(`${server.url.replace('http', 'ws')}${at('/live')}`, { headers: { cookie, origin: server.url } })
  expect(good.hello.viewer.role).toBe('admin')

  expect((await server.request('POST', '/v1/auth/logout', { token: null, headers: { cookie } })).status).toBe(204)
  expect((await withCookie()).body.code).toBe('auth/revoked')
  expect((await good.closed).code).toBe(4401)
  expect((await server.request('POST', '/v1/auth/login', { token: null, body: { token: 'wrong' } })).body.code).toBe('auth/invalid')
  expect((await server.request('POST', '/v1/auth/login', { token: null, body: { token: tokens['view'] } })).body.code).toBe('auth/forbidden')
})

test('a fresh login link can be asked for', async () => {
  const { body, status } = await server.request('POST', '/v1/auth/links')
  expect(status).toBe(201)
  const token = new URL(body.url).hash.replace('#token=', '')
  expect((await server.request('POST', '/v1/auth/login', { token: null, body: { token } })).status).toBe(200)
})

test('pages of foreign origins are refused, with any credential, on every route', async () => {
  for (const origin of ['https://evil.example', 'null', 'http://127.0.0.1.evil.example', 'chrome-extension://abcdefghijklmnopabcdefghijklmnop']) {
    const { status, body } = await server.request('GET', at(''), { headers: { origin } })
    expect([origin, status, body.code]).toEqual([origin, 403, 'auth/origin'])
    expect((await server.request('POST', '/v1/auth/login', { body: { token: server.apiKey }, token: null, headers: { origin } })).status).toBe(403)
  }
  const loopback = await server.request('GET', at(''), { headers: { origin: 'http://localhost:5173' } })
  expect([loopback.status, loopback.headers.get('access-control-allow-origin')]).toEqual([200, 'http://localhost:5173'])
  expect(loopback.headers.get('access-control-allow-credentials')).toBeNull()
  const preflight = await server.request('OPTIONS', at('/takeover'), {
    token: null,
    headers: { origin: 'https://app.example.com', 'access-control-request-method': 'POST' },
  })
  expect([preflight.status, preflight.headers.get('access-control-allow-headers')]).toEqual([
    204,
    'authorization, content-type, idempotency-key, if-none-match, tandem-claim',
  ])
  expect((await server.request('OPTIONS', at('/takeover'), { token: null, headers: { origin: 'https://evil.example' } })).status).toBe(403)
})

test('a name that was rebound to this machine is no origin of ours', async () => {
  const { port } = new URL(server.url)
  const { request } = await import('node:http')
  const status = await new Promise<number | undefined>((resolve, reject) => {
    const call = request(`${server.url}/v1/auth/me`, {
      headers: { host: `evil.example:${port}`, origin: `http://evil.example:${port}`, authorization: `Bearer ${server.apiKey}` },
    })
    call.on('response', (response) => resolve(response.statusCode))
    call.on('error', reject)
    call.end()
  })
  expect(status).toBe(403)
})

test('client ids of REST callers cannot be borrowed', async () => {
  const ann = await mint('control')
  const bob = await mint('control')
  expect((await server.request('POST', at('/takeover'), { body: { client_id: 'ann' }, token: ann.token })).status).toBe(200)
  const borrowed = await server.request('POST', at('/handback'), { body: { client_id: 'ann' }, token: bob.token })
  expect([borrowed.status, borrowed.body.code]).toEqual([403, 'auth/forbidden'])
  const forced = await server.request('POST', at('/takeover'), { body: { client_id: 'bob', force: true }, token: bob.token })
  expect([forced.status, forced.body.code]).toEqual([403, 'auth/forbidden'])
  expect((await server.request('POST', at('/handback'), { body: {}, token: bob.token })).body.code).toBe('request/invalid')
  expect((await server.request('POST', at('/takeover'), { body: { client_id: 'boss', force: true } })).body.control.driver.client_id).toBe('boss')
  await server.request('POST', at('/handback'), { body: { client_id: 'boss' } })
  const viewer = await LiveClient.join((await server.request('GET', at(''))).body.live.ws_url)
  const stolen = await server.request('POST', at('/takeover'), { body: { client_id: viewer.hello.viewer.id }, token: bob.token })
  expect(stolen.body.code).toBe('auth/forbidden')
  await viewer.close()
})

test('nothing secret is in the files of others: key and database are for their owner alone', async () => {
  const { stat } = await import('node:fs/promises')
  for (const name of ['api-key', 'tandem.db']) expect([name, ((await stat(`${server.dataDir}/${name}`)).mode & 0o777).toString(8)]).toEqual([name, '600'])
})
