/** Input from the room, by any LiveKit client: every event of the dialect as the page sees it, receipts, limits, and who is not heard. */
import { AccessToken } from 'livekit-server-sdk'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { startLiveKit } from '../harness/livekit.ts'
import type { LiveKit } from '../harness/livekit.ts'
import { servePages } from '../harness/pages.ts'
import type { Pages } from '../harness/pages.ts'
import { RoomClient } from '../harness/roomClient.ts'
import { startTestServer } from '../harness/server.ts'
import type { TestServer } from '../harness/server.ts'
import { eventsPage } from './eventsPage.ts'
import type { EventsPage } from './eventsPage.ts'

let livekit: LiveKit
let server: TestServer
let pages: Pages
let page: EventsPage
let id: string
let client: RoomClient

const path = (suffix: string): string => `/v1/agent-sessions/${id}${suffix}`
const link = async (body: object): Promise<{ token: string }> => (await server.request('POST', path('/viewer-tokens'), { body })).body
const joinInfo = async (token?: string) => (await server.request('POST', path('/livekit-token'), token === undefined ? {} : { token })).body
const refusal = (of: RoomClient) => of.packet(({ data }) => data?.type === 'inputRefused')
const refusedTotal = async (reason: string): Promise<number> => {
  const { body } = await server.request('GET', '/metrics')
  return Number(new RegExp(`tandem_room_packets_refused_total\\{reason="${reason}"\\} (\\d+)`).exec(body)?.[1] ?? 0)
}
const attributesOf = (token: string): Record<string, string> => JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()).attributes
/** Made with the API secret, as only an operator can. */
const forge = async (identity: string, attributes: Record<string, string>): Promise<RoomClient> => {
  const token = new AccessToken(livekit.apiKey, livekit.apiSecret, { identity, attributes })
  token.addGrant({ room: id, roomJoin: true, canPublish: true, canPublishData: true, canSubscribe: true })
  return RoomClient.join({ ws_url: livekit.url, token: await token.toJwt() })
}

beforeAll(async () => {
  livekit = await startLiveKit()
  server = await startTestServer({ livekit: livekit.config })
  pages = await servePages()
  page = eventsPage(pages)
  id = (await server.create({ mode: 'manual', viewport: { width: 400, height: 600, scale: 1, mobile: false, touch: true }, initial_url: page.url })).id
  client = await RoomClient.join(await joinInfo())
  await page.event({ type: 'ready' })
  // The first input takes the wheel: nobody has it.
  await client.sendFor({ type: 'tap', x: 5, y: 5, id: 'first' })
  await page.event({ type: 'click' })
}, 90_000)
afterAll(async () => {
  await client?.close()
  await server?.close()
  await livekit?.close()
  await pages?.close()
})
beforeEach(() => page.clear())

describe('each event, as the page sees it', () => {
  test('mouse: move, press, release, and a double-click of two', async () => {
    // By the channel that may lose them.
    const isMoved = async (): Promise<boolean> => {
      await client.send({ type: 'mouseMove', x: 40, y: 50 }, { reliable: false })
      return page.events.some(({ type, x, y }) => type === 'mousemove' && x === 40 && y === 50)
    }
    await expect.poll(isMoved, { interval: 100 }).toBe(true)
    for (let clicks = 0; clicks < 2; clicks++) {
      await client.send({ type: 'mouseDown', x: 41, y: 51, button: 0 })
      await client.send({ type: 'mouseUp', x: 41, y: 51, button: 0 })
    }
    await page.event({ type: 'dblclick', x: 41, y: 51 })
    expect(page.events.filter(({ type }) => type !== 'mousemove')).toMatchObject([
      { type: 'mousedown', x: 41, y: 51, button: 0, detail: 1, trusted: true },
      { type: 'mouseup', detail: 1 },
      { type: 'click', detail: 1 },
      { type: 'mousedown', detail: 2 },
      { type: 'mouseup', detail: 2 },
      { type: 'click', detail: 2 },
      { type: 'dblclick' },
    ])
    await client.send({ type: 'mouseDown', x: 60, y: 60, button: 2 })
    await client.send({ type: 'mouseUp', x: 60, y: 60, button: 2 })
    await page.event({ type: 'contextmenu', x: 60, y: 60 })
    await client.send({ type: 'mouseDown', x: 61, y: 60, button: 1 })
    await client.send({ type: 'mouseUp', x: 61, y: 60, button: 1 })
    await page.event({ type: 'mouseup', button: 1 })
  })

  test('wheel', async () => {
    await client.send({ type: 'wheel', x: 30, y: 40, deltaX: 0, deltaY: 120 })
    await page.event({ type: 'wheel', x: 30, y: 40, deltaX: 0, deltaY: 120 })
  })

  test('keys, with the four modifiers and no others', async () => {
    for (const [modifiers, seen] of [
      [['cmd', 'shift'], 'cmd+shift'],
      [['ctrl', 'option'], 'ctrl+option'],
      [['Shift', 'Control', 'Alt', 'Meta'], ''],
    ] as const) {
      page.clear()
      await client.send({ type: 'keyDown', key: 'k', modifiers })
      await client.send({ type: 'keyUp', key: 'k', modifiers })
      await page.event({ type: 'keyup' })
      expect(page.events).toMatchObject([
        { type: 'keydown', key: 'k', code: 'KeyK', modifiers: seen },
        { type: 'keyup', key: 'k', modifiers: seen },
      ])
    }
  })

  test('tap', async () => {
    expect(await client.sendFor({ type: 'tap', x: 100, y: 200, id: 'tap-1' })).toBe('applied')
    await page.event({ type: 'click', x: 100, y: 200 })
    expect(page.events.slice(0, 2)).toMatchObject([
      { type: 'touchstart', fingers: [[100, 200]] },
      { type: 'touchend', fingers: [[100, 200]], down: 0 },
    ])
  })

  test('two fingers, each under its own id', async () => {
    await client.send({ type: 'touchStart', x: 100, y: 300, touchId: 0 })
    await client.send({ type: 'touchStart', x: 200, y: 300, touchId: 9 })
    await client.send({ type: 'touchMove', x: 120, y: 310, touchId: 0 })
    await page.event({ type: 'touchmove', fingers: [[120, 310]] })
    await client.send({ type: 'touchEnd', x: 200, y: 300, touchId: 9 })
    expect(await client.sendFor({ type: 'touchEnd', x: 120, y: 310, touchId: 0, id: 'lifted' })).toBe('applied')
    await page.event({ type: 'touchend', down: 0 })
    expect(page.events.map(({ type, down }) => [type, down])).toEqual([
      ['touchstart', 1],
      ['touchstart', 2],
      ['touchmove', 2],
      ['touchend', 1],
      ['touchend', 0],
    ])
  })

  test('a swipe is a finger that starts and stops slowly', async () => {
    await client.send({ type: 'swipe', x1: 200, y1: 500, x2: 200, y2: 100, durationMs: 400 })
    const end = await page.event({ type: 'touchend', down: 0 })
    const moves = page.events.filter(({ type }) => type === 'touchmove').map(({ fingers }) => fingers?.[0]?.[1] ?? 0)
    expect(page.events[0]).toMatchObject({ type: 'touchstart', fingers: [[200, 500]] })
    expect(moves.length).toBeGreaterThan(4)
    expect(moves).toEqual(moves.toSorted((a, b) => b - a))
    // To a page that scrolls already Chromium tells of the last pixel with the end.
    expect(end.fingers).toEqual([[200, 100]])
  })

  test('text goes where the caret is', async () => {
    await client.send({ type: 'tap', x: 320, y: 120 })
    // A tap is a click, and gives the focus, once Chromium is sure that it is no other gesture.
    await page.event({ type: 'click' })
    expect(await client.sendFor({ type: 'text', text: 'höher 🙂', id: 'text-1' })).toBe('applied')
    await page.event({ type: 'input', value: 'höher 🙂' })
  })

  test('a ping comes back as the same JSON, to its sender alone', async () => {
    await using other = await RoomClient.join(await joinInfo())
    const text = '{"type": "ping",  "timestamp": 1234.5}'
    await client.send(text, { reliable: false })
    const echo = await client.packet((packet) => packet.text === text)
    expect(echo).toMatchObject({ topic: null, reliable: false, from: 'tandem-browser' })
    await other.send({ type: 'ping', timestamp: 2 }, { reliable: false })
    await other.packet(({ data }) => data?.timestamp === 2)
    expect(other.packets.filter((packet) => packet.from === 'tandem-browser' && packet.text === text)).toEqual([])
  })

  test('navigate opens an address; a receipt has three keys, and goes to its sender alone', async () => {
    await using other = await RoomClient.join(await joinInfo())
    await client.send({ type: 'navigate', url: `${page.url}?again` })
    await page.event({ type: 'ready' })
    await client.packet(({ topic, data }) => topic === 'browser-url' && data.url === `${page.url}?again`)
    await client.sendFor({ type: 'keyUp', key: 'Shift', id: 'exact' })
    const ack = await client.packet(({ data }) => data?.id === 'exact')
    expect(ack).toMatchObject({ data: { type: 'inputAck', id: 'exact', status: 'applied' }, reliable: true, topic: null })
    expect(Object.keys(ack.data)).toHaveLength(3)
    await other.packet(({ topic }) => topic === 'browser-url')
    expect(other.packets.filter(({ data }) => data?.type === 'inputAck')).toEqual([])
  })
})

describe('what is not taken', () => {
  test('packets that are no JSON, too large, no text or of no known type are counted, and change nothing', async () => {
    const counts = async () => Promise.all(['not-json', 'too-large', 'not-text', 'unknown-type', 'invalid'].map(refusedTotal))
    const before = await counts()
    await client.send('{"type":"tap"')
    await client.send({ type: 'text', text: 'x'.repeat(20_000) })
    await client.send(new Uint8Array([0xff, 0xfe, 0xfd]))
    await client.send({ type: 'selfDestruct' })
    await client.send({ type: 'mouseMove', x: 0.5, y: 1 })
    await expect.poll(counts, { timeout: 20_000 }).toEqual(before.map((count) => count + 1))
    expect(page.events).toEqual([])
    expect(await client.sendFor({ type: 'tap', x: 5, y: 5, id: 'still' })).toBe('applied')
  })

  test('packets with a topic are of other dialects', async () => {
    await client.send({ type: 'keyDown', key: 'q' }, { topic: 'browser-input' })
    await client.sendFor({ type: 'keyUp', key: 'w', id: 'behind' })
    await client.sendFor({ type: 'tap', x: 9, y: 9, id: 'behind-2' })
    await page.event({ type: 'click' })
    expect(page.events.some(({ key }) => key === 'q')).toBe(false)
  })

  test('a flood is cut, and what lets go is never dropped', async () => {
    await client.send({ type: 'mouseDown', x: 10, y: 10, button: 0 })
    await client.send({ type: 'keyDown', key: 'z' })
    const flood = Array.from({ length: 6_000 }, (_, nth) => client.send({ type: 'keyDown', key: 'f', n: nth }))
    const releases = [
      client.send({ type: 'mouseUp', x: 11, y: 11, button: 0 }),
      client.send({ type: 'keyUp', key: 'z' }),
      client.send({ type: 'keyUp', key: 'f' }),
    ]
    await Promise.all([...flood, ...releases])
    await page.event({ type: 'mouseup', x: 11, y: 11 })
    await page.event({ type: 'keyup', key: 'z' })
    await page.event({ type: 'keyup', key: 'f' })
    expect(page.events.filter(({ type }) => type === 'keydown').length).toBeLessThan(3_000)
    await expect.poll(() => refusedTotal('flood'), { timeout: 20_000 }).toBeGreaterThan(0)
    // Once it is over it is forgotten; what still belongs to it gets no receipt.
    const isHeard = async (): Promise<boolean> => {
      await client.send({ type: 'tap', x: 7, y: 7, id: `after-${Math.random().toString(36).slice(2)}` })
      return client.packets.some(({ data }) => data?.type === 'inputAck' && String(data.id).startsWith('after-') && data.status === 'applied')
    }
    await expect.poll(isHeard, { timeout: 20_000, interval: 200 }).toBe(true)
  }, 90_000)

  test('who may only watch is not heard: the SFU takes no data of it, and neither do we', async () => {
    const info = await joinInfo((await link({ role: 'view' })).token)
    await using viewer = await RoomClient.join(info)
    await viewer.watching()
    await viewer.send({ type: 'keyDown', key: 'v' }).catch(() => undefined)
    await viewer.close()
    // The same participant with a token that lets it send, as the SFU's API secret makes it.
    const attributes = attributesOf(info.token)
    await using forged = await forge(info.participant_identity, attributes)
    await forged.send({ type: 'keyDown', key: 'v' })
    expect((await refusal(forged)).data).toMatchObject({ code: 'auth/forbidden' })
    expect(await forged.sendFor({ type: 'tap', x: 1, y: 1, id: 'no' })).toBe('dropped')
    expect(page.events.filter(({ key, x }) => key === 'v' || x === 1)).toEqual([])
  })

  test('identities that we made no token for are not heard, whatever they call themselves', async () => {
    const mine = attributesOf((await joinInfo()).token)
    for (const identity of ['recorder', 'customer-00000000-0000-4000-8000-000000000000', 'viewer-vwr_1']) {
      // The proof of another one proves nothing.
      await using stranger = await forge(identity, mine)
      await stranger.send({ type: 'tap', x: 300, y: 300, id: 'stranger' })
      await stranger.send({ type: 'ping', timestamp: 1 })
      expect(await client.sendFor({ type: 'tap', x: 5, y: 5, id: `mine-${identity.length}` })).toBe('applied')
      expect(stranger.packets.filter(({ topic, from }) => topic === null && from === 'tandem-browser')).toEqual([])
    }
    await page.event({ type: 'click', x: 5 })
    expect(page.events.filter(({ x, fingers }) => x === 300 || fingers?.[0]?.[0] === 300)).toEqual([])
    const shown = (await server.request('GET', path('/viewers'))).body.data
    expect(shown.map((viewer: { id: string }) => viewer.id)).not.toEqual(expect.arrayContaining([expect.stringMatching(/recorder|0000|viewer-/)]))
  })

  test('a link that is revoked in the middle of typing types no more', async () => {
    const { token, id: linkId } = (await server.request('POST', path('/viewer-tokens'), { body: { role: 'control' } })).body
    await server.request('POST', path('/mode'), { body: { mode: 'shared' } })
    await using guest = await RoomClient.join(await joinInfo(token))
    expect(await guest.sendFor({ type: 'tap', x: 8, y: 8, id: 'guest' })).toBe('applied')
    await server.request('DELETE', path(`/viewer-tokens/${linkId}`))
    expect(await guest.disconnected).toBe('PARTICIPANT_REMOVED')
    await server.request('POST', path('/mode'), { body: { mode: 'manual' } })
    await client.sendFor({ type: 'tap', x: 5, y: 5, id: 'mine-again' })
  })
})

test('whoever leaves with a key down has it lifted', async () => {
  const { token } = await link({ role: 'control' })
  await server.request('POST', path('/mode'), { body: { mode: 'shared' } })
  const guest = await RoomClient.join(await joinInfo(token))
  await guest.send({ type: 'keyDown', key: 'h' })
  await page.event({ type: 'keydown', key: 'h' })
  await guest.close()
  await page.event({ type: 'keyup', key: 'h' })
})
