/** The live socket: what an honest viewer gets, and what a dishonest or unlucky one does. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { LiveClient } from '../harness/liveClient.ts'
import { servePages } from '../harness/pages.ts'
import type { Pages } from '../harness/pages.ts'
import { startTestServer } from '../harness/server.ts'
import type { TestServer } from '../harness/server.ts'

let server: TestServer
let pages: Pages
let session: Awaited<ReturnType<TestServer['create']>>

beforeAll(async () => {
  pages = await servePages({
    '/keys':
      '<!doctype html><title>keys</title><input autofocus><script>addEventListener("mousemove", (e) => document.title = `${e.clientX},${e.clientY}`); addEventListener("mouseup", () => document.title = "up")</script>',
    '/autofocus': '<!doctype html><title>autofocus</title><input type=password autofocus>',
    '/password': '<!doctype html><title>password</title><style>input { position: fixed; inset: 0; width: 100%; height: 50% }</style><input type=password>',
  })
  server = await startTestServer()
  session = await server.create({ initial_url: `${pages.url}/keys` })
})
afterAll(async () => {
  await server?.close()
  await pages?.close()
})

async function tokenUrl(role: string): Promise<string> {
  const { body } = await server.request('POST', `/v1/agent-sessions/${session.id}/viewer-tokens`, { body: { role } })
  return `${server.url.replace('http', 'ws')}/v1/agent-sessions/${session.id}/live?token=${body.token}`
}
const take = async (client: LiveClient): Promise<number> => (await client.call('control.take', {})).epoch
const title = async (): Promise<string> => (await server.request('GET', `/v1/agent-sessions/${session.id}/page-state`)).body.page_state.title

test('hello comes first and tells everything', async () => {
  const viewer = await LiveClient.join(`${session.live.ws_url}&name=Ann`)
  expect(viewer.messages[0]?.event).toBe('session.hello')
  expect(viewer.hello).toMatchObject({
    protocol: 1,
    viewer: { name: 'Ann', role: 'admin', kind: 'human', transport: null },
    session: { id: session.id, status: 'active', viewers: 1 },
    iceServers: [],
    iceTransportPolicy: 'all',
    dialogs: [],
    blanked: null,
  })
  expect(viewer.hello.tabs).toHaveLength(1)
  expect(viewer.hello.activeTabId).toBe(viewer.hello.tabs[0]?.id)
  expect(viewer.hello.viewers.map((other) => other.id)).toEqual([viewer.hello.viewer.id])
  const { clientTime, serverTime } = await viewer.call('viewer.ping', { clientTime: 7 })
  expect([clientTime, Math.abs(serverTime - Date.now()) < 1_000]).toEqual([7, true])
  await viewer.call('viewer.rename', { name: 'Anna' })
  await viewer.event('viewer.listChanged', ({ viewers }) => viewers[0]?.name === 'Anna')
  await viewer.close()
})

test('the picture is offered after the reply that names its peer, with candidates trickled', async () => {
  const viewer = await LiveClient.join(session.live.ws_url)
  const { peerId } = await viewer.call('media.start', { transport: 'webrtc' })
  const offer = await viewer.event('media.offer')
  expect(offer.peerId).toBe(peerId)
  expect(offer.sdp).toContain('m=video')
  await viewer.event('media.candidate', (candidate) => candidate.candidate !== null)
  const told = viewer.messages.map(({ event, result }) => event ?? (result as { peerId?: string } | undefined)?.peerId)
  expect(told.filter((what) => what === peerId || what === 'media.offer')).toEqual([peerId, 'media.offer'])
  await viewer.event('viewer.listChanged', ({ viewers }) => viewers.some((other) => other.transport === 'webrtc'))
  // Another viewer's peer is none of his business.
  const other = await LiveClient.join(session.live.ws_url)
  expect((await other.refusal('media.answer', { peerId, sdp: 'v=0' })).code).toBe('media/no-peer')
  expect((await other.refusal('media.stop', { peerId })).code).toBe('media/no-peer')
  await viewer.call('media.restart', { peerId })
  await viewer.call('media.stop', { peerId })
  expect((await viewer.refusal('media.stop', { peerId })).code).toBe('media/no-peer')
  await Promise.all([viewer.close(), other.close()])
})

test('without a credential, or with a wrong one, the socket closes with a code that a page can read', async () => {
  const url = session.live.ws_url.replace(/\?.*/, '')
  expect(await new LiveClient(url).closed).toEqual({ code: 4401, reason: 'auth/missing' })
  expect(await new LiveClient(`${url}?token=nonsense`).closed).toEqual({ code: 4401, reason: 'auth/invalid' })
  const unknown = session.live.ws_url.replace(session.id, 'agt_00000000-0000-4000-8000-000000000000')
  expect(await new LiveClient(unknown).closed).toEqual({ code: 4404, reason: 'session/not-found' })
})

test('foreign origins and unknown subprotocols are refused before the upgrade', async () => {
  const status = (url: string, protocols: string[], origin?: string): Promise<number | undefined> =>
    new Promise((resolve, reject) => {
      const socket = new WebSocket(url, protocols, { headers: origin === undefined ? {} : { origin } })
      socket.on('unexpected-response', (_request, response) => resolve(response.statusCode))
      socket.on('open', () => reject(new Error('opened')))
      socket.on('error', () => undefined)
    })
  expect(await status(session.live.ws_url, ['tandem.v1'], 'https://evil.example')).toBe(403)
  expect(await status(session.cdp.ws_url, [], 'https://evil.example')).toBe(403)
  expect(await status(session.live.ws_url, ['something.else'])).toBe(400)
  expect(await status(session.cdp.ws_url.replace(/token=.*/, 'token=nonsense'), [])).toBe(401)
  expect(await status(session.cdp.ws_url.replace(/\?.*/, ''), [])).toBe(401)
  expect(await status(`${server.url.replace('http', 'ws')}/elsewhere`, [])).toBe(404)
})

test('a viewer with a view token watches and can do nothing else, nor drive through the gateway', async () => {
  const viewer = await LiveClient.join(await tokenUrl('view'))
  for (const [method, params] of [
    ['control.take', {}],
    ['control.request', {}],
    ['tab.open', { epoch: 0 }],
    ['page.navigate', { url: 'about:blank', epoch: 0 }],
    ['humanRequest.answer', { requestId: 'x', outcome: 'done' }],
  ] as const) {
    expect([method, (await viewer.refusal(method, params)).code]).toEqual([method, 'auth/forbidden'])
  }
  viewer.notify('input.dispatch', { epoch: 0, events: [{ type: 'mouseMove', x: 1, y: 1 }] })
  expect((await viewer.event('input.refused')).code).toBe('auth/forbidden')
  const controller = await LiveClient.join(await tokenUrl('control'))
  for (const [method, params] of [
    ['session.setMode', { mode: 'ai' }],
    ['session.close', {}],
    ['media.quietFrame', { allow: false }],
    ['control.take', { force: true }],
  ] as const) {
    expect([method, (await controller.refusal(method, params)).code]).toEqual([method, 'auth/forbidden'])
  }
  const cdp = new WebSocket((await tokenUrl('view')).replace('/live?', '/cdp?'))
  const refused = await new Promise((resolve) =>
    cdp.on('unexpected-response', (_request, response) => resolve(response.statusCode)).on('error', () => undefined),
  )
  expect(refused).toBe(403)
  await Promise.all([viewer.close(), controller.close()])
})

test('malformed and unknown messages are refused one by one, and too many of them end the socket', async () => {
  const viewer = await LiveClient.join(session.live.ws_url)
  viewer.send('{"id":1,')
  expect((await viewer.find((message) => message.id === null)).error?.code).toBe('request/malformed')
  viewer.send({ id: 41, method: 'viewer.ping', params: {}, extra: true })
  expect((await viewer.find((message) => message.id === 41)).error?.code).toBe('request/invalid')
  expect((await viewer.refusal('no.such', {})).code).toBe('request/unknown-method')
  expect((await viewer.refusal('toString', {})).code).toBe('request/unknown-method')
  expect((await viewer.refusal('__proto__', {})).code).toBe('request/unknown-method')
  const invalid = await viewer.refusal('viewer.ping', { clientTime: 'now' })
  expect([invalid.code, JSON.stringify(invalid['issues'])]).toEqual(['request/invalid', expect.stringContaining('clientTime')])
  for (let count = 0; count < 120; count++) viewer.send('nonsense')
  expect((await viewer.closed).code).toBe(4429)
})

test('a flood of starts of the picture is refused after a while, and the viewer stays', async () => {
  const viewer = await LiveClient.join(session.live.ws_url)
  let code = ''
  // Refused for want of a room until there have been too many.
  for (let count = 0; count < 2_000 && code !== 'request/rate-limited'; count++) ({ code } = await viewer.refusal('media.start', { transport: 'room' }))
  expect(code).toBe('request/rate-limited')
  await viewer.call('viewer.ping', { clientTime: 0 })
  for (let count = 0; count < 400; count++) viewer.notify('media.candidate', { peerId: 'none', candidate: null })
  expect((await viewer.closed).code).toBe(4429)
})

test('an oversized message and a binary one close the socket with their codes', async () => {
  const large = await LiveClient.join(session.live.ws_url)
  large.send(JSON.stringify({ id: 1, method: 'viewer.ping', params: { pad: 'x'.repeat(3 * 1024 * 1024) } }))
  expect((await large.closed).code).toBe(1009)
  const binary = await LiveClient.join(session.live.ws_url)
  binary.socket.send(Buffer.from([1, 2, 3]))
  expect((await binary.closed).code).toBe(4400)
})

test('input reaches the page from the holder alone, and a lying epoch moves nothing', async () => {
  const holder = await LiveClient.join(await tokenUrl('control'))
  const other = await LiveClient.join(await tokenUrl('control'))
  other.notify('input.dispatch', { epoch: holder.hello.session.control.epoch, events: [{ type: 'mouseMove', x: 1, y: 1 }] })
  expect((await other.event('input.refused')).code).toBe('control/agent-driving')
  const epoch = await take(holder)
  expect((await other.refusal('control.take', {})).code).toBe('control/conflict')
  const moved = holder.event('tab.listChanged', ({ tabs }) => tabs[0]?.title === '30,40')
  holder.notify('input.dispatch', { epoch, events: [{ type: 'mouseMove', x: 30, y: 40 }] })
  await moved
  for (const lie of [epoch - 1, epoch + 1, 999_999])
    expect((await holder.refusal('page.navigate', { url: 'about:blank', epoch: lie })).code).toBe('control/stale-epoch')
  holder.notify('input.dispatch', { epoch: epoch + 1, events: [{ type: 'mouseMove', x: 50, y: 60 }] })
  expect((await holder.event('input.refused')).code).toBe('control/stale-epoch')
  expect((await other.refusal('page.navigate', { url: 'about:blank', epoch })).code).toBe('control/not-holder')
  expect(await title()).toBe('30,40')
  await Promise.all([holder.close(), other.close()])
})

test('the holder comes back under the same id with its resume token, and nobody else can', async () => {
  const url = await tokenUrl('control')
  const holder = await LiveClient.join(url)
  const watcher = await LiveClient.join(await tokenUrl('view'))
  const epoch = await take(holder)
  const { resumeToken, viewer } = holder.hello
  holder.socket.terminate()
  const graced = await watcher.event('control.changed', (control) => control.grace_ends_at !== null)
  expect(graced).toMatchObject({ state: 'human-driving', epoch })
  for (const forged of [viewer.id, `${viewer.id}.`, `${viewer.id}.AAAA`, `${watcher.hello.viewer.id}.${resumeToken.split('.')[1]}`]) {
    const thief = await LiveClient.join(`${url}&resume=${forged}`)
    expect(thief.hello.viewer.id).not.toBe(viewer.id)
    await thief.close()
  }
  const again = await LiveClient.join(`${url}&resume=${resumeToken}`)
  expect(again.hello.viewer.id).toBe(viewer.id)
  await watcher.event('control.changed', (control) => control.epoch === epoch && control.grace_ends_at === null && control.state === 'human-driving')
  again.notify('input.dispatch', { epoch, events: [{ type: 'mouseMove', x: 70, y: 80 }] })
  await again.event('tab.listChanged', ({ tabs }) => tabs[0]?.title === '70,80')
  // The same viewer twice: the newer connection stays.
  const twice = await LiveClient.join(`${url}&resume=${resumeToken}`)
  expect(await again.closed).toMatchObject({ code: 4409 })
  expect(twice.hello.session.control).toMatchObject({ client_id: viewer.id, grace_ends_at: null })
  await twice.close(1000)
  await watcher.event('control.handedBack', (handback) => handback.reason === 'left' && handback.client_id === viewer.id)
  await watcher.close()
})

test('a reload has less time than a lost network, a goodbye none', async () => {
  const watcher = await LiveClient.join(await tokenUrl('view'))
  const url = await tokenUrl('control')
  const leaver = await LiveClient.join(url)
  await take(leaver)
  await leaver.close(1001)
  const { grace_ends_at } = await watcher.event('control.changed', (control) => control.grace_ends_at !== null)
  expect(Date.parse(grace_ends_at ?? '') - Date.now()).toBeLessThanOrEqual(10_000)
  const back = await LiveClient.join(`${url}&resume=${leaver.hello.resumeToken}`)
  expect(back.hello).toMatchObject({ viewer: { id: leaver.hello.viewer.id }, session: { control: { driver: { client_id: leaver.hello.viewer.id } } } })
  await back.close(1000)
  await watcher.event('control.handedBack', (handback) => handback.client_id === leaver.hello.viewer.id && handback.reason === 'left')
  await watcher.close()
})

test('asking, giving and declining go from socket to socket', async () => {
  const [ann, bob] = [await LiveClient.join(`${await tokenUrl('control')}&name=Ann`), await LiveClient.join(`${await tokenUrl('control')}&name=Bob`)]
  await take(ann)
  const first = await bob.call('control.request', {})
  await ann.event('control.changed', (control) => control.requests.some((request) => request.name === 'Bob'))
  await ann.call('control.decline', { requestId: first.id })
  expect(await bob.event('control.requestClosed')).toEqual({ requestId: first.id, outcome: 'declined' })
  const second = await bob.call('control.request', {})
  expect((await bob.refusal('control.give', { requestId: second.id })).code).toBe('control/not-holder')
  await ann.call('control.give', { requestId: second.id })
  await bob.event('control.changed', (control) => control.driver.kind === 'human' && control.driver.name === 'Bob')
  const boss = await LiveClient.join(session.live.ws_url)
  await boss.call('control.take', { force: true })
  await bob.event('control.handedBack', (handback) => handback.reason === 'taken')
  await boss.call('control.release', { outcome: 'failed', note: 'not today' })
  await ann.event('control.handedBack', (handback) => handback.note === 'not today' && handback.outcome === 'failed')
  await Promise.all([ann.close(), bob.close(), boss.close()])
})

test('tabs open, change and close under the holder, and refused addresses are refused', async () => {
  const holder = await LiveClient.join(session.live.ws_url)
  const epoch = await take(holder)
  const { tabId } = await holder.call('tab.open', { url: `${pages.url}/password`, epoch })
  await holder.event('tab.listChanged', ({ activeTabId, tabs }) => activeTabId === tabId && tabs.length === 2)
  for (const url of ['file:///etc/passwd', 'chrome://version', 'javascript:alert(1)']) {
    expect((await holder.refusal('page.navigate', { url, epoch })).code).toBe('browser/url-refused')
    expect((await holder.refusal('tab.open', { url, epoch })).code).toBe('browser/url-refused')
  }
  expect((await holder.refusal('tab.activate', { tabId: 'none', epoch })).code).toBe('browser/tab-not-found')
  await holder.call('tab.close', { tabId, epoch })
  await holder.event('tab.listChanged', ({ tabs }) => tabs.length === 1)
  await holder.close()
})

test('[CTL43] while a password is typed, everybody but the holder sees nothing and is told why', async () => {
  const holder = await LiveClient.join(await tokenUrl('control'))
  const watcher = await LiveClient.join(await tokenUrl('view'))
  const epoch = await take(holder)
  await holder.call('page.navigate', { url: `${pages.url}/password`, epoch })
  await holder.event('tab.listChanged', ({ tabs }) => tabs[0]?.title === 'password' && !tabs[0].loading)
  holder.notify('input.dispatch', {
    epoch,
    events: [
      { type: 'mouseDown', x: 100, y: 100, button: 0, clickCount: 1 },
      { type: 'mouseUp', x: 100, y: 100, button: 0, clickCount: 1 },
    ],
  })
  expect((await watcher.event('stream.blanked')).reason).toContain('password')
  expect(holder.events('stream.blanked')).toEqual([])
  const joiner = await LiveClient.join(await tokenUrl('view'))
  expect(joiner.hello.blanked).toContain('password')
  const shot = await server.request('GET', `/v1/agent-sessions/${session.id}/screenshot`)
  expect(shot.body.code).toBe('media/unavailable')
  await holder.call('control.release', {})
  await watcher.event('stream.blanked', ({ reason }) => reason === null)
  await joiner.event('stream.blanked', ({ reason }) => reason === null)
  await Promise.all([holder.close(), watcher.close(), joiner.close()])
})

test('a page that puts the focus into a password field by itself is hidden as well', async () => {
  const holder = await LiveClient.join(await tokenUrl('control'))
  const watcher = await LiveClient.join(await tokenUrl('view'))
  const epoch = await take(holder)
  await holder.call('page.navigate', { url: `${pages.url}/autofocus`, epoch })
  expect((await watcher.event('stream.blanked')).reason).toContain('password')
  await holder.call('page.navigate', { url: `${pages.url}/keys`, epoch })
  await watcher.event('stream.blanked', ({ reason }) => reason === null)
  await Promise.all([holder.close(), watcher.close()])
})

test("the agent's request for a human is shown to every viewer and answered by one", async () => {
  const viewer = await LiveClient.join(await tokenUrl('control'))
  const asked = server.request('POST', `/v1/agent-sessions/${session.id}/human-requests`, { body: { reason: 'a captcha' } })
  const request = await viewer.event('humanRequest.opened')
  const late = await LiveClient.join(await tokenUrl('view'))
  expect(late.hello.humanRequests).toEqual([request])
  await viewer.call('humanRequest.answer', { requestId: request.id, outcome: 'done', note: 'solved' })
  expect((await asked).body).toMatchObject({ outcome: 'done', note: 'solved' })
  expect(await late.event('humanRequest.closed')).toEqual({ id: request.id, outcome: 'done' })
  expect((await viewer.refusal('humanRequest.answer', { requestId: request.id, outcome: 'done' })).code).toBe('human-request/not-found')
  await Promise.all([viewer.close(), late.close()])
})

test('closing the session tells its viewers and closes their sockets', async () => {
  const other = await server.create()
  const viewer = await LiveClient.join(other.live.ws_url)
  await viewer.call('session.close', {})
  expect((await viewer.event('session.closed')).reason).toBe('closed by a viewer')
  expect((await viewer.closed).code).toBe(4410)
  expect(await new LiveClient(other.live.ws_url).closed).toEqual({ code: 4410, reason: 'session/closed' })
})

test('[CTL23] a handback waits until the page knows of what the human let go of', async () => {
  const viewer = await LiveClient.join(session.live.ws_url)
  const epoch = await take(viewer)
  const at = { x: 40, y: 300 }
  viewer.notify('input.dispatch', {
    epoch,
    seq: 1,
    events: [
      { type: 'mouseMove', ...at },
      { type: 'mouseDown', ...at, button: 0 },
    ],
  })
  expect((await viewer.call('control.release', { outcome: 'done' })).state).toBe('handback-pending')
  await viewer.event('control.changed', ({ state, epoch: now }) => state === 'ai-driving' && now > epoch)
  await expect.poll(title).toBe('up')
  await viewer.close()
})

test('[CTL23] a handback waits for the navigation that the human began, two seconds at most, and can be called back meanwhile', async () => {
  const viewer = await LiveClient.join(session.live.ws_url)
  const epoch = await take(viewer)
  const navigation = viewer.refusal('page.navigate', { url: `${pages.url}/slow`, epoch })
  expect((await viewer.call('control.release', { outcome: 'done' })).state).toBe('handback-queued')
  expect((await viewer.call('control.take', {})).state).toBe('human-driving')
  expect((await viewer.call('control.release', { outcome: 'done', note: 'there' })).state).toBe('handback-queued')
  // Input goes on until the turn ends.
  await viewer.call('page.history', { direction: 'stop', epoch })
  expect((await viewer.event('control.handedBack')).note).toBe('there')
  expect((await navigation).code).toMatch(/^browser\//)
  await viewer.close()
})
