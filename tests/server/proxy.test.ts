/** Behind a reverse proxy: under a path, over TLS, with headers that are believed from it alone. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { makeCertificate } from '../harness/certificate.ts'
import type { TestCertificate } from '../harness/certificate.ts'
import { Person } from '../harness/dashboard.ts'
import { LiveClient } from '../harness/liveClient.ts'
import { startReverseProxy } from '../harness/reverseProxy.ts'
import { ownScreen } from '../harness/screens.ts'
import type { ReverseProxy } from '../harness/reverseProxy.ts'
import { startTestServer } from '../harness/server.ts'
import type { TestServer } from '../harness/server.ts'

let certificate: TestCertificate
/** With TLS and a base path, which it passes on. */
let proxy: ReverseProxy
let server: TestServer

beforeAll(async () => {
  certificate = makeCertificate()
  proxy = await startReverseProxy({ prefix: '/browsers', strips: false, tls: certificate.read() })
  server = await startTestServer({ publicUrl: proxy.url, trustedProxies: ['loopback'] })
  proxy.to(server.url)
})
afterAll(async () => {
  await server?.close()
  await proxy?.close()
  certificate?.[Symbol.dispose]()
})

const trusting = { rejectUnauthorized: false }

test('all addresses in answers are the public ones, whoever asks', async () => {
  expect(server.loginUrl.startsWith(`${proxy.url}/#token=`)).toBe(true)
  const { body, headers } = await server.request('POST', '/v1/agent-sessions', { body: {} })
  expect(headers.get('location')).toBe(`/browsers/v1/agent-sessions/${body.id}`)
  const sockets = proxy.url.replace('https', 'wss')
  expect(body.cdp.ws_url.startsWith(`${sockets}/v1/agent-sessions/`)).toBe(true)
  expect(body.live.ws_url.startsWith(`${sockets}/v1/agent-sessions/`)).toBe(true)
  expect(body.view_url.startsWith(`${proxy.url}/sessions/${body.id}#token=`)).toBe(true)
  const link = await server.request('POST', `/v1/agent-sessions/${body.id}/viewer-tokens`, { body: {} })
  expect(link.body.url.startsWith(`${proxy.url}/sessions/`)).toBe(true)
  expect((await server.request('GET', '/openapi.json')).body.servers).toEqual([{ url: proxy.url }])

  const viewer = await LiveClient.join(body.live.ws_url, trusting)
  await viewer.close()
  const agent = new WebSocket(body.cdp.ws_url, trusting)
  await new Promise((resolve, reject) => agent.once('open', resolve).once('error', reject))
  agent.terminate()
  await server.request('DELETE', `/v1/agent-sessions/${body.id}`)
})

test('the dashboard works under the base path: login, cookie, list, session, live picture', async () => {
  const browser = await ownScreen({ acceptInsecureCerts: true })
  try {
    const session = await server.create({ name: 'Behind a proxy' })
    await using person = await Person.at(browser)
    await person.page.goto(server.loginUrl)
    await person.sees('Behind a proxy')
    expect(new URL(person.page.url()).pathname).toBe('/browsers/')
    const [cookie] = await person.page.browserContext().cookies()
    expect(cookie).toMatchObject({ path: '/browsers/', secure: true, httpOnly: true, sameSite: 'Strict' })
    await person.press(`a[href="/browsers/sessions/${session.id}"]`)
    await person.live()
    expect(new URL(person.page.url()).pathname).toBe(`/browsers/sessions/${session.id}`)
    await person.page.reload()
    await person.live()
    expect(person.complaints).toEqual([])
  } finally {
    await browser.close()
  }
})

test('a proxy that strips its path says so, and a server without a public URL answers with it', async () => {
  await using stripping = await startReverseProxy({ prefix: '/deep/er', strips: true })
  await using plain = await startTestServer({ trustedProxies: ['loopback'] })
  stripping.to(plain.url)
  const answer = await fetch(`${stripping.url}/v1/agent-sessions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${plain.apiKey}`, 'content-type': 'application/json' },
    body: '{}',
  })
  const session = await answer.json()
  expect(session.live.ws_url.startsWith(`${stripping.url.replace('http', 'ws')}/v1/`)).toBe(true)
  const viewer = await LiveClient.join(session.live.ws_url)
  await viewer.close()
  const page = await (await fetch(`${stripping.url}/sessions/${session.id}`)).text()
  expect(page).toContain('data-base="/deep/er"')
  const script = /src="(\/deep\/er\/assets\/[^"]+)"/.exec(page)?.[1] ?? ''
  expect((await fetch(new URL(script, stripping.url))).status).toBe(200)
})

test('headers of a proxy that is not configured change nothing', async () => {
  await using plain = await startTestServer()
  const forged = { 'x-forwarded-host': 'evil.example.com', 'x-forwarded-proto': 'https', 'x-forwarded-prefix': '/evil', 'x-forwarded-for': '203.0.113.9' }
  const { body } = await plain.request('POST', '/v1/auth/links', { headers: forged })
  expect(body.url.startsWith(`${plain.url}/#token=`)).toBe(true)
  const login = await plain.request('POST', '/v1/auth/login', { token: null, body: { token: plain.apiKey }, headers: forged })
  expect(login.headers.get('set-cookie')).toMatch(/; Path=\/; /)
  expect(login.headers.get('set-cookie')).not.toContain('Secure')
})

test('a page of the public address may use the server, one of another name behind the same proxy may not', async () => {
  const me = (origin: string): Promise<number> => server.request('GET', '/v1/auth/me', { headers: { origin } }).then(({ status }) => status)
  expect(await me(new URL(proxy.url).origin)).toBe(200)
  expect(await me('https://elsewhere.example.com')).toBe(403)
})
