/** Control from the room: taking turns by REST as a client of the rooms dialect does, driving over the data channel afterwards. */
import type { AgentSession } from '@tandem/protocol'
import { chromium } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { startLiveKit } from '../harness/livekit.ts'
import type { LiveKit } from '../harness/livekit.ts'
import { servePages } from '../harness/pages.ts'
import type { Pages } from '../harness/pages.ts'
import { RoomClient } from '../harness/roomClient.ts'
import { startTestServer } from '../harness/server.ts'
import type { Answer, TestServer } from '../harness/server.ts'
import { eventsPage } from './eventsPage.ts'
import type { EventsPage } from './eventsPage.ts'

let livekit: LiveKit
let server: TestServer
let pages: Pages
let page: EventsPage
let session: Awaited<ReturnType<TestServer['create']>>
let client: RoomClient
let taps = 0

const path = (suffix: string): string => `/v1/agent-sessions/${session.id}${suffix}`
const post = (suffix: string, body: unknown = {}, token?: string): Promise<Answer> =>
  server.request('POST', path(suffix), { body, ...(token === undefined ? {} : { token }) })
const joinInfo = async (token?: string) => (await post('/livekit-token', {}, token)).body
const control = async (): Promise<AgentSession['control']> => (await server.request('GET', path(''))).body.control
const tap = (by: RoomClient): Promise<string> => by.sendFor({ type: 'tap', x: 20, y: 30, id: `tap-${++taps}` })
const mode = (name: string): Promise<Answer> => post('/mode', { mode: name })

beforeAll(async () => {
  livekit = await startLiveKit()
  server = await startTestServer({ livekit: livekit.config })
  pages = await servePages()
  page = eventsPage(pages)
  session = await server.create({ mode: 'pair', initial_url: page.url })
  client = await RoomClient.join(await joinInfo())
  await client.watching()
  await page.event({ type: 'ready' })
}, 90_000)
afterAll(async () => {
  await client?.close()
  await server?.close()
  await livekit?.close()
  await pages?.close()
})
beforeEach(async () => {
  page.clear()
  await mode('ai')
  await mode('pair')
})

describe('mode pair', () => {
  test('while the agent drives input is refused: the receipt says dropped, and why is said to its sender', async () => {
    expect(await tap(client)).toBe('dropped')
    const { data } = await client.packet((packet) => packet.data?.type === 'inputRefused')
    expect(data).toMatchObject({ code: 'control/agent-driving', message: expect.any(String) })
    expect(page.events).toEqual([])
  })

  test('a takeover under its identity is granted at once, drives, and is handed back', async () => {
    const taken = await post('/takeover', { client_id: client.identity })
    expect([taken.status, taken.body.pair_mode_state]).toEqual([200, { kind: 'human-driving', clientId: client.identity, sinceAt: expect.any(String) }])
    await client.packet(({ topic, data }) => topic === 'browser-focus' && data.identity === client.identity)
    expect(await tap(client)).toBe('applied')
    await page.event({ type: 'click', x: 20, y: 30 })
    const shown = (await server.request('GET', path('/viewers'))).body.data
    expect(shown).toMatchObject([{ id: client.identity, driving: true }])
    const back = await post('/handback', { client_id: client.identity })
    expect([back.status, back.body.pair_mode_state.kind]).toEqual([200, expect.stringMatching(/^(handback-pending|ai-driving)$/)])
    await expect.poll(async () => (await control()).state).toBe('ai-driving')
    expect(await tap(client)).toBe('dropped')
  })

  test('a takeover by REST under a name of its own is driven by the first participant of the same credential, and by no other', async () => {
    await using second = await RoomClient.join(await joinInfo())
    const { body: guest } = await post('/viewer-tokens', { role: 'control' })
    await using other = await RoomClient.join(await joinInfo(guest.token))
    await post('/takeover', { client_id: 'gui-1' })
    // Another credential is somebody else.
    expect(await tap(other)).toBe('dropped')
    expect(await tap(second)).toBe('applied')
    expect(await tap(client)).toBe('dropped')
    await client.packet(({ topic, data }) => topic === 'browser-focus' && data.identity === second.identity)
    // The next takeover is anybody's again.
    await post('/handback', { client_id: 'gui-1' })
    await expect.poll(async () => (await control()).state).toBe('ai-driving')
    await post('/takeover', { client_id: 'gui-1' })
    expect(await tap(client)).toBe('applied')
    expect(await tap(second)).toBe('dropped')
    await post('/handback', { client_id: 'gui-1' })
  })

  test('who comes too late is told who was faster; what cannot be is told from where', async () => {
    const { body: guest } = await post('/viewer-tokens', { role: 'control' })
    await post('/takeover', { client_id: client.identity })
    const late = await post('/takeover', { client_id: 'gui-2' }, guest.token)
    expect([late.status, late.body]).toEqual([409, expect.objectContaining({ code: 'control/conflict', winner_client_id: client.identity })])
    const borrowed = await post('/handback', { client_id: client.identity }, guest.token)
    expect([borrowed.status, borrowed.body.code]).toEqual([403, 'auth/forbidden'])
    await post('/handback', { client_id: client.identity })
    await expect.poll(async () => (await control()).state).toBe('ai-driving')
    const twice = await post('/handback', { client_id: client.identity })
    expect([twice.status, twice.body]).toEqual([
      409,
      expect.objectContaining({ code: 'control/invalid-transition', from: 'ai-driving', transition: 'handback-request' }),
    ])
    await mode('ai')
    const noPair = await post('/takeover', { client_id: client.identity })
    expect([noPair.status, noPair.body.code, noPair.body.pair_mode_state]).toEqual([409, 'control/mode', undefined])
  })

  test('input by REST while the agent drives takes over; by the holder it is forwarded', async () => {
    const event = { type: 'tap', x: 50, y: 60 }
    const fired = await post('/input-event', { event, client_id: client.identity })
    expect(fired.body).toMatchObject({ kind: 'pair-mode-takeover-fired', pair_mode_state: { kind: 'human-driving', clientId: client.identity } })
    const forwarded = await post('/input-event', { event, client_id: client.identity })
    expect(forwarded.body).toMatchObject({ kind: 'forwarded', duration_ms: expect.any(Number) })
    await page.event({ type: 'click', x: 50, y: 60 })
    expect(await tap(client)).toBe('applied')
    await post('/handback', { client_id: client.identity })
  })

  test('an agent is fenced while a participant drives, and told of in the room while it acts', async () => {
    const browser = await chromium.connectOverCDP(session.cdp.ws_url)
    const tab = browser.contexts()[0]?.pages()[0]
    if (!tab) throw new Error('no page')
    // After a human's turn the agent looks first.
    await tab.evaluate('1')
    await tab.mouse.click(70, 80)
    await client.packet(({ topic, data }) => topic === 'browser-agent-status' && data.status === 'acting')
    const pointer = await client.packet(({ topic, data }) => topic === 'browser-agent-cursor' && data.visible === true)
    expect(pointer.data).toMatchObject({ x: 70, y: 80, width: 1280, height: 720, action: expect.any(String) })
    await client.packet(({ topic, data }) => topic === 'browser-agent-status' && data.status === 'idle')
    await client.packet(({ topic, data }) => topic === 'browser-agent-cursor' && data.visible === false)
    await post('/takeover', { client_id: client.identity })
    await expect(tab.mouse.click(1, 1)).rejects.toThrow(/human-driving/)
    await post('/handback', { client_id: client.identity })
    await browser.close()
  })
})

describe('absence', () => {
  test('a holder who leaves the room is waited for, and drives on when it is back, in the same epoch', async () => {
    const info = await joinInfo()
    const gone = await RoomClient.join(info)
    await post('/takeover', { client_id: gone.identity })
    await gone.send({ type: 'keyDown', key: 'g' })
    await page.event({ type: 'keydown', key: 'g' })
    const { epoch } = await control()
    await gone.close()
    await page.event({ type: 'keyup', key: 'g' })
    await expect.poll(async () => (await control()).grace_ends_at, { timeout: 20_000 }).not.toBeNull()
    await using back = await RoomClient.join(info)
    expect(await tap(back)).toBe('applied')
    expect(await control()).toMatchObject({ epoch, grace_ends_at: null, client_id: info.participant_identity })
    await post('/handback', { client_id: info.participant_identity })
  })

  test('so is who drives under the name of a REST client', async () => {
    const gone = await RoomClient.join(await joinInfo())
    await post('/takeover', { client_id: 'gui-3' })
    expect(await tap(gone)).toBe('applied')
    await gone.close()
    await expect.poll(async () => (await control()).grace_ends_at, { timeout: 20_000 }).not.toBeNull()
    await post('/handback', { client_id: 'gui-3' })
  })

  test('whoever is sent away while it drives drives no more', async () => {
    const { body: guest } = await post('/viewer-tokens', { role: 'control' })
    await using driver = await RoomClient.join(await joinInfo(guest.token))
    await post('/takeover', { client_id: driver.identity }, guest.token)
    expect(await tap(driver)).toBe('applied')
    await server.request('DELETE', path(`/viewer-tokens/${guest.id}`))
    await expect.poll(async () => (await control()).state).toBe('ai-driving')
    expect((await control()).last_handback).toMatchObject({ reason: 'left', client_id: driver.identity })
  })
})

test('in mode manual the first input takes the wheel; another one waits for it', async () => {
  await mode('manual')
  await using other = await RoomClient.join(await joinInfo())
  expect((await control()).driver).toEqual({ kind: 'nobody' })
  expect(await tap(other)).toBe('applied')
  expect((await control()).client_id).toBe(other.identity)
  expect(await tap(client)).toBe('dropped')
  await mode('pair')
})
