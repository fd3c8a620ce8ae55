/**
 * A proxy that cuts what is idle. Real ones do so after 30 s or more, and the server says something every 10 s; here it is
 * ten times as fast, and the server faster still: the machine may be busy. The same proxy cuts sockets of a server that
 * says nothing, so the proxy's part is seen as well.
 */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { LiveClient } from '../harness/liveClient.ts'
import { startReverseProxy } from '../harness/reverseProxy.ts'
import type { ReverseProxy } from '../harness/reverseProxy.ts'
import { startTestServer } from '../harness/server.ts'
import type { TestServer } from '../harness/server.ts'

const IDLE_MS = 3_000
const BEATS = 6
let proxy: ReverseProxy
let server: TestServer
let quietProxy: ReverseProxy
let quiet: TestServer

beforeAll(async () => {
  proxy = await startReverseProxy({ idleMs: IDLE_MS })
  server = await startTestServer({ publicUrl: proxy.url, trustedProxies: ['loopback'], heartbeatMs: IDLE_MS / BEATS })
  proxy.to(server.url)
  quietProxy = await startReverseProxy({ idleMs: IDLE_MS })
  quiet = await startTestServer({ publicUrl: quietProxy.url, trustedProxies: ['loopback'], heartbeatMs: 600_000 })
  quietProxy.to(quiet.url)
})
afterAll(async () => {
  for (const part of [server, quiet, proxy, quietProxy]) await part?.close()
})

/** Opens all three kinds of connections, and says nothing on any. */
async function openAll(to: TestServer): Promise<{ viewer: LiveClient; agent: WebSocket; events: Promise<'cut' | 'open'>; stop: () => void }> {
  const session = await to.create()
  const viewer = await LiveClient.join(session.live.ws_url)
  const agent = new WebSocket(session.cdp.ws_url)
  agent.on('error', () => undefined)
  await new Promise((resolve) => agent.once('open', resolve))
  const controller = new AbortController()
  const base = session.live.ws_url.replace(/^ws/, 'http').replace(/\/live.*$/, '')
  const response = await fetch(`${base}/events`, {
    headers: { authorization: `Bearer ${to.apiKey}`, accept: 'text/event-stream' },
    signal: controller.signal,
  })
  expect(response.headers.get('content-type')).toContain('text/event-stream')
  const read = async (): Promise<'cut' | 'open'> => {
    try {
      for await (const _ of response.body ?? []) continue
      return 'cut'
    } catch {
      return controller.signal.aborted ? 'open' : 'cut'
    }
  }
  return { viewer, agent, events: read(), stop: () => controller.abort() }
}

function heard(socket: WebSocket, pings: number): Promise<void> {
  return new Promise((resolve) => socket.on('ping', () => --pings === 0 && resolve()))
}

test('viewers, agents and event streams stay connected over it while nobody says anything', async () => {
  const { viewer, agent, events, stop } = await openAll(server)
  // As many pings as the server says in twice the time that the proxy suffers.
  await Promise.all([viewer.socket, agent].map((socket) => heard(socket, 2 * BEATS)))
  expect(proxy.cuts).toBe(0)
  expect(viewer.socket.readyState).toBe(WebSocket.OPEN)
  expect(agent.readyState).toBe(WebSocket.OPEN)
  await viewer.call('viewer.ping', { clientTime: 0 })
  stop()
  expect(await events).toBe('open')
  agent.terminate()
  await viewer.close()
})

test('the same proxy cuts all three where the server keeps silent', async () => {
  const { viewer, agent, events } = await openAll(quiet)
  const gone = new Promise((resolve) => agent.once('close', resolve))
  await Promise.all([viewer.closed, gone, expect(events).resolves.toBe('cut')])
  expect(quietProxy.cuts).toBeGreaterThanOrEqual(3)
})
