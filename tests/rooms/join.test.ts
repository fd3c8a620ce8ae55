/** Joining a session's room with any LiveKit client: who gets which token, what comes with it, how long it lasts, who is sent away. */
import type { LiveKitInfo } from '@tandem/protocol'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { LiveClient } from '../harness/liveClient.ts'
import { startLiveKit } from '../harness/livekit.ts'
import type { LiveKit } from '../harness/livekit.ts'
import { servePages } from '../harness/pages.ts'
import type { Pages } from '../harness/pages.ts'
import { RoomClient } from '../harness/roomClient.ts'
import { joinUntilRemoved } from '../harness/roomSignal.ts'
import { startTestServer } from '../harness/server.ts'
import type { TestServer } from '../harness/server.ts'

let livekit: LiveKit
let server: TestServer
let pages: Pages
let id: string

const path = (suffix: string, session = id): string => `/v1/agent-sessions/${session}${suffix}`
const link = async (body: object): Promise<{ id: string; token: string }> => (await server.request('POST', path('/viewer-tokens'), { body })).body
const joinInfo = async (token?: string, session = id) => {
  const { status, body } = await server.request('POST', path('/livekit-token', session), token === undefined ? {} : { token })
  expect([status, body.code]).toEqual([200, undefined])
  return body
}
const viewers = async (): Promise<{ id: string; role: string; transport: string; token_id: string | null; driving: boolean }[]> =>
  (await server.request('GET', path('/viewers'))).body.data
const listed = async (identity: string, there = true): Promise<void> => {
  await expect.poll(async () => (await viewers()).some((viewer) => viewer.id === identity), { timeout: 20_000 }).toBe(there)
}

/** The SFU takes its token, but it is sent out of the room again. */
async function expectTurnedAway(info: LiveKitInfo): Promise<void> {
  expect(await joinUntilRemoved(info)).toBe('PARTICIPANT_REMOVED')
  expect((await viewers()).map((viewer) => viewer.id)).not.toContain(info.participant_identity)
}

/** Of a JWT: header, claims. */
const partOf = (token: string, part: number) => JSON.parse(Buffer.from(token.split('.')[part] ?? '', 'base64url').toString())

beforeAll(async () => {
  livekit = await startLiveKit()
  server = await startTestServer({ livekit: livekit.config })
  pages = await servePages()
  id = (await server.create({ initial_url: pages.url, max_viewers: 4 })).id
}, 90_000)
afterAll(async () => {
  await server?.close()
  await livekit?.close()
  await pages?.close()
})

describe('join info', () => {
  test('a token is for this room, under an identity of its own, for 24 hours, signed with HS256', async () => {
    const info = await joinInfo()
    expect(info).toMatchObject({ ws_url: livekit.url, room: id, participant_identity: expect.stringMatching(/^customer-[0-9a-f-]{36}$/) })
    expect(partOf(info.token, 0)).toMatchObject({ alg: 'HS256' })
    const claims = partOf(info.token, 1)
    expect(claims).toMatchObject({
      sub: info.participant_identity,
      iss: livekit.apiKey,
      video: { room: id, roomJoin: true, canPublish: false, canSubscribe: true, canPublishData: true, canUpdateOwnMetadata: false },
    })
    expect(Math.abs((claims.exp ?? 0) * 1_000 - Date.parse(info.expires_at))).toBeLessThan(5_000)
    expect(Date.parse(info.expires_at) - Date.now()).toBeGreaterThan(23.9 * 3_600_000)
    expect((await joinInfo()).participant_identity).not.toBe(info.participant_identity)
  })

  test('who may only watch gets a token that sends no data; none outlives its credential', async () => {
    for (const [role, sends] of [
      ['view', false],
      ['agent', false],
      ['control', true],
    ] as const) {
      const { token } = await link({ role, expires_in_s: 600 })
      const info = await joinInfo(token)
      expect([role, partOf(info.token, 1).video]).toEqual([role, expect.objectContaining({ canPublish: false, canPublishData: sends })])
      expect(Date.parse(info.expires_at) - Date.now()).toBeLessThan(601_000)
    }
  })

  test('comes with the session when it is made and asked for, and never in lists', async () => {
    const made = await server.create()
    const one = (await server.request('GET', path('', made.id))).body
    for (const session of [made, one]) {
      expect(session.livekit).toMatchObject({ room: made.id, ws_url: livekit.url, participant_identity: expect.stringMatching(/^customer-/) })
      expect(session.room).toMatchObject({ state: 'idle', reason: null })
    }
    const { body } = await server.request('GET', '/v1/agent-sessions')
    for (const session of body.data) expect(session.livekit).toBeUndefined()
    await server.request('DELETE', path('', made.id))
    expect((await server.request('GET', path('', made.id))).body.livekit).toBeUndefined()
    const refused = await server.request('POST', path('/livekit-token', made.id))
    expect([refused.status, refused.body.code]).toEqual([403, 'room/not-active'])
  })

  test('is refused for a session that is unknown or of others', async () => {
    const unknown = await server.request('POST', path('/livekit-token', 'agt_00000000-0000-4000-8000-000000000000'))
    expect([unknown.status, unknown.body.code]).toEqual([404, 'session/not-found'])
    const other = await server.create()
    const { token } = await link({ role: 'control' })
    const foreign = await server.request('POST', path('/livekit-token', other.id), { token })
    expect([foreign.status, foreign.body.code]).toEqual([404, 'session/not-found'])
    await server.request('DELETE', path('', other.id))
  })
})

describe('in the room', () => {
  test('a LiveKit client sees picture and sound, is a viewer like others, and hears where the page is', async () => {
    const info = await joinInfo()
    await using client = await RoomClient.join(info)
    await client.until(() => (client.tracks.includes('browser-video') && client.tracks.includes('browser-audio')) || undefined)
    expect(client.others).toEqual(['tandem-browser'])
    for (const [topic, data] of [
      ['browser-url', { url: `${pages.url}/` }],
      ['browser-focus', { identity: null }],
      ['cursor_changed', { cursor: 'default' }],
      ['browser-viewport', { width: 1280, height: 720, scale: 1, touch: false, mobile: false }],
    ] as const) {
      const packet = await client.packet((packet) => packet.topic === topic)
      expect(packet).toMatchObject({ data, reliable: true, from: 'tandem-browser' })
    }
    await listed(info.participant_identity)
    const shown = (await server.request('GET', path(''))).body
    expect(shown).toMatchObject({ viewers: 1, room: { state: 'live', reason: null } })
    expect((await viewers())[0]).toMatchObject({ role: 'admin', transport: 'room', driving: false })
    await client.close()
    await listed(info.participant_identity, false)
  })

  test('somebody who came by the token inside the session is found there, without having been announced', async () => {
    const made = await server.create()
    const { livekit: info } = made
    if (!info) throw new Error('no join info')
    await using client = await RoomClient.join(info)
    await client.watching()
    await server.request('DELETE', path('', made.id))
    expect(await client.disconnected).toBe('ROOM_DELETED')
  })

  test('whoever is sent away is out at once, and cannot come back with its token', async () => {
    const { token } = await link({ role: 'view' })
    const info = await joinInfo(token)
    await using client = await RoomClient.join(info)
    await client.watching()
    await listed(info.participant_identity)
    const kicked = await server.request('DELETE', path(`/viewers/${info.participant_identity}`))
    expect(kicked.status).toBe(200)
    expect(await client.disconnected).toBe('PARTICIPANT_REMOVED')
    await expectTurnedAway(info)
  })

  test('a link that is revoked ends the watching of all who came by it', async () => {
    const { id: tokenId, token } = await link({ role: 'control' })
    const info = await joinInfo(token)
    await using client = await RoomClient.join(info)
    await listed(info.participant_identity)
    expect((await viewers()).find((viewer) => viewer.id === info.participant_identity)?.token_id).toBe(tokenId)
    await server.request('DELETE', path(`/viewer-tokens/${tokenId}`))
    expect(await client.disconnected).toBe('PARTICIPANT_REMOVED')
    await expectTurnedAway(info)
  })

  test('a session has as many viewers as it may, by socket and room together', async () => {
    const { token } = await link({ role: 'view' })
    const [first, late] = [await joinInfo(token), await joinInfo(token)]
    const session = (await server.request('GET', path(''), { token })).body
    const sockets = [await LiveClient.join(session.live.ws_url), await LiveClient.join(session.live.ws_url), await LiveClient.join(session.live.ws_url)]
    await using client = await RoomClient.join(first)
    await listed(first.participant_identity)
    const refused = await server.request('POST', path('/livekit-token'), { token })
    expect([refused.status, refused.body.code]).toEqual([429, 'session/viewer-limit'])
    // Its token is from before; the session is full all the same.
    expect(await joinUntilRemoved(late)).toBe('PARTICIPANT_REMOVED')
    expect(client.others).toContain('tandem-browser')
    for (const socket of sockets) await socket.close()
    // A place is free: it was only full, not shut.
    await expect.poll(async () => (await viewers()).length).toBe(1)
    await using back = await RoomClient.join(late)
    await back.watching()
  })

  test('the room is left when nobody is there, and joined again by whoever comes', async () => {
    await expect.poll(async () => (await server.request('GET', path(''))).body.room.state, { timeout: 50_000, interval: 500 }).toBe('idle')
    await using client = await RoomClient.join(await joinInfo())
    await client.watching()
  }, 90_000)
})

test('a server without LiveKit says so, and everything else works', async () => {
  await using without = await startTestServer()
  const session = await without.create()
  expect(session.livekit).toBeUndefined()
  expect(session.room).toBeNull()
  const { status, body } = await without.request('POST', `/v1/agent-sessions/${session.id}/livekit-token`)
  expect([status, body.code]).toEqual([503, 'room/unavailable'])
  expect(body.detail).toMatch(/\w/)
})
