/** The log at its most talkative, while everything that carries a secret is used: none of them is in it. */
import { chromium } from 'playwright-core'
import { expect, test } from 'vitest'
import { LiveClient } from '../harness/liveClient.ts'
import { servePages } from '../harness/pages.ts'
import { spawnServer } from '../harness/server.ts'

test('keys, tokens, passwords, typed text, addresses of pages, TURN and webhook secrets reach no log; requests have ids', async () => {
  const marked = (name: string): string => `MARKED-${name}-0123456789abcdef`
  await using pages = await servePages({ '/form': '<!doctype html><title>form</title><input type=password autofocus>' })
  await using server = await spawnServer({
    env: {
      TANDEM_LOG_LEVEL: 'trace',
      TANDEM_API_KEY: marked('api-key'),
      TURN_SERVER_URL: 'turn:127.0.0.1:1?transport=udp',
      TURN_SECRET: marked('turn-secret'),
      TANDEM_WEBHOOK_PRIVATE: '1',
    },
  })
  const seen: string[] = []
  const session = await server.create({ initial_url: `${pages.url}/form?secret=${marked('page-query')}` })
  seen.push(...[session.live.ws_url, session.cdp.ws_url].map((url) => new URL(url).searchParams.get('token') ?? ''), new URL(session.view_url).hash.slice(7))
  const link = await server.request('POST', `/v1/agent-sessions/${session.id}/viewer-tokens`, { body: { role: 'control', name: 'Ada' } })
  const key = await server.request('POST', '/v1/api-keys', { body: { name: 'other' } })
  const hook = await server.request('POST', '/v1/webhooks', { body: { url: `${pages.url}/hook?token=${marked('hook-query')}`, events: ['*'] } })
  const login = await server.request('POST', '/v1/auth/login', { token: null, body: { token: server.apiKey } })
  seen.push(link.body.token, key.body.key, hook.body.secret, /=([^;]+)/.exec(login.headers.get('set-cookie') ?? '')?.[1] ?? '')

  const viewer = await LiveClient.join(session.live.ws_url)
  seen.push(viewer.hello.resumeToken, ...viewer.hello.iceServers.flatMap(({ credential }) => credential ?? []))
  await viewer.call('media.start', { transport: 'webrtc' })
  const { epoch } = await viewer.call('control.take', {})
  viewer.notify('input.dispatch', { epoch, events: [{ type: 'text', text: marked('typed') }] })
  viewer.notify('input.dispatch', { epoch, events: [{ type: 'nonsense', text: marked('refused-input') }] })
  await viewer.refusal('auth.answer', { promptId: 'none', credentials: { username: 'u', password: marked('http-password') }, epoch })
  await viewer.refusal('no.method', { password: marked('unknown-method') })
  await viewer.call('control.release', { note: marked('note') })
  const agent = await chromium.connectOverCDP(session.cdp.ws_url)
  await agent
    .contexts()[0]
    ?.pages()[0]
    ?.evaluate(`document.title + ${JSON.stringify(marked('script'))}`)
  await agent.close()
  // What is refused is told in the log; the credential in it is not.
  const wrong = marked('wrong-key')
  await server.request('GET', '/v1/agent-sessions', { token: wrong })
  await server.request('GET', `/v1/agent-sessions?token=${marked('query-token')}`, { token: null })
  await server.request('POST', '/v1/agent-sessions', { body: `{"initial_url": "${marked('broken-json')}` })
  await server.request('POST', '/v1/agent-sessions', { body: { initial_url: `ftp://u:${marked('url-password')}@x/` } })
  await server.request('GET', '/v1/auth/me', { token: null, headers: { cookie: `tandem_session=${marked('cookie')}` } })
  await LiveClient.join(session.live.ws_url.replace(/token=.*/, `token=${marked('socket-token')}`)).catch(() => undefined)
  await viewer.close()
  await server.kill('SIGTERM')

  const log = server.stderr()
  expect(log.length).toBeGreaterThan(1_000)
  expect(log.match(/MARKED-[a-z-]+/g)).toBeNull()
  expect(seen.every((secret) => secret.length > 8)).toBe(true)
  for (const [index, secret] of seen.entries()) expect([index, log.includes(secret)]).toEqual([index, false])
  const lines = log.split('\n').filter((line) => line.startsWith('{'))
  const requests = lines.map((line) => JSON.parse(line)).filter(({ msg }) => msg === 'request')
  expect(requests.length).toBeGreaterThan(8)
  for (const { reqId } of requests) expect(reqId).toMatch(/^req_/)
})
