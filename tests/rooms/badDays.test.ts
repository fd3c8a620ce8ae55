/** Rooms on bad days: the SFU is down, dies and comes back, tokens expire, browsers crash, servers restart, somebody comes as the browser. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import type { AgentSession } from '@tandem/protocol'
import { AccessToken } from 'livekit-server-sdk'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { RoomService } from '../../packages/server/src/rooms/roomService.ts'
import { LiveClient } from '../harness/liveClient.ts'
import { startLiveKit } from '../harness/livekit.ts'
import type { LiveKit } from '../harness/livekit.ts'
import { servePages } from '../harness/pages.ts'
import type { Pages } from '../harness/pages.ts'
import { RoomClient } from '../harness/roomClient.ts'
import { RoomPicture } from '../harness/roomPicture.ts'
import { joinUntilRemoved } from '../harness/roomSignal.ts'
import { chromiumsOf, startTestServer } from '../harness/server.ts'
import type { TestServer } from '../harness/server.ts'

const WAIT = { timeout: 30_000, interval: 250 }
/** Whoever waits longer believes that it hangs. */
const HANGS_MS = 15_000

let livekit: LiveKit
let server: TestServer
let pages: Pages

const sessionOf = async (id: string, of = server): Promise<AgentSession> => (await of.request('GET', `/v1/agent-sessions/${id}`)).body
const joinInfo = async (id: string, { of = server, token }: { of?: TestServer; token?: string } = {}) =>
  (await of.request('POST', `/v1/agent-sessions/${id}/livekit-token`, token === undefined ? {} : { token })).body
const told = async (id: string): Promise<string[]> =>
  (await server.request('GET', `/v1/agent-sessions/${id}/timeline`)).body.data.map(({ type }: { type: string }) => type)
const roomIs = async (id: string, state: string): Promise<void> => {
  await expect.poll(async () => (await sessionOf(id)).room, WAIT).toMatchObject({ state })
}

beforeAll(async () => {
  livekit = await startLiveKit()
  server = await startTestServer({ livekit: livekit.config })
  pages = await servePages({
    '/secret': '<!doctype html><input id="plain" autofocus><input type="password" style="position:fixed;left:100px;top:100px;width:100px;height:40px">',
  })
}, 90_000)
afterAll(async () => {
  await server?.close()
  await livekit?.close()
  await pages?.close()
})

test('with the SFU down a session is made all the same, says why it has no room, and has one once the SFU is there', async () => {
  await using late = await startLiveKit()
  await late.stop()
  await using own = await startTestServer({ livekit: late.config })
  const session = await own.create({ initial_url: pages.url })
  expect(session.livekit).toBeUndefined()
  const refused = await own.request('POST', `/v1/agent-sessions/${session.id}/livekit-token`)
  expect([refused.status, refused.body.code]).toEqual([503, 'room/unavailable'])
  expect(JSON.stringify(refused.body)).not.toContain(late.apiSecret)
  await late.start()
  await expect.poll(async () => (await joinInfo(session.id, { of: own })).token, WAIT).toBeDefined()
  await using client = await RoomClient.join(await joinInfo(session.id, { of: own }))
  await client.watching()
  await client.close()
}, 120_000)

test('an SFU that dies in the middle is told of, and when it is back the browser is in the room again and viewers get a fresh token', async () => {
  const { id, live } = await server.create({ initial_url: pages.url })
  const viewer = await LiveClient.join(live.ws_url)
  expect(viewer.hello.rungs.room).toBeNull()
  const { peerId } = await viewer.call('media.start', { transport: 'room' })
  const first = await viewer.event('media.room')
  expect(first).toMatchObject({ peerId, room: id, wsUrl: livekit.url, participantIdentity: `viewer-${viewer.hello.viewer.id}` })
  const watching = await RoomClient.join({ ws_url: first.wsUrl, token: first.token })
  await watching.watching()
  await roomIs(id, 'live')
  await livekit.kill()
  await roomIs(id, 'down')
  expect((await sessionOf(id)).room?.reason).toMatch(/\w/)
  await viewer.event('media.rungs', ({ room }) => room !== null)
  expect((await viewer.refusal('media.start', { transport: 'room' })).code).toBe('media/rung-unavailable')
  const refused = await server.request('POST', `/v1/agent-sessions/${id}/livekit-token`)
  expect([refused.status, refused.body.code]).toEqual([503, 'room/unavailable'])
  await watching.close()
  await livekit.start()
  const fresh = await viewer.event('media.room', ({ token }) => token !== first.token)
  expect(fresh.peerId).toBe(peerId)
  await roomIs(id, 'live')
  await using again = await RoomClient.join({ ws_url: fresh.wsUrl, token: fresh.token })
  await again.watching()
  await viewer.event('media.rungs', ({ room }) => room === null)
  const types = await told(id)
  expect(types.filter((type) => type.startsWith('room.'))).toEqual(['room.down', 'room.up'])
  // Kicked, it is out of the room too, and its token brings nothing back.
  await server.request('DELETE', `/v1/agent-sessions/${id}/viewers/${viewer.hello.viewer.id}`)
  expect(await again.disconnected).toBe('PARTICIPANT_REMOVED')
  expect(await joinUntilRemoved({ ws_url: fresh.wsUrl, token: fresh.token })).toBe('PARTICIPANT_REMOVED')
}, 120_000)

test('an SFU that answers nothing keeps nobody waiting: join info is refused, the session goes on, and it closes', async () => {
  await using frozen = await startLiveKit()
  await using own = await startTestServer({ livekit: frozen.config })
  const { id } = await own.create({ initial_url: pages.url })
  await using client = await RoomClient.join(await joinInfo(id, { of: own }))
  await client.watching()
  frozen.freeze()
  const path = `/v1/agent-sessions/${id}`
  const within = async (method: string, url: string, body?: object): Promise<{ status: number; code?: string }> => {
    const answer = await Promise.race([own.request(method, url, body && { body }), setTimeout(HANGS_MS, null, { ref: false })])
    if (answer === null) throw new Error(`${method} ${url} hangs`)
    return { status: answer.status, code: answer.body?.code }
  }
  await expect.poll(() => within('POST', `${path}/livekit-token`), WAIT).toEqual({ status: 503, code: 'room/unavailable' })
  expect((await within('POST', `${path}/navigate`, { url: `${pages.url}/secret` })).status).toBe(200)
  expect((await within('DELETE', path)).status).toBe(204)
  frozen.thaw()
}, 120_000)

test('a token that has expired opens nothing any more, and whoever watches by it is sent away; a fresh one opens', async () => {
  const { id } = await server.create({ initial_url: pages.url })
  const { body: link } = await server.request('POST', `/v1/agent-sessions/${id}/viewer-tokens`, { body: { role: 'control', expires_in_s: 10 } })
  const info = await joinInfo(id, { token: link.token })
  const client = await RoomClient.join(info)
  await client.watching()
  expect(await client.disconnected).toBe('PARTICIPANT_REMOVED')
  expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(info.expires_at) - 1_000)
  // For a minute LiveKit takes it still, since clocks may be that far apart: it opens nothing for longer than we let it.
  expect(await joinUntilRemoved(info)).toBe('PARTICIPANT_REMOVED')
  const service = new RoomService(livekit)
  const statusOf = async (ttlS: number): Promise<number> => {
    const { token } = await service.token({ room: id, identity: info.participant_identity, name: '', attributes: {}, may: 'control', ttlS })
    return (await fetch(`${livekit.url.replace('ws', 'http')}/rtc/validate?access_token=${token}`)).status
  }
  expect([await statusOf(60), await statusOf(-60)]).toEqual([200, 401])
  await using fresh = await RoomClient.join(await joinInfo(id))
  await fresh.watching()
}, 90_000)

test('a browser that crashes is in the room again with its successor', async () => {
  const { id } = await server.create({ initial_url: pages.url })
  await using client = await RoomClient.join(await joinInfo(id))
  await client.watching()
  client.tracks.splice(0)
  const [pid] = chromiumsOf(join(server.dataDir, 'sessions', id))
  if (pid === undefined) throw new Error('no browser')
  process.kill(pid, 'SIGKILL')
  await client.watching()
  await roomIs(id, 'live')
  expect((await server.request('GET', `/v1/agent-sessions/${id}/viewers`)).body.data).toMatchObject([{ id: client.identity }])
}, 90_000)

test('somebody who comes as the browser is told of and removed, is never heard, and the browser is back', async () => {
  const { id } = await server.create({ mode: 'manual', initial_url: pages.url })
  await using client = await RoomClient.join(await joinInfo(id))
  await client.watching()
  client.tracks.splice(0)
  const token = new AccessToken(livekit.apiKey, livekit.apiSecret, { identity: 'tandem-browser' })
  token.addGrant({ room: id, roomJoin: true, canPublish: true, canPublishData: true, canSubscribe: true })
  const intrude = async (): Promise<string> => {
    const intruder = await RoomClient.join({ ws_url: livekit.url, token: await token.toJwt() })
    await intruder.room.localParticipant?.publishData(new TextEncoder().encode('{"type":"tap","x":1,"y":1}'), { reliable: true })
    return intruder.disconnected
  }
  // It may be out of the room again before it is quite in it.
  expect(await intrude().catch(String)).toMatch(/PARTICIPANT_REMOVED|DUPLICATE_IDENTITY|connection|aborted/)
  await client.watching()
  await roomIs(id, 'live')
  await expect.poll(() => told(id), WAIT).toEqual(expect.arrayContaining(['room.down', 'room.intruded', 'room.up']))
  expect((await sessionOf(id)).control.driver).toEqual({ kind: 'nobody' })
}, 90_000)

test('a server that restarts finds who is in the room, and lets only those go on whose credential is good', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'tandem-rooms-'))
  try {
    const before = await startTestServer({ livekit: livekit.config, dataDir })
    const { id } = await before.create({ mode: 'manual', initial_url: pages.url })
    const link = async (role: string) => (await before.request('POST', `/v1/agent-sessions/${id}/viewer-tokens`, { body: { role } })).body
    const [good, bad] = [await link('control'), await link('control')]
    await using stays = await RoomClient.join(await joinInfo(id, { of: before, token: good.token }))
    await using goes = await RoomClient.join(await joinInfo(id, { of: before, token: bad.token }))
    await Promise.all([stays.watching(), goes.watching()])
    stays.tracks.splice(0)
    await before.request('DELETE', `/v1/agent-sessions/${id}/viewer-tokens/${bad.id}`)
    await before.close()
    await using after = await startTestServer({ livekit: livekit.config, dataDir })
    await stays.watching()
    expect(await stays.sendFor({ type: 'tap', x: 5, y: 5, id: 'after' })).toBe('applied')
    const { body } = await after.request('GET', `/v1/agent-sessions/${id}/viewers`)
    expect(body.data).toMatchObject([{ id: stays.identity, role: 'control', token_id: good.id }])
    await goes.disconnected
  } finally {
    await rm(dataDir, { recursive: true, force: true, maxRetries: 5 })
  }
}, 120_000)

test('while a secret is typed the room is dark for all, and who types is told to take another way; alone there it goes on seeing', async () => {
  const { id, live } = await server.create({ mode: 'manual', initial_url: `${pages.url}/secret` })
  const typist = await LiveClient.join(live.ws_url)
  await typist.call('media.start', { transport: 'room' })
  const own = await typist.event('media.room')
  await using picture = await RoomClient.join({ ws_url: own.wsUrl, token: own.token })
  await picture.watching()
  const { epoch } = await typist.call('control.take', {})
  const click = (x: number, y: number): void =>
    typist.notify('input.dispatch', {
      epoch,
      events: [
        { type: 'mouseDown', x, y, button: 0 },
        { type: 'mouseUp', x, y, button: 0 },
      ],
    })
  await using other = await RoomClient.join(await joinInfo(id))
  await other.watching()
  await expect.poll(async () => (await server.request('GET', `/v1/agent-sessions/${id}/viewers`)).body.data.length, WAIT).toBe(2)
  click(150, 120)
  await typist.event('media.rungs', ({ room }) => room !== null)
  expect(typist.events('stream.blanked')).toEqual([])
  click(20, 10)
  await typist.event('media.rungs', ({ room }) => room === null)
  await other.close()
  await expect.poll(async () => (await server.request('GET', `/v1/agent-sessions/${id}/viewers`)).body.data.length, WAIT).toBe(1)
  click(150, 120)
  // Alone it goes on seeing; it is dark from the moment on that somebody else is there.
  const dark = typist.next('media.rungs', ({ room }) => room !== null)
  const late = await RoomClient.join(await joinInfo(id))
  await dark
  await late.close()
}, 90_000)

test('what is typed into a password field by a human nobody in the room sees: black, for newcomers too, and when the browser joins only then', async () => {
  const { id, live } = await server.create({ mode: 'manual', initial_url: `${pages.url}/secret` })
  const typist = await LiveClient.join(live.ws_url)
  const { epoch } = await typist.call('control.take', {})
  const click = (x: number, y: number): void =>
    typist.notify('input.dispatch', {
      epoch,
      events: [
        { type: 'mouseDown', x, y, button: 0 },
        { type: 'mouseUp', x, y, button: 0 },
      ],
    })
  const bystander = await LiveClient.join(live.ws_url)
  // A page that is not laid out yet takes no click.
  const isHidden = (): boolean => {
    click(150, 120)
    return bystander.events('stream.blanked').length > 0
  }
  await expect.poll(isHidden, { ...WAIT, interval: 1_000 }).toBe(true)
  // Nobody has been in the room before: the browser joins it for this one.
  await using first = await RoomClient.join(await joinInfo(id))
  const seen = new RoomPicture(first)
  await seen.black()
  await using newcomer = await RoomClient.join(await joinInfo(id))
  const seenByNewcomer = new RoomPicture(newcomer)
  await seenByNewcomer.black()
  expect([seen.sawAnything, seenByNewcomer.sawAnything]).toEqual([false, false])
  const shown = Promise.all([seen.page(), seenByNewcomer.page()])
  click(20, 10)
  await shown
  const dark = Promise.all([seen.black(), seenByNewcomer.black()])
  click(150, 120)
  await dark
  seen.frames.splice(0)
  typist.notify('input.dispatch', { epoch, events: [{ type: 'text', text: 'hunter2' }] })
  await seen.black()
  expect(seen.sawAnything).toBe(false)
}, 120_000)
