/** LiveKit servers as nodes: registered, asked, placed on, lost and back; their secrets sealed. Real servers, real loss. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isTandemError } from '@tandem/protocol'
import { AccessToken } from 'livekit-server-sdk'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import WebSocket from 'ws'
import { loadConfig } from '@tandem/server'
import type { Config } from '@tandem/server'
import { createLog } from '../../packages/server/src/log.ts'
import { RoomNodes } from '../../packages/server/src/rooms/nodes.ts'
import { Store } from '../../packages/server/src/store/store.ts'
import { startLiveKit } from '../harness/livekit.ts'
import type { LiveKit } from '../harness/livekit.ts'
import { spawnServer, startTestServer } from '../harness/server.ts'
import type { TestServer } from '../harness/server.ts'

const WAIT = { timeout: 30_000, interval: 50 }
const OFF: Config['livekit'] = { own: 'off', bin: undefined, port: undefined, elsewhere: undefined }
let one: LiveKit
let two: LiveKit
let dir: string

beforeAll(async () => {
  ;[one, two] = await Promise.all([startLiveKit(), startLiveKit()])
})
afterAll(async () => {
  await Promise.all([one?.close(), two?.close()])
})
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'tandem-nodes-'))
})
afterEach(() => rmSync(dir, { recursive: true, force: true, maxRetries: 5 }))

const register = (server: TestServer, id: string, livekit: LiveKit, change: Partial<{ api_secret: string; ws_url: string }> = {}) => {
  const body = livekit.registration(id)
  return server.request('POST', '/v1/nodes/register', { body: { ...body, livekit: { ...body.livekit, ...change } } })
}
const nodeOf = async (server: TestServer, id: string) => (await server.request('GET', '/v1/nodes')).body.data.find((node: { id: string }) => node.id === id)

/** The nodes of a server without the server, for what REST does not show. */
async function openNodes(options: Partial<Config> = {}): Promise<{ nodes: RoomNodes } & AsyncDisposable> {
  const config = loadConfig({}, { livekit: OFF, ...options, dataDir: dir })
  const log = createLog('silent')
  const store = await Store.open({ dataDir: dir, log })
  const nodes = await RoomNodes.open({ config, store, serverId: 'srv_test', log })
  nodes.start()
  return {
    nodes,
    [Symbol.asyncDispose]: async () => {
      await nodes.close()
      await store.close()
    },
  }
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'it worked',
    (error: unknown) => (isTandemError(error) ? error.code : String(error)),
  )
}

test('registered, it is asked at once, listed under both names, and its secret is nowhere to be read', async () => {
  await using server = await spawnServer({ dataDir: dir, env: { TANDEM_LOG_LEVEL: 'debug' } })
  const answer = await server.request('POST', '/v1/mac-nodes/register', {
    body: { mac_node_id: 'mac-1', livekit: one.registration('mac-1').livekit },
  })
  expect(answer).toMatchObject({ status: 200, body: { node_id: 'mac-1', mac_node_id: 'mac-1', ws_url: one.url, warnings: [] } })
  expect(Date.parse(answer.body.livekit_registered_at)).toBeGreaterThan(Date.now() - 60_000)
  const [nodes, macNodes] = await Promise.all(['/v1/nodes', '/v1/mac-nodes'].map((path) => server.request('GET', path)))
  expect(nodes?.body.data).toMatchObject([
    { id: 'mac-1', source: 'registered', state: 'active', ws_url: one.url, has_livekit: true, connected: true, problem: null, sessions: 0 },
  ])
  expect(macNodes?.body.data[0].id).toBe('mac-1')
  const audit = await server.request('GET', '/v1/audit')
  expect(audit.body.data.map(({ action }: { action: string }) => action)).toContain('node.register')
  await server.kill('SIGTERM')
  const seen = [answer, nodes, macNodes, audit].map((each) => JSON.stringify(each?.body)).join() + server.stdout() + server.stderr()
  expect(seen).not.toContain(one.apiSecret)
  for (const file of readdirSync(dir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()))
    expect(readFileSync(join(file.parentPath, file.name)).includes(one.apiSecret), file.name).toBe(false)
})

test('registered twice, it has the new address and key; made twice, it is refused', async () => {
  await using server = await startTestServer()
  expect((await server.request('POST', '/v1/nodes', { body: { node_id: 'n', display_name: 'Rack 7', region: 'eu' } })).status).toBe(201)
  expect(await nodeOf(server, 'n')).toMatchObject({ has_livekit: false, connected: false, ws_url: null, problem: expect.stringContaining('no LiveKit server') })
  expect(await server.request('POST', '/v1/mac-nodes', { body: { node_id: 'n' } })).toMatchObject({ status: 409, body: { code: 'node/exists' } })
  expect((await register(server, 'n', one)).status).toBe(200)
  expect(await nodeOf(server, 'n')).toMatchObject({ display_name: 'Rack 7', region: 'eu', ws_url: one.url, connected: true })
  expect((await register(server, 'n', two)).status).toBe(200)
  expect(await nodeOf(server, 'n')).toMatchObject({ display_name: 'Rack 7', ws_url: two.url, connected: true })
  expect((await server.request('GET', '/v1/nodes')).body.data).toHaveLength(1)
})

test('what an operator should know is in the warnings', async () => {
  await using server = await startTestServer()
  const cloud = await register(server, 'n', one, { ws_url: 'wss://project.livekit.cloud' })
  expect(cloud.body.warnings).toEqual([expect.stringContaining('two hops')])
})

test('a wrong secret is a node that is down for that reason, which is told without the secret', async () => {
  await using server = await startTestServer()
  const wrong = 'not-the-secret-of-this-server-0123456789'
  expect((await register(server, 'n', one, { api_secret: wrong })).status).toBe(200)
  const node = await nodeOf(server, 'n')
  expect(node).toMatchObject({ connected: false, problem: expect.stringContaining('401') })
  expect(JSON.stringify(node)).not.toContain(wrong)
  expect((await register(server, 'n', one)).status).toBe(200)
  expect(await nodeOf(server, 'n')).toMatchObject({ connected: true, problem: null })
})

test('one that is killed or answers nothing is seen to be down, and up again when it is back', async () => {
  await using livekit = await startLiveKit()
  await using server = await startTestServer({ livekit: livekit.config })
  const env = async () => (await server.request('GET', '/v1/nodes')).body.data[0]
  await vi.waitFor(async () => expect(await env()).toMatchObject({ source: 'environment', connected: true, ws_url: livekit.url }), WAIT)
  await livekit.kill()
  await vi.waitFor(async () => expect(await env()).toMatchObject({ connected: false, problem: expect.stringContaining('ECONNREFUSED') }), WAIT)
  await livekit.start()
  await vi.waitFor(async () => expect((await env()).connected).toBe(true), WAIT)
  livekit.freeze()
  await vi.waitFor(async () => expect(await env()).toMatchObject({ connected: false, problem: expect.stringContaining('did not answer') }), WAIT)
  livekit.thaw()
  await vi.waitFor(async () => expect((await env()).connected).toBe(true), WAIT)
})

test('sessions go to the node with the fewest, stick to it when it is lost, and new ones go to the other', async () => {
  await using livekit = await startLiveKit()
  await using opened = await openNodes({ livekit: livekit.config })
  const { nodes } = opened
  expect(nodes.missing).not.toBeNull()
  await nodes.register(one.registration('other'))
  await vi.waitFor(() => expect(nodes.missing).toBeNull(), WAIT)
  await vi.waitFor(() => expect(nodes.snapshot().every(({ up }) => up)).toBe(true), WAIT)
  const [first, second] = ['agt_1', 'agt_2'].map((id) => nodes.place(id))
  expect([first?.id, second?.id].toSorted()).toEqual(['env_test', 'other'])
  const [lost = null, kept = null] = first?.id === 'env_test' ? [first, second] : [second, first]
  expect(nodes.snapshot().map(({ sessions }) => sessions)).toEqual([1, 1])
  const changed: string[] = []
  nodes.events.on('changed', (id) => changed.push(id))
  await livekit.kill()
  await vi.waitFor(() => expect(changed).toEqual(['env_test']), WAIT)
  expect(lost?.down).toContain('ECONNREFUSED')
  expect(nodes.place(first === lost ? 'agt_1' : 'agt_2')).toBe(lost)
  expect(['agt_3', 'agt_4'].map((id) => nodes.place(id))).toEqual([kept, kept])
  expect(nodes.missing).toBeNull()
  expect(await codeOf(lost?.ensureRoom('agt_1') ?? Promise.resolve())).toBe('room/unavailable')
  await lost?.deleteRoom('agt_1')
  await livekit.start()
  await vi.waitFor(() => expect(changed).toEqual(['env_test', 'env_test']), WAIT)
  expect(nodes.place('agt_5')).toBe(lost)
  nodes.release('agt_3')
  nodes.release('agt_4')
  // Back after a restart of the server: at the same node, whatever the load.
  expect(nodes.find('other', 'agt_6')?.id).toBe('other')
  expect(nodes.find('unknown', 'agt_7')).toBeNull()
})

test('a cordoned node gets no new sessions; drained, it keeps its own and cannot be removed before they end', async () => {
  await using opened = await openNodes()
  const { nodes } = opened
  await nodes.register(one.registration('n'))
  expect(nodes.place('agt_1')?.id).toBe('n')
  expect((await nodes.control('n', 'drain')).state).toBe('draining')
  expect(nodes.place('agt_2')).toBeNull()
  expect(nodes.missing).toContain('draining')
  expect(await codeOf(nodes.remove('n'))).toBe('node/in-use')
  nodes.release('agt_1')
  expect((await nodes.control('n', 'uncordon')).state).toBe('active')
  expect(nodes.place('agt_2')?.id).toBe('n')
  nodes.release('agt_2')
  expect(await codeOf(nodes.control('n', 'restart'))).toBe('node/own')
  await nodes.control('n', 'cordon')
  await nodes.remove('n')
  expect(await codeOf(nodes.control('n', 'cordon'))).toBe('node/not-found')
  expect(nodes.missing).toBe('no LiveKit server is known')
})

test('the node of the environment stays out of use over a restart, and comes back when it is told to', async () => {
  const restarted = async (work: (nodes: RoomNodes) => Promise<void>): Promise<void> => {
    await using opened = await openNodes({ livekit: one.config })
    await work(opened.nodes)
  }
  await restarted(async (nodes) => void (await nodes.control('env_test', 'drain')))
  await restarted(async (nodes) => {
    expect((await nodes.list())[0]).toMatchObject({ id: 'env_test', state: 'draining' })
    expect(nodes.place('agt_1')).toBeNull()
    await nodes.control('env_test', 'uncordon')
  })
  await restarted(async (nodes) => expect(nodes.place('agt_1')?.id).toBe('env_test'))
})

test('by REST: control answers 202, unknown nodes 404, and what the server brings itself cannot be removed or changed', async () => {
  await using server = await startTestServer({ livekit: one.config })
  const [{ id }] = (await server.request('GET', '/v1/nodes')).body.data
  const control = (node: string, body: unknown) => server.request('POST', `/v1/nodes/${node}/control`, { body })
  expect(await control(id, { command: 'cordon', reason: 'new disks' })).toMatchObject({ status: 202, body: { id, state: 'cordoned' } })
  expect(await control(id, { command: 'restart' })).toMatchObject({ status: 409, body: { code: 'node/own' } })
  expect(await control('nowhere', { command: 'drain' })).toMatchObject({ status: 404, body: { code: 'node/not-found' } })
  expect((await control(id, { command: 'explode' })).status).toBe(400)
  expect(await server.request('DELETE', `/v1/nodes/${id}`)).toMatchObject({ status: 409, body: { code: 'node/own' } })
  expect(await register(server, id, two)).toMatchObject({ status: 409, body: { code: 'node/own' } })
  expect((await server.request('DELETE', '/v1/nodes/nowhere')).status).toBe(404)
})

test('who comes into a room that is watched, and that the last one left, is told; the browser is nobody there', async () => {
  await using opened = await openNodes({ livekit: one.config })
  const { nodes } = opened
  const room = `agt_${crypto.randomUUID()}`
  const node = nodes.place(room)
  await vi.waitFor(() => expect(node?.down).toBeNull(), WAIT)
  await node?.ensureRoom(room)
  nodes.watch(room, true)
  const told: number[] = []
  nodes.events.on('occupied', (where, identities) => where === room && told.at(-1) !== identities.length && told.push(identities.length))
  const browser = await joinAs(one, room, 'tandem-browser')
  const viewer = await joinAs(one, room, 'customer-1')
  await vi.waitFor(() => expect(told).toEqual([1]), WAIT)
  await node?.removeParticipant(room, 'customer-1')
  await vi.waitFor(() => expect(told).toEqual([1, 0]), WAIT)
  browser.terminate()
  viewer.terminate()
  await node?.deleteRoom(room)
  expect(await one.api.listRooms([room])).toEqual([])
})

test('tokens: a viewer may not publish anything, a driver data alone, the browser all; rooms and times are as asked', async () => {
  await using opened = await openNodes({ livekit: one.config })
  const node = opened.nodes.place('agt_1')
  const grants = async (may: 'watch' | 'control' | 'browser') => {
    const grant = { room: 'agt_1', identity: 'somebody', name: 'Somebody', attributes: { role: may }, may, ttlS: 86_400 }
    const { token = '', expiresAt } = (await node?.token(grant)) ?? {}
    const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
    expect(claims).toMatchObject({ iss: one.apiKey, sub: 'somebody', name: 'Somebody', attributes: { role: may }, video: { room: 'agt_1', roomJoin: true } })
    expect(Math.abs(claims.exp * 1_000 - (expiresAt?.getTime() ?? 0))).toBeLessThan(5_000)
    expect(claims.exp - Date.now() / 1_000).toBeGreaterThan(86_390)
    const { canPublish, canPublishData, canSubscribe, canUpdateOwnMetadata, roomAdmin = false } = claims.video
    return { canPublish, canPublishData, canSubscribe, canUpdateOwnMetadata, roomAdmin }
  }
  const none = { canUpdateOwnMetadata: false, roomAdmin: false }
  expect(await grants('watch')).toEqual({ canPublish: false, canPublishData: false, canSubscribe: true, ...none })
  expect(await grants('control')).toEqual({ canPublish: false, canPublishData: true, canSubscribe: true, ...none })
  expect(await grants('browser')).toEqual({ canPublish: true, canPublishData: true, canSubscribe: false, ...none })
})

test('a sealed secret whose key is gone is told to the operator and leaks nothing; registered again, all is well', async () => {
  const first = await startTestServer({ dataDir: dir })
  await register(first, 'n', one)
  await first.close()
  rmSync(join(dir, 'secret-key'))
  const second = await spawnServer({ dataDir: dir })
  await vi.waitFor(
    async () => expect(await nodeOf(second, 'n')).toMatchObject({ connected: false, problem: expect.stringMatching(/sealed with the key \w{8}/) }),
    WAIT,
  )
  await second.kill('SIGTERM')
  expect(second.stderr()).toContain('sealed with the key')
  expect(second.stderr()).not.toContain(one.apiSecret)
  await using opened = await openNodes()
  const { nodes } = opened
  const grant = { room: 'agt_1', identity: 'x', name: 'x', attributes: {}, may: 'watch', ttlS: 60 } as const
  expect(await codeOf(nodes.find('n', 'agt_1')?.token(grant) ?? Promise.resolve())).toBe('room/secret-unreadable')
  expect(await codeOf(nodes.find('n', 'agt_1')?.ensureRoom('agt_1') ?? Promise.resolve())).toBe('room/secret-unreadable')
  expect(await nodes.rotate()).toMatchObject({ resealed: 0, unreadable: ['n'] })
  await nodes.register(one.registration('n'))
  expect((await nodes.list())[0]).toMatchObject({ connected: true, problem: null })
})

test('a rotation seals every secret anew, and nothing is lost by a restart', async () => {
  const keyFile = () => readFileSync(join(dir, 'secret-key'), 'utf8')
  const first = await startTestServer({ dataDir: dir })
  await register(first, 'one', one)
  await register(first, 'two', two)
  const before = keyFile().trim()
  const rotated = await first.request('POST', '/v1/secrets/rotate')
  expect(rotated).toMatchObject({ status: 200, body: { resealed: 2, unreadable: [] } })
  expect(keyFile()).not.toContain(before)
  expect(JSON.stringify(rotated.body)).not.toContain(keyFile().trim())
  expect((await nodeOf(first, 'one')).connected).toBe(true)
  await first.close()
  await using second = await startTestServer({ dataDir: dir })
  for (const id of ['one', 'two']) await vi.waitFor(async () => expect((await nodeOf(second, id)).connected, id).toBe(true), WAIT)
})

test('keys of the environment are rotated by putting a new one in front', async () => {
  const [old, next] = ['a'.repeat(64), 'b'.repeat(64)]
  const first = await startTestServer({ dataDir: dir, secretKeys: [old] })
  await register(first, 'n', one)
  await first.close()
  const both = await startTestServer({ dataDir: dir, secretKeys: [next, old] })
  await vi.waitFor(async () => expect((await nodeOf(both, 'n')).connected).toBe(true), WAIT)
  expect((await both.request('POST', '/v1/secrets/rotate')).body).toMatchObject({ resealed: 1, unreadable: [] })
  expect((await both.request('POST', '/v1/secrets/rotate')).body).toMatchObject({ resealed: 0, unreadable: [] })
  await both.close()
  await using last = await startTestServer({ dataDir: dir, secretKeys: [next] })
  await vi.waitFor(async () => expect((await nodeOf(last, 'n')).connected).toBe(true), WAIT)
  expect(readdirSync(dir)).not.toContain('secret-key')
})

/** A participant as LiveKit sees it: its signalling, without media. */
async function joinAs(livekit: LiveKit, room: string, identity: string): Promise<WebSocket> {
  const token = new AccessToken(livekit.apiKey, livekit.apiSecret, { identity })
  token.addGrant({ room, roomJoin: true })
  const socket = new WebSocket(`${livekit.url}/rtc?access_token=${await token.toJwt()}&protocol=15&auto_subscribe=1`)
  await new Promise((resolve, reject) => socket.once('message', resolve).once('error', reject))
  return socket
}
