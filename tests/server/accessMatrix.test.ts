/**
 * Who may do what, on every way in: each REST route of /openapi.json, each live method and notification, the CDP gateway,
 * with every kind of credential. A route or a method that is not decided here fails the test.
 */
import { LIVE_METHODS, LIVE_NOTIFICATIONS } from '@tandem/protocol'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { AUDITED } from '../../packages/server/src/http/audited.ts'
import { LiveClient } from '../harness/liveClient.ts'
import { startTestServer } from '../harness/server.ts'
import type { TestServer } from '../harness/server.ts'

type Role = 'view' | 'control' | 'agent'
/** `nobody`: needs no credential; `server`: admins of all sessions; the others are of one session, beside its admins. */
const ALL: readonly Role[] = ['view', 'control', 'agent']
const SESSION = '/v1/agent-sessions/{id}'
const MAY: Readonly<Record<string, 'nobody' | 'server' | readonly Role[]>> = {
  'GET /health': 'nobody',
  'GET /ready': 'nobody',
  'GET /metrics': 'nobody',
  'POST /v1/auth/login': 'nobody',
  'GET /v1/auth/me': ALL,
  'POST /v1/auth/logout': ALL,
  'POST /v1/auth/links': 'server',
  'POST /v1/api-keys': 'server',
  'GET /v1/api-keys': 'server',
  'DELETE /v1/api-keys/{id}': 'server',
  'GET /v1/audit': 'server',
  'POST /v1/webhooks': 'server',
  'GET /v1/webhooks': 'server',
  'DELETE /v1/webhooks/{id}': 'server',
  'GET /v1/webhooks/{id}/deliveries': 'server',
  'POST /v1/webhooks/{id}/deliveries/{deliveryId}/retry': 'server',
  'POST /v1/webhooks/{id}/test': 'server',
  'GET /v1/profiles': 'server',
  'GET /v1/profiles/{name}': 'server',
  'DELETE /v1/profiles/{name}': 'server',
  ...Object.fromEntries(
    ['/v1/nodes', '/v1/mac-nodes'].flatMap((path) =>
      [`POST ${path}`, `GET ${path}`, `POST ${path}/register`, `POST ${path}/{id}/control`, `DELETE ${path}/{id}`].map((route) => [route, 'server' as const]),
    ),
  ),
  'POST /v1/secrets/rotate': 'server',
  'POST /v1/agent-sessions': 'server',
  'GET /v1/agent-sessions': ALL,
  [`GET ${SESSION}`]: ALL,
  [`DELETE ${SESSION}`]: [],
  [`GET ${SESSION}/timeline`]: ALL,
  [`GET ${SESSION}/events`]: ALL,
  [`GET ${SESSION}/page-state`]: ALL,
  [`GET ${SESSION}/screenshot`]: ALL,
  [`GET ${SESSION}/thumbnail`]: ALL,
  [`GET ${SESSION}/downloads`]: ALL,
  [`GET ${SESSION}/downloads/{downloadId}`]: ALL,
  [`GET ${SESSION}/human-requests`]: ALL,
  [`POST ${SESSION}/mode`]: [],
  [`POST ${SESSION}/takeover`]: ['control'],
  [`POST ${SESSION}/handback`]: ['control'],
  [`POST ${SESSION}/input-event`]: ['control'],
  [`POST ${SESSION}/navigate`]: ['control', 'agent'],
  [`POST ${SESSION}/history`]: ['control', 'agent'],
  [`POST ${SESSION}/livekit-token`]: ALL,
  [`POST ${SESSION}/files`]: ['control'],
  [`POST ${SESSION}/steps`]: ['agent'],
  [`DELETE ${SESSION}/steps/{stepId}`]: ['agent'],
  [`POST ${SESSION}/human-requests`]: ['agent'],
  [`POST ${SESSION}/human-requests/{requestId}/answer`]: ['control'],
  [`GET ${SESSION}/cdp/json/version`]: ['agent'],
  [`POST ${SESSION}/viewer-tokens`]: [],
  [`GET ${SESSION}/viewer-tokens`]: [],
  [`DELETE ${SESSION}/viewer-tokens/{tokenId}`]: [],
  [`GET ${SESSION}/viewers`]: [],
  [`DELETE ${SESSION}/viewers/{viewerId}`]: [],
}

/** What a view-only socket may ask; all else needs more. */
const VIEWERS_MAY = [
  'viewer.ping',
  'viewer.rename',
  'media.start',
  'media.answer',
  'media.restart',
  'media.pause',
  'media.quality',
  'media.keyFrame',
  'media.stop',
]
const VIEWERS_MAY_NOTIFY = ['media.candidate', 'media.report']

let server: TestServer
let id: string
let foreign: string
let routes: string[]
const tokens: Record<string, string> = {}

const mint = async (session: string, body: object): Promise<{ id: string; token: string }> =>
  (await server.request('POST', `/v1/agent-sessions/${session}/viewer-tokens`, { body })).body

beforeAll(async () => {
  server = await startTestServer()
  id = (await server.create({ mode: 'shared' })).id
  foreign = (await server.create()).id
  tokens['expired'] = (await mint(id, { role: 'view', expires_in_s: 10 })).token
  for (const role of ALL) tokens[role] = (await mint(id, { role })).token
  tokens['foreign'] = (await mint(foreign, { role: 'view' })).token
  const revoked = await mint(id, { role: 'view' })
  await server.request('DELETE', `/v1/agent-sessions/${id}/viewer-tokens/${revoked.id}`)
  tokens['revoked'] = revoked.token
  const { body } = await server.request('GET', '/openapi.json')
  const paths: Record<string, Record<string, unknown>> = body.paths
  routes = Object.entries(paths).flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`))
})
afterAll(() => server?.close())

/** The status, and the code of a refusal; a body that goes on for ever is left. */
async function ask(route: string, token: string | null): Promise<{ status: number; code: string | null }> {
  const [method = '', path = ''] = route.split(' ')
  const url = server.url + path.replace(SESSION, `/v1/agent-sessions/${id}`).replaceAll(/\{\w+\}/g, 'none')
  const response = await fetch(url, {
    method,
    headers: { ...(token === null ? {} : { authorization: `Bearer ${token}` }), ...(method === 'GET' ? {} : { 'content-type': 'application/json' }) },
    ...(method === 'GET' ? {} : { body: '{}' }),
  })
  const isProblem = response.headers.get('content-type')?.includes('problem+json') === true
  if (!isProblem) await response.body?.cancel()
  return { status: response.status, code: isProblem ? ((await response.json()) as { code: string }).code : null }
}

test('every route of the API is decided, and every decision is of a route', () => {
  expect(routes.filter((route) => !(route in MAY))).toEqual([])
  expect(Object.keys(MAY).filter((route) => !routes.includes(route) && route !== 'GET /metrics' && route !== 'GET /v1/profiles/{name}')).toEqual([])
})

test('every route that changes something is decided for the audit log', () => {
  const written = routes.filter((route) => !route.startsWith('GET ')).map((route) => route.replaceAll(/\{(\w+)\}/g, ':$1'))
  expect(written.filter((route) => !(route in AUDITED))).toEqual([])
})

test('each role does on each route what it may, and no more', async () => {
  for (const route of routes) {
    const may = MAY[route] ?? []
    for (const role of ALL) {
      const { status, code } = await ask(route, tokens[role] ?? null)
      if (may === 'nobody') expect([route, role, status]).not.toEqual([route, role, 403])
      else if (may === 'server' || !may.includes(role)) expect([route, role, status, code]).toEqual([route, role, 403, 'auth/forbidden'])
      else expect([route, role, code?.startsWith('auth/') === true || code === 'session/not-found']).toEqual([route, role, false])
    }
  }
})

test('a credential of another session finds nothing here', async () => {
  for (const route of routes.filter((route) => route.includes(SESSION))) {
    expect([route, await ask(route, tokens['foreign'] ?? null)]).toEqual([route, { status: 404, code: 'session/not-found' }])
  }
})

test('an expired, a revoked and no credential are refused everywhere, each with its code', async () => {
  const closed = routes.filter((route) => MAY[route] !== 'nobody')
  await expect.poll(async () => (await ask('GET /v1/auth/me', tokens['expired'] ?? null)).code, { timeout: 30_000 }).toBe('auth/expired')
  for (const route of closed) {
    expect([route, await ask(route, tokens['expired'] ?? null)]).toEqual([route, { status: 401, code: 'auth/expired' }])
    expect([route, await ask(route, tokens['revoked'] ?? null)]).toEqual([route, { status: 401, code: 'auth/revoked' }])
    expect([route, await ask(route, null)]).toEqual([route, { status: 401, code: 'auth/missing' }])
  }
})

describe('the live socket', () => {
  const live = (token: string | null): string => `${server.url.replace('http', 'ws')}/v1/agent-sessions/${id}/live${token === null ? '' : `?token=${token}`}`

  test('every method and notification is decided for viewers', () => {
    const open = Object.entries({ ...LIVE_METHODS }).filter(([, { role }]) => role === 'view')
    expect(open.map(([name]) => name).toSorted()).toEqual(VIEWERS_MAY.toSorted())
    const notified = Object.entries({ ...LIVE_NOTIFICATIONS }).filter(([, { role }]) => role === 'view')
    expect(notified.map(([name]) => name).toSorted()).toEqual(VIEWERS_MAY_NOTIFY.toSorted())
  })

  test('a viewer asks what it may and is refused all else, in mode shared too', async () => {
    const client = await LiveClient.join(live(tokens['view'] ?? null))
    for (const method of Object.keys(LIVE_METHODS)) {
      const reply = await client.refusal(method, { nonsense: true })
      expect([method, reply.code]).toEqual([method, VIEWERS_MAY.includes(method) ? 'request/invalid' : 'auth/forbidden'])
    }
    client.notify('input.dispatch', { epoch: client.hello.session.control.epoch, events: [{ type: 'mouseDown', x: 1, y: 1, button: 0 }] })
    expect((await client.event('input.refused')).code).toBe('auth/forbidden')
    await client.close()
  })

  test('a foreign, an expired, a revoked and no credential close it, each with its code', async () => {
    const ends: Record<string, unknown> = {}
    for (const kind of ['foreign', 'expired', 'revoked', 'none']) ends[kind] = await new LiveClient(live(tokens[kind] ?? null)).closed
    expect(ends).toEqual({
      foreign: { code: 4404, reason: 'session/not-found' },
      expired: { code: 4401, reason: 'auth/expired' },
      revoked: { code: 4401, reason: 'auth/revoked' },
      none: { code: 4401, reason: 'auth/missing' },
    })
  })
})

test('the CDP gateway lets in agents alone', async () => {
  const answers: Record<string, number> = {}
  for (const kind of ['view', 'control', 'agent', 'foreign', 'expired', 'revoked', 'none']) {
    const token = tokens[kind]
    const socket = new WebSocket(`${server.url.replace('http', 'ws')}/v1/agent-sessions/${id}/cdp${token === undefined ? '' : `?token=${token}`}`)
    answers[kind] = await new Promise((resolve) => {
      socket.once('open', () => resolve(101))
      socket.once('unexpected-response', (_request, response) => resolve(response.statusCode ?? 0))
      socket.once('error', () => undefined)
    })
    socket.terminate()
  }
  expect(answers).toEqual({ view: 403, control: 403, agent: 101, foreign: 404, expired: 401, revoked: 401, none: 401 })
})

test('all that viewers tried has changed nothing', async () => {
  const before = (await server.request('GET', `/v1/agent-sessions/${id}`)).body
  const body = { url: 'data:text/html,viewer', client_id: 'viewer', direction: 'reload', event: { type: 'mouseMove', x: 1, y: 1 } }
  for (const [path, fields] of [
    ['/navigate', ['url', 'client_id']],
    ['/history', ['direction', 'client_id']],
    ['/input-event', ['event', 'client_id']],
    ['/takeover', ['client_id']],
  ] as const) {
    const sent = Object.fromEntries(fields.map((field) => [field, body[field]]))
    const { status, body: problem } = await server.request('POST', `/v1/agent-sessions/${id}${path}`, { body: sent, token: tokens['view'] ?? null })
    expect([path, status, problem.code]).toEqual([path, 403, 'auth/forbidden'])
  }
  const after = (await server.request('GET', `/v1/agent-sessions/${id}`)).body
  expect([after.mode, after.control.epoch, after.page_state?.url]).toEqual([before.mode, before.control.epoch, before.page_state?.url])
})
