/** Sessions by REST: each route, and each way to be refused. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { servePages } from '../harness/pages.ts'
import type { Pages } from '../harness/pages.ts'
import { startTestServer } from '../harness/server.ts'
import type { TestServer } from '../harness/server.ts'

let server: TestServer
let pages: Pages
let id: string
const at = (path: string): string => `/v1/agent-sessions/${id}${path}`

beforeAll(async () => {
  pages = await servePages({
    '/one': '<!doctype html><title>One</title><body>one<input type=file>',
    '/two': '<!doctype html><title>Two</title><body>two',
  })
  server = await startTestServer({ maxSessions: 2 })
  id = (await server.create({ initial_url: `${pages.url}/one`, name: 'first' })).id
})
afterAll(async () => {
  await server?.close()
  await pages?.close()
})

test('a session is created with its page open and with addresses for agents, viewers and people', async () => {
  const { status, body } = await server.request('GET', at(''))
  expect(status).toBe(200)
  expect(body).toMatchObject({
    id,
    name: 'first',
    status: 'active',
    mode: 'pair',
    control: { state: 'ai-driving', driver: { kind: 'agent' } },
    pair_mode_state: { kind: 'ai-driving' },
    page_state: { url: `${pages.url}/one` },
    viewport: { width: 1280, height: 720, scale: 1 },
  })
  expect(body.cdp.ws_url).toMatch(/^ws:\/\/127\.0\.0\.1:\d+\/v1\/agent-sessions\/agt_[0-9a-f-]+\/cdp\?token=/)
  expect(body.live.ws_url).toContain(`/v1/agent-sessions/${id}/live?token=`)
  expect(body.view_url).toContain(`/sessions/${id}#token=`)
})

test('a session that is refused says what to do, as problem details', async () => {
  const refused = await server.request('POST', '/v1/agent-sessions', { body: { initial_url: 'file:///etc/passwd' } })
  expect(refused.status).toBe(403)
  expect(refused.headers.get('content-type')).toContain('application/problem+json')
  expect(refused.body).toMatchObject({ code: 'browser/url-refused', type: 'urn:tandem:error:browser/url-refused', status: 403 })
  for (const initial_url of ['chrome://settings', 'javascript:alert(1)', 'view-source:http://127.0.0.1/']) {
    expect((await server.request('POST', '/v1/agent-sessions', { body: { initial_url } })).body.code).toBe('browser/url-refused')
  }
})

test('a body that does not fit its schema names the fields', async () => {
  const { status, body } = await server.request('POST', '/v1/agent-sessions', { body: { mode: 'chaos', nonsense: 1 } })
  expect(status).toBe(400)
  expect(body.code).toBe('request/invalid')
  expect(JSON.stringify(body.issues)).toContain('mode')
  expect(JSON.stringify(body.issues)).toContain('nonsense')
})

test('malformed JSON, too much of it, and unknown routes are told apart', async () => {
  const malformed = await server.request('POST', '/v1/agent-sessions', { body: '{"mode":' })
  expect([malformed.status, malformed.body.code]).toEqual([400, 'request/malformed'])
  const large = await server.request('POST', '/v1/agent-sessions', { body: { name: 'x'.repeat(2_000_000) } })
  expect([large.status, large.body.code]).toEqual([413, 'request/too-large'])
  const unknown = await server.request('GET', '/v1/nothing?token=secret')
  expect([unknown.status, unknown.body.code]).toEqual([404, 'request/not-found'])
  expect(JSON.stringify(unknown.body)).not.toContain('secret')
})

test('the same Idempotency-Key makes one session, at once and later, and refuses another body', async () => {
  const create = (name: string) => server.request('POST', '/v1/agent-sessions', { body: { name }, headers: { 'idempotency-key': 'once' } })
  const [first, second] = await Promise.all([create('idem'), create('idem')])
  expect(first.status).toBe(201)
  expect(second.body.id).toBe(first.body.id)
  expect((await create('idem')).body.id).toBe(first.body.id)
  expect((await create('other')).body.code).toBe('request/invalid')

  const limited = await server.request('POST', '/v1/agent-sessions', { body: {} })
  expect([limited.status, limited.body.code]).toEqual([429, 'session/limit'])
  expect((await server.request('DELETE', `/v1/agent-sessions/${first.body.id}`)).status).toBe(204)
  expect((await server.request('DELETE', `/v1/agent-sessions/${first.body.id}`)).status).toBe(204)
  const closed = await server.request('GET', `/v1/agent-sessions/${first.body.id}`)
  expect(closed.body).toMatchObject({ status: 'closed', closed_reason: 'closed by request', control: { driver: { kind: 'nobody' } } })
  expect(closed.body.cdp).toBeUndefined()
  expect((await server.request('GET', `/v1/agent-sessions/${first.body.id}/screenshot`)).body.code).toBe('session/closed')
})

test('lists go page by page and by status', async () => {
  const open = await server.request('GET', '/v1/agent-sessions')
  expect(open.body.data.map((session: { id: string }) => session.id)).toEqual([id])
  const first = await server.request('GET', '/v1/agent-sessions?status=all&limit=1')
  expect(first.body).toMatchObject({ has_more: true })
  const second = await server.request('GET', `/v1/agent-sessions?status=all&limit=1&cursor=${first.body.next_cursor}`)
  expect(second.body.data).toHaveLength(1)
  expect(second.body.data[0].id).not.toBe(first.body.data[0].id)
  expect((await server.request('GET', '/v1/agent-sessions?cursor=nonsense')).body.code).toBe('request/invalid')
  expect((await server.request('GET', '/v1/agent-sessions?limit=0')).body.code).toBe('request/invalid')
})

test('unknown ids answer 404 on every route of a session', async () => {
  const unknown = '/v1/agent-sessions/agt_00000000-0000-4000-8000-000000000000'
  const routes: [string, string, unknown?][] = [
    ['GET', ''],
    ['DELETE', ''],
    ['GET', '/timeline'],
    ['GET', '/viewers'],
    ['POST', '/mode', { mode: 'ai' }],
    ['POST', '/takeover', { client_id: 'a' }],
    ['POST', '/handback', { client_id: 'a' }],
    ['POST', '/steps', { label: 'a' }],
    ['POST', '/human-requests', { reason: 'a' }],
    ['GET', '/human-requests'],
    ['POST', '/input-event', { client_id: 'a', event: { type: 'mouseMove', x: 1, y: 1 } }],
    ['POST', '/navigate', { url: 'about:blank' }],
    ['POST', '/history', { direction: 'back' }],
    ['GET', '/page-state'],
    ['GET', '/screenshot'],
    ['POST', '/files', { name: 'a', data_b64: '' }],
    ['GET', '/downloads'],
    ['GET', '/downloads/x'],
    ['POST', '/viewer-tokens'],
    ['GET', '/viewer-tokens'],
    ['GET', '/cdp/json/version'],
  ]
  for (const [method, path, body] of routes) {
    const answer = await server.request(method, unknown + path, { body })
    expect([method, path, answer.status, answer.body.code]).toEqual([method, path, 404, 'session/not-found'])
  }
})

test('the agent navigates and goes back by REST; a refused address is refused', async () => {
  const two = await server.request('POST', at('/navigate'), { body: { url: `${pages.url}/two` } })
  expect(two.status).toBe(200)
  expect(two.body.page_state.url).toBe(`${pages.url}/two`)
  await server.request('POST', at('/history'), { body: { direction: 'back' } })
  const { body } = await server.request('GET', at('/page-state'))
  expect(body.page_state.url).toBe(`${pages.url}/one`)
  expect((await server.request('POST', at('/navigate'), { body: { url: 'file:///etc/passwd' } })).body.code).toBe('browser/url-refused')
  expect((await server.request('POST', at('/navigate'), { body: { url: 'http://127.0.0.1:9/' } })).body.code).toMatch(/navigation-failed|url-refused/)
  await server.request('POST', at('/navigate'), { body: { url: `${pages.url}/one` } })
})

test('a screenshot is a picture', async () => {
  const png = await fetch(server.url + at('/screenshot'), { headers: { authorization: `Bearer ${server.apiKey}` } })
  expect(png.headers.get('content-type')).toBe('image/png')
  expect(
    Buffer.from(await png.arrayBuffer())
      .subarray(1, 4)
      .toString(),
  ).toBe('PNG')
  const jpeg = await fetch(server.url + at('/screenshot?format=jpeg&quality=50'), { headers: { authorization: `Bearer ${server.apiKey}` } })
  expect(
    Buffer.from(await jpeg.arrayBuffer())
      .subarray(0, 2)
      .toString('hex'),
  ).toBe('ffd8')
})

test('a screenshot that the caller has already is not sent again, and one of another picture is', async () => {
  const look = (query: string, known?: string): Promise<Response> =>
    fetch(`${server.url}${at('/screenshot')}?${query}`, {
      headers: { authorization: `Bearer ${server.apiKey}`, ...(known === undefined ? {} : { 'if-none-match': known }) },
    })
  const first = await look('format=jpeg')
  const etag = first.headers.get('etag') ?? ''
  expect(etag).toMatch(/^"[\w-]+"$/)
  for (const known of [etag, `"another", W/${etag}`]) {
    const same = await look('format=jpeg', known)
    expect([same.status, same.headers.get('etag'), (await same.arrayBuffer()).byteLength]).toEqual([304, etag, 0])
  }
  expect([(await look('format=png', etag)).status, (await look('format=jpeg&quality=20', etag)).status]).toEqual([200, 200])
  await server.request('POST', at('/navigate'), { body: { url: `${pages.url}/two` } })
  const other = await look('format=jpeg', etag)
  expect([other.status, other.headers.get('etag') === etag]).toEqual([200, false])
  await server.request('POST', at('/navigate'), { body: { url: `${pages.url}/one` } })
})

test('takeover, input and handback work by REST, and the agent is kept out meanwhile', async () => {
  const { body: taken } = await server.request('POST', at('/takeover'), { body: { client_id: 'ann', name: 'Ann' } })
  expect(taken.control).toMatchObject({ state: 'human-driving', driver: { kind: 'human', client_id: 'ann', name: 'Ann' } })
  const fenced = await server.request('POST', at('/navigate'), { body: { url: `${pages.url}/two` } })
  expect([fenced.status, fenced.body.code, fenced.body.holder.client_id]).toEqual([409, 'control/human-driving', 'ann'])
  expect((await server.request('POST', at('/steps'), { body: { label: 'x' } })).body.code).toBe('control/human-driving')
  const loser = await server.request('POST', at('/takeover'), { body: { client_id: 'bob' } })
  expect([loser.status, loser.body.code, loser.body.winner_client_id]).toEqual([409, 'control/conflict', 'ann'])
  const stranger = await server.request('POST', at('/input-event'), { body: { client_id: 'bob', event: { type: 'mouseMove', x: 5, y: 5 } } })
  expect(stranger.body.code).toBe('control/not-holder')
  const lie = await server.request('POST', at('/input-event'), { body: { client_id: 'ann', epoch: 0, event: { type: 'mouseMove', x: 5, y: 5 } } })
  expect(lie.body.code).toBe('control/stale-epoch')
  const moved = await server.request('POST', at('/input-event'), {
    body: { client_id: 'ann', epoch: taken.control.epoch, events: [{ type: 'mouseMove', x: 5, y: 5 }] },
  })
  expect(moved.body.kind).toBe('forwarded')
  expect((await server.request('POST', at('/navigate'), { body: { url: `${pages.url}/two`, client_id: 'ann' } })).status).toBe(200)
  const { body: back } = await server.request('POST', at('/handback'), { body: { client_id: 'ann', outcome: 'done', note: 'signed in' } })
  expect(back.control).toMatchObject({ driver: { kind: 'agent' }, last_handback: { outcome: 'done', note: 'signed in', client_id: 'ann', reason: 'released' } })
  expect(back.control.epoch).toBeGreaterThan(taken.control.epoch)
  expect((await server.request('POST', at('/handback'), { body: { client_id: 'ann' } })).body.code).toBe('control/invalid-transition')
})

test('input in mode pair takes the wheel from the agent instead of being delivered', async () => {
  const fired = await server.request('POST', at('/input-event'), { body: { client_id: 'ann', event: { type: 'tap', x: 5, y: 5 } } })
  expect(fired.body).toMatchObject({ kind: 'pair-mode-takeover-fired', pair_mode_state: { kind: 'human-driving' } })
  // An admin hands back whoever holds.
  expect((await server.request('POST', at('/handback'), { body: {} })).body.control.state).toBe('ai-driving')
})

test('after a handback the agent must look before it acts, by REST too', async () => {
  await server.request('POST', at('/takeover'), { body: { client_id: 'ann' } })
  await server.request('POST', at('/handback'), { body: { client_id: 'ann' } })
  expect((await server.request('POST', at('/navigate'), { body: { url: `${pages.url}/one` } })).body.code).toBe('control/observe-first')
  expect((await server.request('POST', at('/navigate'), { body: { url: `${pages.url}/one` } })).status).toBe(200)
})

test('a takeover waits for a declared step and goes on when it ends', async () => {
  const { body: step, status } = await server.request('POST', at('/steps'), { body: { label: 'fill the form' } })
  expect(status).toBe(201)
  const takeover = server.request('POST', at('/takeover'), { body: { client_id: 'ann' } })
  await expect.poll(async () => (await server.request('GET', at(''))).body.control.state).toBe('takeover-queued')
  expect((await server.request('DELETE', at(`/steps/${step.id}`))).status).toBe(204)
  expect((await takeover).body.control.state).toBe('human-driving')
  await server.request('POST', at('/handback'), { body: { client_id: 'ann' } })
})

test('[CTL42] a request for a human waits for the answer', async () => {
  const asked = server.request('POST', at('/human-requests'), { body: { reason: 'a captcha', instructions: 'solve it' } })
  await expect.poll(async () => (await server.request('GET', at('/human-requests'))).body.data.length).toBe(1)
  const { data } = (await server.request('GET', at('/human-requests'))).body
  expect(data[0]).toMatchObject({ reason: 'a captcha', instructions: 'solve it' })
  const answered = await server.request('POST', at(`/human-requests/${data[0].id}/answer`), { body: { outcome: 'done', note: 'there you go' } })
  expect(answered.status).toBe(204)
  expect((await asked).body).toEqual({ id: data[0].id, outcome: 'done', note: 'there you go' })
  expect((await server.request('POST', at(`/human-requests/${data[0].id}/answer`), { body: {} })).body.code).toBe('human-request/not-found')
})

test('a request for a human is answered by a handback, ends in time, and ends with its connection', async () => {
  const byHandback = server.request('POST', at('/human-requests'), { body: { reason: 'login' } })
  await expect.poll(async () => (await server.request('GET', at('/human-requests'))).body.data.length).toBe(1)
  await server.request('POST', at('/takeover'), { body: { client_id: 'ann' } })
  await server.request('POST', at('/handback'), { body: { client_id: 'ann', outcome: 'failed', note: 'wrong password' } })
  expect((await byHandback).body).toMatchObject({ outcome: 'failed', note: 'wrong password' })

  const late = await server.request('POST', at('/human-requests'), { body: { reason: 'hurry', timeout_ms: 1_000 } })
  expect([late.status, late.body.code]).toEqual([504, 'human-request/timeout'])

  const gone = new AbortController()
  const cancelled = server.request('POST', at('/human-requests'), { body: { reason: 'never mind' }, signal: gone.signal })
  cancelled.catch(() => undefined)
  await expect.poll(async () => (await server.request('GET', at('/human-requests'))).body.data.length).toBe(1)
  gone.abort()
  await expect.poll(async () => (await server.request('GET', at('/human-requests'))).body.data.length).toBe(0)
})

test('modes change, and say no to what they do not allow', async () => {
  expect((await server.request('POST', at('/mode'), { body: { mode: 'ai' } })).body).toMatchObject({ mode: 'ai', pair_mode_state: null })
  expect((await server.request('POST', at('/takeover'), { body: { client_id: 'ann' } })).body.code).toBe('control/mode')
  expect((await server.request('POST', at('/mode'), { body: { mode: 'manual' } })).body.control.driver.kind).toBe('nobody')
  expect((await server.request('POST', at('/navigate'), { body: { url: `${pages.url}/two` } })).body.code).toBe('control/mode')
  expect((await server.request('POST', at('/mode'), { body: { mode: 'pair' } })).body.pair_mode_state.kind).toBe('ai-driving')
})

test('files go in, downloads come out', async () => {
  const upload = await server.request('POST', at('/files'), { body: { name: 'a.txt', mime: 'text/plain', data_b64: Buffer.from('hello').toString('base64') } })
  expect(upload.status).toBe(201)
  expect(upload.body).toMatchObject({ name: 'a.txt', mime: 'text/plain', size: 5 })
  const large = await server.request('POST', at('/files'), { body: { name: 'big', data_b64: 'A'.repeat(91 * 1024 * 1024) } })
  expect(large.status).toBe(413)

  // As an agent, which looks first: the mode was changed under it.
  const { token } = (await server.request('POST', at('/viewer-tokens'), { body: { role: 'agent' } })).body
  expect((await server.request('GET', at('/page-state'), { token })).status).toBe(200)
  await server.request('POST', at('/navigate'), { token, body: { url: `${pages.url}/download` } })
  await expect
    .poll(async () => (await server.request('GET', at('/downloads'))).body.data.map((download: { state: string }) => download.state), { timeout: 10_000 })
    .toEqual(['completed'])
  const [download] = (await server.request('GET', at('/downloads'))).body.data
  const file = await fetch(server.url + at(`/downloads/${download.id}`), { headers: { authorization: `Bearer ${server.apiKey}` } })
  expect(file.headers.get('content-disposition')).toContain(`attachment; filename*=UTF-8''${encodeURIComponent(download.name)}`)
  expect((await file.arrayBuffer()).byteLength).toBe(download.received_bytes)
  expect((await server.request('GET', at('/downloads/nothing'))).body.code).toBe('file/not-found')
  expect((await server.request('GET', at('/downloads/..%2F..%2Ftandem.db'))).body.code).toBe('file/not-found')
})

test('[CTL41] the timeline tells what happened, in order, page by page', async () => {
  const { body } = await server.request('GET', at('/timeline?limit=1000'))
  const types = body.data.map((entry: { type: string }) => entry.type)
  for (const type of ['session.created', 'browser.started', 'control.granted', 'control.handed-back', 'human-request.opened', 'browser.download-completed']) {
    expect(types).toContain(type)
  }
  expect(body.data.map((entry: { seq: number }) => entry.seq)).toEqual(body.data.map((_: unknown, index: number) => index + 1))
  const rest = await server.request('GET', at(`/timeline?after=2&limit=3`))
  expect(rest.body.data.map((entry: { seq: number }) => entry.seq)).toEqual([3, 4, 5])
  expect(rest.body.has_more).toBe(true)
})

test('operations need no credential and the API describes itself', async () => {
  expect((await server.request('GET', '/health', { token: null })).body).toEqual({ status: 'ok' })
  expect((await server.request('GET', '/ready', { token: null })).body).toMatchObject({ status: 'ready' })
  const { body: openapi } = await server.request('GET', '/openapi.json', { token: null })
  expect(openapi.openapi).toMatch(/^3\./)
  expect(Object.keys(openapi.paths)).toContain('/v1/agent-sessions/{id}/takeover')
  const docs = await fetch(`${server.url}/docs`)
  expect(docs.headers.get('content-security-policy')).toContain("default-src 'self'")
  expect(await docs.text()).toContain('/v1/agent-sessions/{id}/takeover')
})
