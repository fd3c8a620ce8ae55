/** Share links, keys and viewers on a real server: who gets in once, who is sent away, and what ends in the middle. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Tandem } from '@tandem/client'
import { LiveClient } from '../harness/liveClient.ts'
import { postgresMissing, startPostgres } from '../harness/postgres.ts'
import type { Postgres } from '../harness/postgres.ts'
import { RawClient } from '../harness/rawClient.ts'
import { startTestServer } from '../harness/server.ts'
import type { TestServer } from '../harness/server.ts'

let server: TestServer
let id: string
beforeAll(async () => {
  server = await startTestServer({ origins: ['https://app.example.com'], maxViewers: 50 })
  id = (await server.create({ initial_url: 'data:text/html,<title>Shared</title>' })).id
})
afterAll(() => server?.close())

const at = (path: string): string => `/v1/agent-sessions/${id}${path}`
const live = (token: string, of = server): string => `${of.url.replace('http', 'ws')}${at('/live')}?token=${token}`
interface Link {
  id: string
  token: string
  url: string
}
const link = async (body: object = {}): Promise<Link> => (await server.request('POST', at('/viewer-tokens'), { body })).body
const listed = async (linkId: string) => (await server.request('GET', at('/viewer-tokens'))).body.data.find(({ id: known }: Link) => known === linkId)
const codeOf = async (token: string, headers: Record<string, string> = {}): Promise<string | number> => {
  const { status, body } = await server.request('GET', at(''), { token, headers })
  return body.code ?? status
}
const claimCookie = (headers: Headers): string => headers.get('set-cookie')?.split(';')[0] ?? ''

describe('a single-use link', () => {
  test('lets in whoever opens it first, who may reload and reconnect, and nobody else', async () => {
    const { id: linkId, token } = await link({ single_use: true, role: 'control', name: 'for Ada' })
    expect(await listed(linkId)).toMatchObject({ single_use: true, used_at: null, viewers: 0, name: 'for Ada' })
    // A page of ours opens it: who am I, which session, the live socket.
    const first = await server.request('GET', '/v1/auth/me', { token })
    expect(first.status).toBe(200)
    const cookie = claimCookie(first.headers)
    expect(first.headers.get('set-cookie')).toMatch(/^tandem_link_tok_.*; Path=\/; .*HttpOnly; SameSite=Strict$/)
    const opened = await server.request('GET', at(''), { token, headers: { cookie } })
    expect(opened.body.view_url).toBeUndefined()
    const ada = await LiveClient.join(opened.body.live.ws_url)
    expect(await listed(linkId)).toMatchObject({ used_at: expect.any(String), viewers: 1 })

    // Somebody else has the same link.
    expect(await codeOf(token)).toBe('auth/used')
    expect(await codeOf(token, { cookie: 'tandem_link_x=guess', 'tandem-claim': 'guess' })).toBe('auth/used')
    expect(await new LiveClient(live(token)).closed).toEqual({ code: 4401, reason: 'auth/used' })

    // A lost connection comes back, by the address that the page has and by the link itself.
    const again = await LiveClient.join(`${opened.body.live.ws_url}&resume=${ada.hello.resumeToken}`)
    expect(again.hello.viewer.id).toBe(ada.hello.viewer.id)
    const byLink = await LiveClient.join(`${live(token)}&resume=${again.hello.resumeToken}`)
    expect(byLink.hello.viewer.id).toBe(ada.hello.viewer.id)
    // A reload in a page that kept nothing but its cookie takes the place of the one before.
    const reloaded = await server.request('GET', at(''), { token, headers: { cookie } })
    const anew = await LiveClient.join(reloaded.body.live.ws_url)
    expect((await byLink.closed).code).toBe(4409)
    expect((await listed(linkId)).viewers).toBe(1)
    // The cookie proves nothing to a page of another port or of another host, which has it sent along.
    expect(await codeOf(token, { cookie, origin: server.url })).toBe(200)
    expect(await codeOf(token, { cookie, origin: 'http://localhost:3000' })).toBe('auth/used')
    expect(await codeOf(token, { cookie, origin: 'https://app.example.com' })).toBe('auth/used')
    await anew.close()
  })

  test('is bound to the live socket that opens it, when nothing came before', async () => {
    const { token } = await link({ single_use: true })
    const first = await LiveClient.join(live(token))
    expect(await codeOf(token)).toBe('auth/used')
    expect((await new LiveClient(live(token)).closed).reason).toBe('auth/used')
    first.socket.terminate()
    const back = await LiveClient.join(`${live(token)}&resume=${first.hello.resumeToken}`)
    expect(back.hello.viewer.id).toBe(first.hello.viewer.id)
    await back.close()
  })

  test('of many who open it at once lets in exactly one', async () => {
    const { token } = await link({ single_use: true })
    const codes = await Promise.all(Array.from({ length: 20 }, () => codeOf(token)))
    expect(codes.filter((code) => code === 200)).toHaveLength(1)
    expect(codes.filter((code) => code === 'auth/used')).toHaveLength(19)
  })

  test('serves one client of the SDK for as long as it lives', async () => {
    const { token } = await link({ single_use: true })
    const one = new Tandem({ baseUrl: server.url, token })
    const other = new Tandem({ baseUrl: server.url, token })
    expect((await one.me()).role).toBe('view')
    expect((await one.sessions.get(id)).id).toBe(id)
    await expect(other.sessions.get(id)).rejects.toMatchObject({ code: 'auth/used' })
  })

  test('of an agent connects one client', async () => {
    const { url, token } = await link({ single_use: true, role: 'agent' })
    const agent = await RawClient.open(url)
    expect((await agent.send('Browser.getVersion')).result).toBeDefined()
    expect(await codeOf(token)).toBe('auth/used')
    agent.socket.terminate()
  })

  test('is not opened by a login that asks for more than it gives', async () => {
    const { token } = await link({ single_use: true })
    expect((await server.request('POST', '/v1/auth/login', { token: null, body: { token } })).body.code).toBe('auth/forbidden')
    expect(await codeOf(token)).toBe(200)
  })
})

describe('a link that ends in the middle', () => {
  test('takes the wheel from whoever drives by it, and the picture of whoever watches', async () => {
    const { id: linkId, token } = await link({ role: 'control' })
    const driver = await LiveClient.join(live(token))
    const watcher = await LiveClient.join(live(token))
    await driver.call('control.take', {})
    expect((await listed(linkId)).viewers).toBe(2)
    await server.request('DELETE', at(`/viewer-tokens/${linkId}`))
    expect(await Promise.all([driver.closed, watcher.closed])).toEqual([
      { code: 4401, reason: 'auth/revoked' },
      { code: 4401, reason: 'auth/revoked' },
    ])
    await expect.poll(async () => (await server.request('GET', at(''))).body.control.state).toBe('ai-driving')
    // The resume token dies with the link: neither it nor another good link makes it that viewer again.
    expect((await new LiveClient(`${live(token)}&resume=${driver.hello.resumeToken}`).closed).reason).toBe('auth/revoked')
    const other = await LiveClient.join(`${live((await link({ role: 'control' })).token)}&resume=${driver.hello.resumeToken}`)
    expect(other.hello.viewer.id).not.toBe(driver.hello.viewer.id)
    await other.close()
  })

  test("ends an agent's socket and the request that it waits with", async () => {
    const { id: linkId, token, url } = await link({ role: 'agent' })
    expect(url).toMatch(/^ws:.*\/cdp\?token=/)
    const agent = await RawClient.open(url)
    expect((await agent.send('Browser.getVersion')).result).toBeDefined()
    const waiting = server.request('POST', at('/human-requests'), { token, body: { reason: 'a code' } })
    await expect.poll(async () => (await server.request('GET', at('/human-requests'))).body.data.length).toBe(1)
    await server.request('DELETE', at(`/viewer-tokens/${linkId}`))
    expect(await agent.closed).toBe(4401)
    const { status, body } = await waiting
    expect([status, body.code]).toEqual([401, 'auth/revoked'])
    await expect.poll(async () => (await server.request('GET', at('/human-requests'))).body.data.length).toBe(0)
  })

  test('takes the wheel from whoever drives by REST', async () => {
    const { id: linkId, token } = await link({ role: 'control' })
    expect((await server.request('POST', at('/takeover'), { token, body: { client_id: 'desk' } })).body.control.client_id).toBe('desk')
    await server.request('DELETE', at(`/viewer-tokens/${linkId}`))
    await expect.poll(async () => (await server.request('GET', at(''))).body.control.state).toBe('ai-driving')
  })

  test('ends a stream of events', async () => {
    const { id: linkId, token } = await link()
    const response = await fetch(`${server.url}${at('/events')}`, { headers: { authorization: `Bearer ${token}` } })
    expect(response.headers.get('content-type')).toContain('text/event-stream')
    const read = response.text().then(
      () => 'ended',
      () => 'cut',
    )
    await server.request('DELETE', at(`/viewer-tokens/${linkId}`))
    expect(await read).toMatch(/ended|cut/)
  })

  test('when its time is over', async () => {
    const { token } = await link({ role: 'control', expires_in_s: 15 })
    const driver = await LiveClient.join(live(token))
    await driver.call('control.take', {})
    expect(await driver.closed).toEqual({ code: 4401, reason: 'auth/expired' })
    expect(await new LiveClient(live(token)).closed).toEqual({ code: 4401, reason: 'auth/expired' })
    expect(await codeOf(token)).toBe('auth/expired')
    await expect.poll(async () => (await server.request('GET', at(''))).body.control.state).toBe('ai-driving')
  })
})

describe('whoever watches', () => {
  test('is listed with address, program, link and what it measures, to the owner alone', async () => {
    const { id: linkId, token } = await link({ name: 'the team', role: 'control' })
    const client = await LiveClient.join(`${live(token)}&name=Ada`, { headers: { 'user-agent': 'Looking glass/1.0' } })
    await client.call('control.take', {})
    client.notify('media.report', {
      transport: 'webrtc',
      codec: 'AV1',
      width: 1,
      height: 1,
      fps: 59.5,
      kbps: 1,
      rttMs: 1,
      glassToGlassMs: 12,
      framesDropped: 0,
      freezes: 0,
    })
    await expect.poll(async () => (await server.request('GET', at('/viewers'))).body.data[0]?.fps).toBe(59.5)
    expect((await server.request('GET', at('/viewers'))).body.data).toEqual([
      expect.objectContaining({
        id: client.hello.viewer.id,
        name: 'Ada',
        address: '127.0.0.1',
        user_agent: 'Looking glass/1.0',
        token_id: linkId,
        token_name: 'the team',
        driving: true,
        glass_to_glass_ms: 12,
      }),
    ])
    expect((await server.request('GET', at('/viewers'), { token })).status).toBe(403)
    await client.close()
  })

  test('and is kicked is gone at once, hands back, and cannot come back as who it was', async () => {
    const { id: linkId, token } = await link({ name: 'the team', role: 'control' })
    const client = await LiveClient.join(live(token))
    const stays = await LiveClient.join(live(token))
    await client.call('control.take', {})
    const viewerId = client.hello.viewer.id
    const kicked = await server.request('DELETE', at(`/viewers/${viewerId}`))
    expect([kicked.status, kicked.body]).toEqual([200, { viewer_id: viewerId, link: { id: linkId, name: 'the team', works: true } }])
    expect(await client.closed).toEqual({ code: 4406, reason: 'auth/kicked' })
    expect((await server.request('GET', at(''))).body.control.state).toBe('ai-driving')
    expect(await new LiveClient(`${live(token)}&resume=${client.hello.resumeToken}`).closed).toEqual({ code: 4406, reason: 'auth/kicked' })
    // The link is for several: by it anybody comes in, as somebody new.
    const anew = await LiveClient.join(live(token))
    expect(anew.hello.viewer.id).not.toBe(viewerId)
    // Unless it is revoked as well, with all who came by it.
    const both = await server.request('DELETE', at(`/viewers/${anew.hello.viewer.id}?revoke=true`))
    expect(both.body.link).toEqual({ id: linkId, name: 'the team', works: false })
    expect([(await anew.closed).code, (await stays.closed).reason]).toEqual([4406, 'auth/revoked'])
    expect(await codeOf(token)).toBe('auth/revoked')
    expect((await server.request('DELETE', at(`/viewers/${viewerId}`))).body.code).toBe('viewer/not-found')
  })

  test('and drives is kicked while its connection is lost', async () => {
    const { token } = await link({ role: 'control' })
    const client = await LiveClient.join(live(token))
    await client.call('control.take', {})
    client.socket.terminate()
    await expect.poll(async () => (await server.request('GET', at('/viewers'))).body.data).toEqual([])
    expect((await server.request('GET', at(''))).body.control.state).toBe('human-driving')
    expect((await server.request('DELETE', at(`/viewers/${client.hello.viewer.id}`))).status).toBe(200)
    expect((await server.request('GET', at(''))).body.control.state).toBe('ai-driving')
    expect((await new LiveClient(`${live(token)}&resume=${client.hello.resumeToken}`).closed).reason).toBe('auth/kicked')
  })

  test('and came by a link for one leaves a dead link behind when kicked', async () => {
    const { id: linkId, token } = await link({ single_use: true })
    const client = await LiveClient.join(live(token))
    const { body } = await server.request('DELETE', at(`/viewers/${client.hello.viewer.id}`))
    expect(body.link).toMatchObject({ id: linkId, works: false })
    expect((await client.closed).code).toBe(4406)
    expect((await new LiveClient(`${live(token)}&resume=${client.hello.resumeToken}`).closed).reason).toBe('auth/revoked')
  })

  test('finds the door closed when as many watch as may, but for the owner and for who comes back', async () => {
    const session = await server.create({ max_viewers: 2 })
    expect(session.max_viewers).toBe(2)
    const { token } = (await server.request('POST', `/v1/agent-sessions/${session.id}/viewer-tokens`)).body
    const url = `${server.url.replace('http', 'ws')}/v1/agent-sessions/${session.id}/live?token=${token}`
    const clients = Array.from({ length: 6 }, () => new LiveClient(url))
    const ends = await Promise.all(clients.map((client) => Promise.race([client.event('session.hello').then(() => null), client.closed])))
    expect(ends.filter((end) => end === null)).toHaveLength(2)
    expect(ends.filter((end) => end !== null)).toEqual(Array(4).fill({ code: 4423, reason: 'session/viewer-limit' }))
    const inside = clients[ends.indexOf(null)]
    const hello = await inside?.event('session.hello')
    const back = await LiveClient.join(`${url}&resume=${hello?.resumeToken}`)
    expect(back.hello.viewer.id).toBe(hello?.viewer.id)
    const owner = await LiveClient.join(session.live.ws_url)
    expect(owner.hello.viewer.role).toBe('admin')
    await server.request('DELETE', `/v1/agent-sessions/${session.id}`)
  })
})

describe('API keys', () => {
  test('are shown once, work, are listed without their secret, and end with all that came by them', async () => {
    const { status, body: key } = await server.request('POST', '/v1/api-keys', { body: { name: 'ci' } })
    expect([status, key.name, key.own, key.hint]).toEqual([201, 'ci', false, key.key.slice(0, 15)])
    const session = (await server.request('GET', at(''), { token: key.key })).body
    const watching = await LiveClient.join(session.live.ws_url)
    const login = await server.request('POST', '/v1/auth/login', { token: null, body: { token: key.key } })
    const cookie = claimCookie(login.headers)
    const agent = await RawClient.open(session.cdp.ws_url)
    const { body: made } = await server.request('POST', at('/viewer-tokens'), { token: key.key, body: {} })

    const keys = (await server.request('GET', '/v1/api-keys')).body
    expect(JSON.stringify(keys)).not.toContain(key.key)
    expect(keys.data.find(({ id: known }: Link) => known === key.id)).toMatchObject({ last_used_at: expect.any(String), revoked_at: null })
    expect(keys.data.filter(({ own }: { own: boolean }) => own)).toEqual([expect.objectContaining({ hint: server.apiKey.slice(0, 15) })])

    expect((await server.request('DELETE', `/v1/api-keys/${key.id}`)).body.revoked_at).toEqual(expect.any(String))
    expect((await watching.closed).reason).toBe('auth/revoked')
    expect(await agent.closed).toBe(4401)
    expect(await codeOf(key.key)).toBe('auth/revoked')
    expect((await server.request('GET', '/v1/auth/me', { token: null, headers: { cookie } })).body.code).toBe('auth/revoked')
    // What was shared goes on: it is the session's.
    expect(await codeOf(made.token)).toBe(200)
    expect((await server.request('DELETE', `/v1/api-keys/${key.id}`)).status).toBe(200)
  })

  test("that the server was started with cannot be revoked, and a session's token makes none", async () => {
    const { data } = (await server.request('GET', '/v1/api-keys')).body
    const own = data.find((key: { own: boolean }) => key.own)
    expect((await server.request('DELETE', `/v1/api-keys/${own.id}`)).body.code).toBe('key/last')
    expect((await server.request('DELETE', '/v1/api-keys/key_none')).body.code).toBe('key/not-found')
    const token = new URL((await server.request('GET', at(''))).body.live.ws_url).searchParams.get('token')
    expect((await server.request('POST', '/v1/api-keys', { token, body: { name: 'more' } })).body.code).toBe('auth/forbidden')
  })

  test('outlive a restart of the server, as links and cookies do', async () => {
    const first = await startTestServer()
    const { body: key } = await first.request('POST', '/v1/api-keys', { body: { name: 'ci' } })
    const cookie = claimCookie((await first.request('POST', '/v1/auth/login', { token: null, body: { token: first.apiKey } })).headers)
    // Its folder is the test's as long as the second server uses it.
    const { dataDir } = first
    const { rename } = await import('node:fs/promises')
    await rename(dataDir, `${dataDir}-moved`).catch(() => undefined)
    await first.close()
    const second = await startTestServer({ dataDir: `${dataDir}-moved` })
    expect((await second.request('GET', '/v1/auth/me', { token: key.key })).body.role).toBe('admin')
    expect((await second.request('GET', '/v1/auth/me', { token: null, headers: { cookie } })).body.role).toBe('admin')
    await second.close()
  })
})

describe('the audit log', () => {
  const audit = async (query: string, of = server) => (await of.request('GET', `/v1/audit?limit=500&${query}`)).body.data as Record<string, unknown>[]
  const has = async (query: string, fits: object): Promise<void> => {
    await expect.poll(async () => audit(query)).toContainEqual(expect.objectContaining(fits))
  }

  test('says who did what, from where, each key and link as itself', async () => {
    const { body: key } = await server.request('POST', '/v1/api-keys', { body: { name: 'Grace' } })
    const session = (await server.request('POST', '/v1/agent-sessions', { token: key.key, body: { name: 'a task' } })).body
    const grace = { id: `key:${key.id}`, name: 'Grace', address: '127.0.0.1' }
    await has('action=session.create', { actor: grace, session_id: session.id, data: { name: 'a task', mode: 'pair' } })
    const path = `/v1/agent-sessions/${session.id}`
    const { body: made } = await server.request('POST', `${path}/viewer-tokens`, { token: key.key, body: { role: 'control', name: 'Bob' } })
    const client = await LiveClient.join(`${server.url.replace('http', 'ws')}${path}/live?token=${made.token}`)
    await client.call('control.take', {})
    await client.call('control.release', {})
    const bob = { id: `token:${made.id}`, name: 'Bob', address: '127.0.0.1' }
    await has(`session_id=${session.id}&action=control.*`, { action: 'control.take', actor: bob })
    await has(`session_id=${session.id}&action=control.*`, { action: 'control.release', actor: bob, data: expect.objectContaining({ reason: 'released' }) })
    await server.request('POST', `${path}/takeover`, { token: key.key, body: { client_id: 'ops' } })
    await has(`actor=key:${key.id}`, { action: 'control.take', data: expect.objectContaining({ client_id: 'ops' }) })
    await server.request('POST', `${path}/mode`, { token: key.key, body: { mode: 'manual' } })
    await server.request('DELETE', `${path}/viewers/${client.hello.viewer.id}`, { token: key.key })
    await server.request('DELETE', path, { token: key.key })
    await server.request('DELETE', `/v1/api-keys/${key.id}`)
    await has('action=key.revoke', { data: expect.objectContaining({ key_id: key.id, name: 'Grace' }) })
    const actions = (await audit(`session_id=${session.id}`)).map(({ action }) => action)
    for (const action of ['session.create', 'token.create', 'control.take', 'control.release', 'session.mode', 'viewer.kick', 'session.close'])
      expect(actions).toContain(action)
    // It remembers no secret.
    const all = JSON.stringify(await audit(''))
    for (const secret of [key.key, made.token, server.apiKey, client.hello.resumeToken]) expect(all).not.toContain(secret)
  })

  test('goes page by page, newest first', async () => {
    const seen: string[] = []
    let cursor = ''
    for (;;) {
      const { body } = await server.request('GET', `/v1/audit?limit=7${cursor}`)
      seen.push(...body.data.map(({ id: entry }: Link) => entry))
      if (!body.has_more) break
      cursor = `&cursor=${body.next_cursor}`
    }
    expect(seen).toEqual([...new Set(seen)].toSorted().toReversed())
    expect((await server.request('GET', '/v1/audit?cursor=nonsense')).body.code).toBe('request/invalid')
  })

  test('counts a flood of wrong credentials instead of listing it', async () => {
    const before = (await audit('action=auth.refused')).length
    await Promise.all(Array.from({ length: 300 }, () => server.request('GET', at(''), { token: 'wrong' })))
    const after = await audit('action=auth.refused')
    expect(after.length - before).toBeLessThanOrEqual(20)
    expect(after[0]).toMatchObject({ actor: { id: 'nobody', address: '127.0.0.1' }, data: expect.objectContaining({ code: expect.stringMatching(/^auth\//) }) })
  })
})

describe('files', () => {
  test('an agent does not get what was downloaded while a human drove', async () => {
    const session = await server.create({ initial_url: 'data:text/html,<title>Bank</title>' })
    const path = `/v1/agent-sessions/${session.id}`
    const { token } = (await server.request('POST', `${path}/viewer-tokens`, { body: { role: 'agent' } })).body
    const download = 'data:application/octet-stream;charset=utf-8,statement'
    const downloads = async (as?: string) => (await server.request('GET', `${path}/downloads`, { ...(as ? { token: as } : {}) })).body.data as Link[]
    await server.request('POST', `${path}/navigate`, { body: { url: download } })
    await expect.poll(async () => (await downloads()).length).toBe(1)
    expect(await downloads(token)).toHaveLength(1)
    await server.request('POST', `${path}/takeover`, { body: { client_id: 'ops' } })
    await server.request('POST', `${path}/navigate`, { body: { url: download, client_id: 'ops' } })
    await expect.poll(async () => (await downloads()).length).toBe(2)
    await server.request('POST', `${path}/handback`, { body: { client_id: 'ops' } })
    const agents = await downloads(token)
    expect(agents).toHaveLength(1)
    const hidden = (await downloads()).find((file) => !agents.some(({ id: known }) => known === file.id))
    expect((await server.request('GET', `${path}/downloads/${hidden?.id}`, { token })).body.code).toBe('file/not-found')
    await expect.poll(async () => (await server.request('GET', `${path}/downloads/${hidden?.id}`)).status).toBe(200)
    expect((await server.request('GET', `${path}/downloads/${hidden?.id}`, { token })).body.code).toBe('file/not-found')
    await server.request('DELETE', path)
  })
})

describe.skipIf(postgresMissing() !== null)('two servers on one PostgreSQL', () => {
  let postgres: Postgres
  let servers: [TestServer, TestServer]
  beforeAll(async () => {
    postgres = await startPostgres()
    const databaseUrl = await postgres.createDatabase()
    servers = [await startTestServer({ databaseUrl }), await startTestServer({ databaseUrl })]
  })
  afterAll(async () => {
    await Promise.all(servers?.map((each) => each.close()) ?? [])
    await postgres?.close()
  })

  test('of many who open a single-use link on both at once exactly one gets in', async () => {
    const session = await servers[0].create()
    const { token } = (await servers[0].request('POST', `/v1/agent-sessions/${session.id}/viewer-tokens`, { body: { single_use: true } })).body
    const asked = Array.from({ length: 20 }, (_, index) => servers[index % 2 === 0 ? 0 : 1].request('GET', '/v1/auth/me', { token }))
    const codes = (await Promise.all(asked)).map(({ status, body }) => body.code ?? status)
    expect([codes.filter((code) => code === 200).length, codes.filter((code) => code === 'auth/used').length]).toEqual([1, 19])
  })

  test('a viewer whose live socket comes to the wrong server first is let in where it is sent', async () => {
    const session = await servers[0].create()
    const path = `/v1/agent-sessions/${session.id}`
    const { token } = (await servers[0].request('POST', `${path}/viewer-tokens`, { body: { single_use: true } })).body
    const sent = await new LiveClient(`${servers[1].url.replace('http', 'ws')}${path}/live?token=${token}`).closed
    expect(sent.code).toBe(4307)
    const client = await LiveClient.join(`${sent.reason}?token=${token}`)
    expect(client.hello.viewer.role).toBe('view')
    expect((await servers[1].request('GET', path, { token })).body.code).toBe('auth/used')
    await client.close()
    // By REST it is passed on, with the proof of what was opened on the way.
    const { token: other } = (await servers[0].request('POST', `${path}/viewer-tokens`, { body: { single_use: true } })).body
    expect((await servers[1].request('GET', path, { token: other })).status).toBe(200)
  })

  test('what one revokes ends on the other', async () => {
    const session = await servers[0].create()
    const path = `/v1/agent-sessions/${session.id}`
    const { id: linkId, token } = (await servers[0].request('POST', `${path}/viewer-tokens`)).body
    const byLink = await LiveClient.join(`${servers[0].url.replace('http', 'ws')}${path}/live?token=${token}`)
    const { body: key } = await servers[0].request('POST', '/v1/api-keys', { body: { name: 'other' } })
    const byKey = await LiveClient.join((await servers[0].request('GET', path, { token: key.key })).body.live.ws_url)
    expect((await servers[1].request('DELETE', `${path}/viewer-tokens/${linkId}`)).status).toBe(204)
    expect((await byLink.closed).reason).toBe('auth/revoked')
    expect((await servers[1].request('DELETE', `/v1/api-keys/${key.id}`)).status).toBe(200)
    expect((await byKey.closed).reason).toBe('auth/revoked')
    expect((await servers[0].request('GET', '/v1/auth/me', { token: key.key })).body.code).toBe('auth/revoked')
  })
})
