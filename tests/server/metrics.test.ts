/** /health, /ready and /metrics of a server that works. */
import { readFileSync } from 'node:fs'
import { get } from 'node:http'
import { networkInterfaces } from 'node:os'
import { chromium } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { LiveClient } from '../harness/liveClient.ts'
import { startTestServer } from '../harness/server.ts'
import type { TestServer } from '../harness/server.ts'

let server: TestServer

beforeAll(async () => {
  server = await startTestServer()
})
afterAll(async () => {
  await server?.close()
})

/** `name{labels}` -> value. */
async function scrape(): Promise<Map<string, number>> {
  const { status, body } = await server.request('GET', '/metrics', { token: null })
  expect(status).toBe(200)
  const lines = String(body)
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
  return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]))
}

/** fetch says itself which host it asks for. */
function statusAs(host: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const { port } = new URL(server.url)
    get({ host: '127.0.0.1', port, path: '/metrics', headers: { host: `${host}:${port}` } }, (answer) => {
      answer.resume()
      resolve(answer.statusCode)
    }).once('error', reject)
  })
}

test('what happens in a session is counted: viewers, frames, control, commands, requests, memory', async () => {
  const session = await server.create()
  const viewer = await LiveClient.join(session.live.ws_url)
  const report = { transport: 'websocket', codec: 'av01', width: 1280, height: 720, fps: 60, kbps: 200, rttMs: 3, freezes: 0 }
  viewer.notify('media.report', { ...report, glassToGlassMs: 18, framesDropped: 2 })
  viewer.notify('media.report', { ...report, glassToGlassMs: 22, framesDropped: 5 })
  const agent = await chromium.connectOverCDP(session.cdp.ws_url)
  const page = await agent.contexts()[0]?.newPage()
  await page?.evaluate('1 + 1')
  await viewer.call('control.take', {})
  await expect(page?.evaluate('2 + 2')).rejects.toThrow(/human-driving/)
  await viewer.call('viewer.ping', { clientTime: 0 })

  const seen = await scrape()
  const value = (name: string): number => seen.get(name) ?? Number.NaN
  expect(value('tandem_sessions{status="active"}')).toBe(1)
  expect(value('tandem_agents')).toBe(1)
  expect(value('tandem_viewers{rung="websocket"}')).toBe(1)
  expect(value('tandem_viewer_fps{rung="websocket"}')).toBe(60)
  expect(value('tandem_glass_to_glass_seconds_count{rung="websocket"}')).toBe(2)
  expect(value('tandem_glass_to_glass_seconds_sum{rung="websocket"}')).toBeCloseTo(0.04)
  expect(value('tandem_viewer_frames_dropped_total{rung="websocket"}')).toBe(5)
  expect(value('tandem_gateway_command_seconds_count')).toBeGreaterThan(5)
  expect(value('tandem_gateway_refused_total{code="control/human-driving"}')).toBeGreaterThan(0)
  expect(value('tandem_http_request_seconds_count{method="POST",route="/v1/agent-sessions",status="2xx"}')).toBe(1)
  expect(value('tandem_session_start_seconds_count{from="cold"}')).toBe(1)
  expect(value('tandem_memory_bytes{of="browsers"}')).toBeGreaterThan(50e6)
  expect(value('tandem_memory_bytes{of="server"}')).toBeGreaterThan(20e6)
  expect(value('tandem_event_loop_lag_seconds{quantile="0.99"}')).toBeGreaterThan(0)
  expect([...seen.keys()].filter((name) => name.startsWith('tandem_control_transitions_total{'))).not.toHaveLength(0)

  await agent.close()
  await viewer.close()
  await server.request('DELETE', `/v1/agent-sessions/${session.id}`)
  const after = await scrape()
  expect(after.get('tandem_sessions{status="active"}')).toBe(0)
  expect(after.get('tandem_sessions_closed_total{cause="closed-by-request"}')).toBe(1)
  // Whatever a session, a viewer or a path was called is in no label: the number of series stays what it is.
  expect([...after.keys()].join('\n')).not.toMatch(/agt_|vwr_|agc_|[0-9a-f]{8}-/)
})

test('a viewer can put nothing of its own into a label or out of proportion', async () => {
  const session = await server.create()
  const viewer = await LiveClient.join(session.live.ws_url)
  const report = { codec: null, width: 0, height: 0, fps: 1, kbps: 0, rttMs: null, glassToGlassMs: -5, freezes: 0 }
  viewer.notify('media.report', { ...report, transport: 'evil"} 1', framesDropped: Number.MAX_SAFE_INTEGER })
  await viewer.call('viewer.ping', { clientTime: 0 })
  const seen = await scrape()
  expect([...seen.keys()].join('\n')).not.toContain('evil')
  expect(seen.get('tandem_viewer_frames_dropped_total{rung="none"}')).toBeLessThanOrEqual(1_000)
  await viewer.close()
})

test('programs on this machine read the metrics; a proxy, a page and another machine need the key', async () => {
  const ask = (headers: Record<string, string>, token: string | null = null) =>
    server.request('GET', '/metrics', { token, headers }).then(({ status }) => status)
  expect(await ask({})).toBe(200)
  expect(await ask({ 'x-forwarded-for': '127.0.0.1' })).toBe(401)
  expect(await ask({ forwarded: 'for=127.0.0.1' })).toBe(401)
  expect(await ask({ origin: server.url })).toBe(401)
  expect(await ask({ 'sec-fetch-site': 'none' })).toBe(401)
  // A name that leads here from elsewhere; browsers take such a page for a site like any other.
  expect(await statusAs('rebound.example')).toBe(401)
  expect(await statusAs('0.0.0.0')).toBe(401)
  expect(await statusAs('localhost')).toBe(200)
  expect(await ask({ 'x-forwarded-for': '203.0.113.9' }, server.apiKey)).toBe(200)
  const session = await server.create()
  const { body } = await server.request('POST', `/v1/agent-sessions/${session.id}/viewer-tokens`, { body: { role: 'agent' } })
  expect(await ask({ 'x-forwarded-for': '203.0.113.9' }, body.token)).toBe(403)
  const address = Object.values(networkInterfaces())
    .flat()
    .find((item) => item && !item.internal && item.family === 'IPv4')?.address
  if (address === undefined) return
  await using wide = await startTestServer({ host: '0.0.0.0' })
  expect((await fetch(`http://${address}:${new URL(wide.url).port}/metrics`)).status).toBe(401)
})

test('the browsers of sessions cannot read the metrics, though they are on this machine', async () => {
  const session = await server.create()
  const agent = await chromium.connectOverCDP(session.cdp.ws_url)
  const page = await agent.contexts()[0]?.newPage()
  const { port } = new URL(server.url)
  for (const host of ['127.0.0.1', 'localhost', 'a.localhost']) {
    const answer = await page?.goto(`http://${host}:${port}/metrics`)
    expect(answer?.status(), host).toBe(401)
  }
  await page?.route('**/metrics', (route, request) => {
    const { 'sec-fetch-site': _site, ...headers } = request.headers()
    return route.continue({ headers: { ...headers, 'sec-fetch-mode': 'cors' } })
  })
  expect((await page?.goto(`${server.url}/metrics`))?.status()).toBe(401)
  await agent.close()
  await server.request('DELETE', `/v1/agent-sessions/${session.id}`)
})

test('metrics can be open to all, and off', async () => {
  await using open = await startTestServer({ metrics: 'open' })
  expect((await open.request('GET', '/metrics', { token: null, headers: { 'x-forwarded-for': '1.2.3.4' } })).status).toBe(200)
  await using off = await startTestServer({ metrics: 'off' })
  expect((await off.request('GET', '/metrics')).status).toBe(404)
})

test('the Grafana dashboard draws only what there is', async () => {
  const { body } = await server.request('GET', '/metrics', { token: null })
  const known = new Map([...String(body).matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name = '', type = '']) => [name, type]))
  const dashboard = readFileSync(new URL('../../ops/grafana/tandem.json', import.meta.url), 'utf8')
  const used = new Set([...dashboard.matchAll(/\btandem_[a-z_]+/g)].map(([name]) => name))
  const unknown = [...used].filter((name) => !known.has(name) && known.get(name.replace(/_(bucket|count|sum)$/, '')) !== 'histogram')
  expect(unknown).toEqual([])
  const drawn = new Set([...used].map((name) => name.replace(/_(bucket|count|sum)$/, '')))
  expect([...known.keys()].filter((name) => !drawn.has(name))).toEqual([])
})

test('/ready tells why it is not: no Chromium', async () => {
  await using broken = await startTestServer({ chromiumPath: '/nonexistent/chromium' })
  expect(await broken.request('GET', '/health', { token: null })).toMatchObject({ status: 200, body: { status: 'ok' } })
  const { status, body } = await broken.request('GET', '/ready', { token: null })
  expect(status).toBe(503)
  expect(body).toEqual({ status: 'not-ready', reasons: [expect.stringContaining('No Chromium')] })
})
