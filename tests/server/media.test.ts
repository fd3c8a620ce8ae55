/** Every way to the picture over a real socket: who gets what, when nobody watches, and from whom the page is hidden. */
import { kill } from 'node:process'
import { readFileSync } from 'node:fs'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { LiveEventData, MediaPacket, WireError } from '@tandem/protocol'
import { LiveClient } from '../harness/liveClient.ts'
import { servePages } from '../harness/pages.ts'
import type { Pages } from '../harness/pages.ts'
import { chromiumsOf, startTestServer } from '../harness/server.ts'
import type { TestServer } from '../harness/server.ts'

/** Frames come late on a machine that does other things. */
const BUSY = { timeout: 30_000 }

type Viewer = Awaited<ReturnType<typeof LiveClient.join>>

let server: TestServer
let pages: Pages
let moving: Awaited<ReturnType<TestServer['create']>>
const ended: string[] = []

const MOVING = `let n = 0; (function draw() { document.querySelector('h1').textContent = n++; setTimeout(draw, 50) })()`

beforeAll(async () => {
  pages = await servePages({
    '/moving': `<!doctype html><title>moving</title><h1></h1><script>${MOVING}</script>`,
    '/still': `<!doctype html><title>still</title><body style="background:#369"><h1>At rest</h1>`,
    '/login': `<!doctype html><title>login</title><style>input { position: fixed; left: 0; top: 0; width: 100%; height: 50% }</style>
      <h1 style="margin-top:400px"></h1><input type="password"><script>${MOVING}</script>`,
  })
  server = await startTestServer()
  moving = await server.create({ initial_url: `${pages.url}/moving` })
})
/** One live browser at a time beside the one that all share. */
afterEach(async () => {
  for (const id of ended.splice(0)) await server.request('DELETE', `/v1/agent-sessions/${id}`)
})
afterAll(async () => {
  await server?.close()
  await pages?.close()
})

const join = (session: { live: { ws_url: string } }): Promise<Viewer> => LiveClient.join(session.live.ws_url)
const isKey = ({ kind, keyFrame }: MediaPacket): boolean => kind === 'video' && keyFrame

/** What this viewer was told last of its rung. */
async function onRung(viewer: Viewer, rung: string | null): Promise<void> {
  const own = (): string | null | undefined => {
    const { viewers } = viewer.events('viewer.listChanged').at(-1) ?? { viewers: [] }
    return viewers.find(({ id }) => id === viewer.hello.viewer.id)?.transport
  }
  await expect.poll(own, BUSY).toBe(rung)
}

test('video over the socket: configuration, a key frame, then every packet in its order, until it is stopped', async () => {
  const viewer = await join(moving)
  expect(viewer.hello.rungs).toEqual({ webrtc: null, room: expect.any(String), websocket: null, jpeg: null })
  const { peerId } = await viewer.call('media.start', { transport: 'websocket', codecs: ['vp8'], audio: false })
  const config = await viewer.event('media.config')
  expect(config).toMatchObject({ kind: 'video', codec: 'vp8' })
  await expect.poll(() => viewer.packets.length, BUSY).toBeGreaterThan(10)
  const [first, ...rest] = viewer.packets
  expect(first).toMatchObject({ kind: 'video', keyFrame: true, config: config.config, width: 1280, height: 720 })
  expect(rest.map(({ seq }) => seq)).toEqual(rest.map((_, index) => (first?.seq ?? 0) + 1 + index))
  expect(Math.abs((first?.capturedAt ?? 0) - Date.now())).toBeLessThan(15_000)
  await onRung(viewer, 'websocket')
  await viewer.call('media.stop', { peerId })
  await onRung(viewer, null)
  const { length } = viewer.packets
  await viewer.call('viewer.ping', { clientTime: 0 })
  expect(viewer.packets.length).toBe(length)
  expect((await viewer.refusal('media.keyFrame', { peerId })).code).toBe('media/no-peer')
  await viewer.close()
})

test('the first three viewers get peers; the others are told that there are none, and when one becomes free', async () => {
  const viewers = await Promise.all([join(moving), join(moving), join(moving)])
  for (const viewer of viewers) await viewer.call('media.start', { transport: 'webrtc' })
  const fourth = await join(moving)
  expect(fourth.hello.rungs.webrtc).toContain('direct connections')
  expect((await fourth.refusal('media.start', { transport: 'webrtc' })).code).toBe('media/rung-unavailable')
  await fourth.call('media.start', { transport: 'websocket', codecs: ['vp8'] })
  await fourth.packet(isKey)
  // One who begins anew keeps its place, and so does one who comes back over another socket.
  await viewers[0]?.call('media.start', { transport: 'webrtc' })
  expect(fourth.events('media.rungs')).toEqual([])
  const told = fourth.event('media.rungs', ({ webrtc }) => webrtc === null)
  await viewers[1]?.close()
  await told
  await fourth.call('media.start', { transport: 'webrtc' })
  const sixth = await join(moving)
  expect(sixth.hello.rungs.webrtc).toContain('direct connections')
  await Promise.all([...viewers, fourth, sixth].map((viewer) => viewer.close()))
})

test('a viewer who wants TURN alone is refused where there is none', async () => {
  const viewer = await join(moving)
  expect((await viewer.refusal('media.start', { transport: 'webrtc', relayOnly: true })).message).toContain('TURN_SERVER_URL')
  await viewer.close()
})

test('two rungs run side by side while a viewer changes over; the list shows the one that it says it shows', async () => {
  const viewer = await join(moving)
  const video = await viewer.call('media.start', { transport: 'websocket', codecs: ['vp8'], audio: false })
  await viewer.packet(isKey)
  const pictures = await viewer.call('media.start', { transport: 'jpeg' })
  await viewer.packet(({ kind }) => kind === 'picture')
  const seen = viewer.packets.length
  await expect.poll(() => new Set(viewer.packets.slice(seen).map(({ kind }) => kind)).size, BUSY).toBe(2)
  await onRung(viewer, 'websocket')
  viewer.notify('media.report', {
    transport: 'jpeg',
    codec: null,
    width: 1280,
    height: 720,
    fps: 5,
    kbps: 1,
    rttMs: null,
    glassToGlassMs: null,
    framesDropped: 0,
    freezes: 0,
  })
  await onRung(viewer, 'jpeg')
  await viewer.call('media.stop', { peerId: video.peerId })
  await onRung(viewer, 'jpeg')
  await viewer.call('media.stop', { peerId: pictures.peerId })
  await onRung(viewer, null)
  await viewer.close()
})

test('on a page at rest every joiner gets a picture at once, on each rung', async () => {
  const session = await server.create({ initial_url: `${pages.url}/still` })
  ended.push(session.id)
  const first = await join(session)
  await first.call('media.start', { transport: 'websocket', codecs: ['av01', 'vp8'], audio: false })
  await first.packet(isKey)
  const second = await join(session)
  await second.call('media.start', { transport: 'websocket', codecs: ['av01', 'vp8'], audio: false })
  await second.packet(isKey)
  for (const viewer of [first, second]) {
    await viewer.call('media.start', { transport: 'jpeg' })
    const { payload, width } = await viewer.packet(({ kind }) => kind === 'picture')
    expect([...payload.subarray(0, 3), width]).toEqual([0xff, 0xd8, 0xff, 1280])
  }
  await Promise.all([first.close(), second.close()])
})

test('a paused viewer gets nothing and comes back with a key frame', async () => {
  const viewer = await join(moving)
  const other = await join(moving)
  const { peerId } = await viewer.call('media.start', { transport: 'websocket', codecs: ['vp8'], audio: false })
  await other.call('media.start', { transport: 'websocket', codecs: ['vp8'], audio: false })
  await Promise.all([viewer.packet(isKey), other.packet(isKey)])
  await viewer.call('media.pause', { peerId, paused: true })
  const seen = viewer.packets.length
  const others = other.packets.length
  await expect.poll(() => other.packets.length, BUSY).toBeGreaterThan(others + 3)
  expect(viewer.packets.length).toBe(seen)
  await viewer.call('media.pause', { peerId, paused: false })
  await expect.poll(() => viewer.packets.length, BUSY).toBeGreaterThan(seen)
  expect(isKey(viewer.packets[seen] ?? fail())).toBe(true)
  await Promise.all([viewer.close(), other.close()])
})

test('from the moment a password is typed nobody else gets anything of the page, on any rung, nor a small picture of it', async () => {
  const session = await server.create({ initial_url: `${pages.url}/login` })
  ended.push(session.id)
  const holder = await join(session)
  const video = await join(session)
  const pictures = await join(session)
  await holder.call('media.start', { transport: 'websocket', codecs: ['vp8'], audio: false })
  await video.call('media.start', { transport: 'websocket', codecs: ['vp8'], audio: false })
  await pictures.call('media.start', { transport: 'jpeg' })
  await Promise.all([video.packet(isKey), pictures.packet()])
  const { epoch } = await holder.call('control.take', {})
  const click = (y: number): void =>
    holder.notify('input.dispatch', {
      epoch,
      events: [
        { type: 'mouseDown', x: 100, y, button: 0, clickCount: 1 },
        { type: 'mouseUp', x: 100, y, button: 0, clickCount: 1 },
      ],
    })
  click(100)
  const counts = [video, pictures].map(async (viewer) => {
    await viewer.event('stream.blanked', ({ reason }) => reason !== null)
    return viewer.packets.length
  })
  const [videoSeen = 0, picturesSeen = 0] = await Promise.all(counts)
  const late = await join(session)
  expect(late.hello.blanked).toContain('password')
  await late.call('media.start', { transport: 'websocket', codecs: ['vp8'], audio: false })
  const hiddenAt = Date.now()
  const seen = holder.packets.length
  // The holder goes on seeing what it types.
  await expect.poll(() => holder.packets.length, BUSY).toBeGreaterThan(seen + 10)
  expect([video.packets.length, pictures.packets.length, late.packets.length]).toEqual([videoSeen, picturesSeen, 0])
  const path = `/v1/agent-sessions/${session.id}`
  expect((await server.request('GET', `${path}/screenshot`)).body.code).toBe('media/unavailable')
  const { thumbnail } = (await server.request('GET', path)).body
  expect(Date.parse(thumbnail?.at ?? 0)).toBeLessThan(hiddenAt)
  click(600)
  await Promise.all([video, pictures, late].map((viewer) => viewer.event('stream.blanked', ({ reason }) => reason === null)))
  await expect.poll(() => [video.packets.length > videoSeen, pictures.packets.length > picturesSeen, late.packets.length > 0], BUSY).toEqual([true, true, true])
  expect(isKey(video.packets[videoSeen] ?? fail())).toBe(true)
  expect(isKey(late.packets[0] ?? fail())).toBe(true)
  await Promise.all([holder, video, pictures, late].map((viewer) => viewer.close()))
})

test('twenty viewers on every rung, the capture page killed: everybody has a picture again', async () => {
  const session = await server.create({ initial_url: `${pages.url}/moving` })
  ended.push(session.id)
  const viewers = await Promise.all(Array.from({ length: 20 }, () => join(session)))
  const peers = viewers.slice(0, 3)
  const videos = viewers.slice(3, 15)
  const pictures = viewers.slice(15)
  for (const viewer of peers) {
    await viewer.call('media.start', { transport: 'webrtc' })
    await viewer.event('media.offer')
  }
  await Promise.all(videos.map((viewer) => viewer.call('media.start', { transport: 'websocket', codecs: ['vp8'], audio: false })))
  await Promise.all(pictures.map((viewer) => viewer.call('media.start', { transport: 'jpeg' })))
  await Promise.all([...videos, ...pictures].map((viewer) => viewer.packet()))
  const before = new Map(viewers.map((viewer) => [viewer, { packets: viewer.packets.length, configs: viewer.events('media.config').length }]))
  killCapturePage(server.dataDir, session.id)
  const ends = await Promise.all(peers.map((viewer) => viewer.event('media.ended')))
  expect(ends.map(({ retry }) => retry)).toEqual([true, true, true])
  // The next one may share the fate of the first; a viewer who asks just then is told to try again.
  const startAgain = (viewer: Viewer): Promise<string> =>
    viewer.call('media.start', { transport: 'webrtc' }).then(
      () => 'started',
      ({ code }: WireError) => code,
    )
  for (const viewer of peers) {
    await expect.poll(() => startAgain(viewer), BUSY).toBe('started')
    await expect.poll(() => viewer.events('media.offer').length, BUSY).toBeGreaterThanOrEqual(2)
  }
  for (const viewer of videos) {
    // From a key frame on, with whatever says how to read it.
    const keyFrame = (): MediaPacket | undefined => viewer.packets.slice(before.get(viewer)?.packets).find((packet) => isKey(packet))
    await expect.poll(keyFrame, BUSY).toBeDefined()
    const told = viewer.events('media.config').slice(before.get(viewer)?.configs)
    expect(told.map(({ config }) => config)).toContain(keyFrame()?.config)
  }
  for (const viewer of pictures) await expect.poll(() => viewer.packets.length, BUSY).toBeGreaterThan((before.get(viewer)?.packets ?? 0) + 1)
  expect(videos.flatMap((viewer) => viewer.events('media.ended'))).toEqual([])
  await Promise.all(viewers.map((viewer) => viewer.close()))
}, 90_000)

test('where the capture page cannot run viewers are told so, and pictures go on without it', async () => {
  const session = await server.create({ initial_url: `${pages.url}/moving` })
  ended.push(session.id)
  const [video, pictures] = [await join(session), await join(session)]
  const { peerId } = await video.call('media.start', { transport: 'websocket', codecs: ['vp8'], audio: false })
  await pictures.call('media.start', { transport: 'jpeg' })
  await Promise.all([video.packet(isKey), pictures.packet()])
  // It is made anew three times; then it dies of itself.
  const gone = (): boolean => pictures.events('media.rungs').at(-1)?.websocket?.includes('lost') ?? false
  await expect.poll(() => (killCapturePage(server.dataDir, session.id), gone()), { ...BUSY, interval: 300 }).toBe(true)
  expect(await video.event('media.ended')).toMatchObject({ peerId, retry: false })
  const seen = pictures.packets.length
  await expect.poll(() => pictures.packets.length, BUSY).toBeGreaterThan(seen + 1)
  for (const transport of ['webrtc', 'websocket'] as const) expect((await video.refusal('media.start', { transport })).code).toBe('media/rung-unavailable')
  await video.call('media.start', { transport: 'jpeg' })
  await expect.poll(() => video.packets.at(-1)?.kind, BUSY).toBe('picture')
  expect((await join(session)).hello.rungs).toMatchObject({ webrtc: expect.any(String), websocket: expect.any(String), jpeg: null })
})

test('a browser that crashes comes back to those who watch over the socket, without their doing anything', async () => {
  const session = await server.create({ initial_url: `${pages.url}/moving` })
  ended.push(session.id)
  const [video, pictures] = [await join(session), await join(session)]
  await video.call('media.start', { transport: 'websocket', codecs: ['vp8'], audio: false })
  await pictures.call('media.start', { transport: 'jpeg' })
  await Promise.all([video.packet(isKey), pictures.packet()])
  const browser = chromiumsOf(server.dataDir).find((pid) => isOf(pid, session.id) && !readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('--type='))
  kill(browser ?? fail(), 'SIGKILL')
  await video.event('session.changed', ({ status }) => status === 'paused')
  const seen = [video.packets.length, pictures.packets.length] as const
  await expect.poll(() => video.packets.slice(seen[0]).some((packet) => isKey(packet)), BUSY).toBe(true)
  await expect.poll(() => pictures.packets.length, BUSY).toBeGreaterThan(seen[1])
  await Promise.all([video.close(), pictures.close()])
})

test('pictures do not wait for the round trip: who is far away has more than one on their way to it', async () => {
  // As far away as can be: that a picture has arrived is told only when the next ones are here.
  const viewer = await LiveClient.join(moving.live.ws_url, { autoPong: false })
  const arrived: Buffer[] = []
  viewer.socket.on('ping', (data) => arrived.push(data))
  await viewer.call('media.start', { transport: 'jpeg' })
  for (const onTheirWay of [1, 2, 3]) {
    await expect.poll(() => arrived.length, BUSY).toBe(onTheirWay)
    for (const ping of arrived.splice(0)) viewer.socket.pong(ping)
  }
  await viewer.close()
})

test('a session has a small picture for lists, also where nobody ever watched, and says when it is still the same', async () => {
  const session = await server.create({ initial_url: `${pages.url}/still` })
  ended.push(session.id)
  const path = `/v1/agent-sessions/${session.id}`
  const small = async (): Promise<LiveEventData<'session.hello'>['session']['thumbnail']> => (await server.request('GET', path)).body.thumbnail
  await expect.poll(async () => (await small())?.url, BUSY).toBe(`${server.url}${path}/thumbnail`)
  const headers = { authorization: `Bearer ${server.apiKey}` }
  const answer = await fetch(`${server.url}${path}/thumbnail`, { headers })
  expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'image/jpeg'])
  expect([...new Uint8Array(await answer.arrayBuffer()).subarray(0, 3)]).toEqual([0xff, 0xd8, 0xff])
  const etag = answer.headers.get('etag') ?? ''
  const modified = answer.headers.get('last-modified') ?? ''
  for (const condition of [{ 'if-none-match': etag }, { 'if-modified-since': modified }] as Record<string, string>[]) {
    expect((await fetch(`${server.url}${path}/thumbnail`, { headers: { ...headers, ...condition } })).status).toBe(304)
  }
  const { data } = (await server.request('GET', '/v1/agent-sessions')).body
  expect(data.find(({ id }: { id: string }) => id === session.id).thumbnail.url).toContain(path)
  expect((await server.request('GET', `${path}/thumbnail`, { token: null })).status).toBe(401)
})

function fail(): never {
  throw new Error('there is no such packet')
}

/** The renderer of the extension, of this session's Chromium. */
function killCapturePage(dataDir: string, sessionId: string): void {
  for (const pid of chromiumsOf(dataDir)) {
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8')
    const parent = Number(/PPid:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1])
    if (command.includes('--extension-process') && isOf(parent, sessionId)) kill(pid, 'SIGKILL')
  }
}

/** Renderers come out of a zygote, which comes out of the browser. */
function isOf(pid: number, sessionId: string): boolean {
  return pid > 1 && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(sessionId)
}
