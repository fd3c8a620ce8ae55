/** Our own LiveKit server: a child that is started, watched, started again and ended by us. */
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs'
import { connect } from 'node:net'
import { networkInterfaces, tmpdir } from 'node:os'
import { join } from 'node:path'
import { AccessToken } from 'livekit-server-sdk'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import WebSocket from 'ws'
import { createLog } from '../../packages/server/src/log.ts'
import { Engine } from '../../packages/server/src/rooms/engine.ts'
import type { EngineOptions } from '../../packages/server/src/rooms/engine.ts'
import { freeTcpPort } from '../../packages/server/src/rooms/ports.ts'
import { livekitProgram, ownLiveKit } from '../harness/livekit.ts'
import { RoomClient } from '../harness/roomClient.ts'
import { spawnServer, startTestServer } from '../harness/server.ts'
import type { TestServer } from '../harness/server.ts'

const SLOW_MS = 30_000
let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'tandem-engine-'))
})
afterEach(() => rmSync(dir, { recursive: true, force: true, maxRetries: 5 }))

function engine(options: Partial<EngineOptions> = {}): Engine & AsyncDisposable {
  const made = new Engine({
    dataDir: dir,
    host: '127.0.0.1',
    publicAddress: undefined,
    stunUrls: [],
    program: livekitProgram(),
    mediaPort: undefined,
    log: createLog('silent'),
    ...options,
  })
  return Object.assign(made, { [Symbol.asyncDispose]: () => made.close() })
}

const configOf = (dataDir: string) => JSON.parse(readFileSync(join(dataDir, 'livekit', 'config.json'), 'utf8'))
const isUp = (made: Engine): Promise<void> => vi.waitFor(() => expect(made.problem).toBeNull(), { timeout: SLOW_MS, interval: 20 })
const ownNode = async (server: TestServer) => (await server.request('GET', '/v1/nodes')).body.data[0]
const nodeIsUp = (server: TestServer): Promise<void> =>
  vi.waitFor(async () => expect((await ownNode(server)).connected).toBe(true), { timeout: SLOW_MS, interval: 50 })
const isAlive = (pid: number): boolean => existsSync(`/proc/${pid}/stat`) && !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))

function joinUrl(server: TestServer, room: string, secret: { apiKey: string; apiSecret: string }): Promise<string> {
  const token = new AccessToken(secret.apiKey, secret.apiSecret, { identity: 'somebody' })
  token.addGrant({ room, roomJoin: true })
  return token.toJwt().then((jwt) => `${server.url.replace('http', 'ws')}/livekit/rtc?access_token=${jwt}&protocol=15&auto_subscribe=1`)
}

/** The first message of a socket, or the status that its upgrade was refused with. */
function firstOf(url: string, origin?: string): Promise<{ bytes: number } | { status: number }> {
  const socket = new WebSocket(url, origin === undefined ? {} : { origin })
  return new Promise<{ bytes: number } | { status: number }>((resolve, reject) => {
    socket.once('message', (data: Buffer) => resolve({ bytes: data.length }))
    socket.once('unexpected-response', (_request, response) => resolve({ status: response.statusCode ?? 0 }))
    socket.once('error', reject)
  }).finally(() => socket.terminate())
}

test('it runs on loopback alone, with a secret that is on no command line, and ends with us', async () => {
  const made = engine()
  await made.start()
  await isUp(made)
  const pid = made.pid ?? 0
  const { apiSecret } = made.credentials ?? { apiSecret: '' }
  expect(apiSecret.length).toBeGreaterThanOrEqual(32)
  expect(readFileSync(`/proc/${pid}/cmdline`, 'utf8')).not.toContain(apiSecret)
  expect(readFileSync(`/proc/${pid}/environ`, 'utf8')).not.toContain(apiSecret)
  expect(statSync(join(dir, 'livekit', 'config.json')).mode & 0o777).toBe(0o600)
  const port = Number(new URL(made.url ?? '').port)
  expect(await reaches('127.0.0.1', port)).toBe(true)
  for (const { address } of outside) expect(await reaches(address, port), address).toBe(false)
  await made.close()
  expect(isAlive(pid)).toBe(false)
  await made.close()
})

const outside = Object.values(networkInterfaces()).flatMap((list) => (list ?? []).filter(({ internal, family }) => !internal && family === 'IPv4'))

test('where the server listens beyond loopback, its media do too; its signalling and its API never', async () => {
  for (const network of [{ host: '0.0.0.0' }, { host: '0.0.0.0', publicAddress: '203.0.113.7' }, { host: 'tandem.example' }, { host: '127.0.0.2' }]) {
    const mediaPort = await freeTcpPort()
    await using made = engine({ ...network, mediaPort })
    await made.start()
    await isUp(made)
    const isWide = network.host !== '127.0.0.2'
    for (const { address } of outside) {
      expect(await reaches(address, mediaPort), `${address} ${JSON.stringify(network)}`).toBe(isWide)
      expect(await reaches(address, Number(new URL(made.url ?? '').port))).toBe(false)
    }
    const { rtc } = configOf(dir)
    expect(rtc.node_ip).toBe(network.publicAddress ?? (isWide ? undefined : '127.0.0.1'))
    // Nobody is sent to a STUN server on the internet.
    expect(rtc.stun_servers).toEqual([`127.0.0.1:${new URL(made.url ?? '').port}`])
  }
})

test('it tells at once who comes into a room and leaves; nobody else can', async () => {
  await using made = engine()
  await made.start()
  await isUp(made)
  const moved = vi.fn()
  made.events.on('moved', moved)
  const { urls } = configOf(dir).webhook
  expect(urls).toEqual([expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/[0-9a-f]{64}$/)])
  const guess = await fetch(new URL('/', urls[0]), { method: 'POST', body: '{"event":"room_started"}' })
  expect([guess.status, moved.mock.calls]).toEqual([404, []])
  const token = new AccessToken(made.credentials?.apiKey, made.credentials?.apiSecret, { identity: 'somebody' })
  token.addGrant({ room: 'news', roomJoin: true })
  await using client = await RoomClient.join({ ws_url: made.url ?? '', token: await token.toJwt() })
  await vi.waitFor(() => expect(moved.mock.calls.length).toBeGreaterThanOrEqual(2), { timeout: SLOW_MS })
  const before = moved.mock.calls.length
  await client.close()
  await vi.waitFor(() => expect(moved.mock.calls.length).toBeGreaterThan(before), { timeout: SLOW_MS })
})

test('one that dies is said to be down, and is back at the same address with the same key', async () => {
  await using made = engine()
  await made.start()
  await isUp(made)
  const { url, credentials, pid } = made
  const problems: (string | null)[] = []
  made.events.on('changed', () => problems.push(made.problem))
  process.kill(pid ?? 0, 'SIGKILL')
  await vi.waitFor(() => expect(problems).toHaveLength(2), { timeout: SLOW_MS, interval: 20 })
  expect(problems[0]).toContain('SIGKILL')
  expect(problems[1]).toBeNull()
  expect(made.pid).not.toBe(pid)
  expect({ url: made.url, credentials: made.credentials }).toEqual({ url, credentials })
})

test("its key outlives a restart of the server, so that yesterday's tokens join", async () => {
  const first = engine()
  await first.start()
  await isUp(first)
  const { credentials } = first
  await first.close()
  await using second = engine()
  await second.start()
  await isUp(second)
  expect(second.credentials).toEqual(credentials)
})

test('a program that is built meanwhile is taken up when it is there', async () => {
  const program = join(dir, 'livekit-server')
  await using made = engine({ program })
  await made.start()
  expect(made.missing).toBe(true)
  expect(made.problem).toContain('not on this machine')
  symlinkSync(livekitProgram(), program)
  await isUp(made)
  expect(made.missing).toBe(false)
})

test('one that cannot run is tried again and again, and says what it said', async () => {
  await using made = engine({ program: '/bin/false' })
  await made.start()
  await vi.waitFor(() => expect(made.problem).toContain('ended by itself (code 1'), { interval: 20 })
})

test('a server shows its own, which its clients reach through it, from any origin, by a token of LiveKit alone', { timeout: SLOW_MS }, async () => {
  await using server = await startTestServer({ livekit: ownLiveKit() })
  await nodeIsUp(server)
  expect(await ownNode(server)).toMatchObject({ source: 'own', state: 'active', ws_url: null, has_livekit: true, problem: null, sessions: 0 })
  const [[apiKey, apiSecret] = ['', '']] = Object.entries<string>(configOf(server.dataDir).keys)
  const url = await joinUrl(server, 'agt_x', { apiKey, apiSecret })
  expect(await firstOf(url, 'https://elsewhere.example')).toHaveProperty('bytes')
  expect(await firstOf(await joinUrl(server, 'agt_x', { apiKey, apiSecret: 'x'.repeat(32) }))).toEqual({ status: 401 })
  // livekit-client asks why its socket was refused.
  const why = await fetch(`${server.url}/livekit/rtc/validate?access_token=none`, { headers: { origin: 'https://elsewhere.example' } })
  expect({ status: why.status, origin: why.headers.get('access-control-allow-origin') }).toEqual({ status: 401, origin: 'https://elsewhere.example' })
  // LiveKit's API is for us alone.
  for (const path of ['/livekit/twirp/livekit.RoomService/ListRooms', '/livekit/', '/livekit/debug/rooms'])
    expect((await server.request('POST', path, { body: {} })).status, path).toBe(404)
})

test('one that answers nothing is started anew', { timeout: 2 * SLOW_MS }, async () => {
  await using server = await startTestServer({ livekit: ownLiveKit() })
  await nodeIsUp(server)
  const { pid } = JSON.parse(readFileSync(join(server.dataDir, 'livekit', 'tandem-process.json'), 'utf8'))
  process.kill(pid, 'SIGSTOP')
  await vi.waitFor(async () => expect((await ownNode(server)).connected).toBe(false), { timeout: SLOW_MS, interval: 50 })
  await nodeIsUp(server)
  expect(isAlive(pid)).toBe(false)
})

test('a server that was killed leaves none behind after its next start', { timeout: 2 * SLOW_MS }, async () => {
  const env = { TANDEM_LIVEKIT: 'auto', TANDEM_LIVEKIT_BIN: livekitProgram() }
  const first = await spawnServer({ dataDir: dir, env })
  await nodeIsUp(first)
  const { pid } = JSON.parse(readFileSync(join(dir, 'livekit', 'tandem-process.json'), 'utf8'))
  expect(isAlive(pid)).toBe(true)
  await first.kill('SIGKILL')
  await using second = await spawnServer({ dataDir: dir, env })
  expect(isAlive(pid)).toBe(false)
  await nodeIsUp(second)
})

test('switched off, there is none, and nothing else is missing', async () => {
  await using server = await startTestServer()
  expect((await server.request('GET', '/v1/nodes')).body).toEqual({ data: [] })
  expect((await server.request('GET', '/ready')).status).toBe(200)
})

function reaches(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 1_000 })
    const end = (reached: boolean) => {
      socket.destroy()
      resolve(reached)
    }
    socket.once('connect', () => end(true))
    socket.once('timeout', () => end(false))
    socket.once('error', () => end(false))
  })
}
