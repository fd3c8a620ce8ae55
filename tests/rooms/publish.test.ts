/** What the capture page promises of a room beyond what every outlet does (tests/capture/outlets.test.ts): a real Chromium publishes, LiveKit's own client watches. */
import { BROWSER_IDENTITY, ROOM_OUTLET, ROOM_PACKET_MAX_BYTES, type CaptureMessage, type RoomOptions } from '@tandem/protocol'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { OutletRig, roomToken, type Watching } from '../capture/outletRig.ts'
import { startLiveKit, type LiveKit } from '../harness/livekit.ts'

const WHITE = '({ luma }) => luma > 200'
/** Seconds, not milliseconds: a busy machine is late. */
const CLOCK = '({ latency, luma }) => latency < 5000 && luma > 24'
/** What cannot be told apart by a frame's content: it came from now on. */
const now = (): string => `({ at, latency, luma }) => at > ${Date.now()} && latency < 5000 && luma > 24`

let rig: OutletRig
let liveKit: LiveKit
let room: string
let rooms = 0
const viewers: Watching[] = []

async function publish(options: Partial<RoomOptions> = {}): Promise<void> {
  const token = await roomToken(liveKit, room, BROWSER_IDENTITY, 'publish')
  await rig.browser.capture.room({ wsUrl: liveKit.url, token, audio: false, quality: 'auto', codecs: ['av1', 'vp8'], ...options })
}

async function join(identity: string, may: 'control' | 'watch' = 'watch'): Promise<Watching> {
  const viewer = await rig.room(liveKit.url, await roomToken(liveKit, room, identity, may))
  viewers.push(viewer)
  return viewer
}

function state(wanted: string): Promise<Extract<CaptureMessage, { type: 'roomState' }>> {
  return rig.message('roomState', (message) => message.state === wanted)
}

const tracks = (viewer: Watching): Promise<{ name: string; source: string; kind: string; sid: string; mimeType: string }[]> => viewer.evaluate('tracks')
const send = (viewer: Watching, text: string, options = '{ reliable: true }'): Promise<void> =>
  viewer.evaluate(`room.localParticipant.publishData(new TextEncoder().encode(${JSON.stringify(text)}), ${options})`)
const texts = (): string[] => rig.messages.flatMap((message) => (message.type === 'roomData' ? [message.text] : []))

beforeAll(async () => {
  ;[rig, liveKit] = await Promise.all([OutletRig.start(), startLiveKit()])
})
beforeEach(() => {
  room = `publish-${++rooms}`
  rig.messages.length = 0
})
afterEach(async () => {
  await rig.browser.capture.room(null)
  for (const viewer of viewers.splice(0)) await viewer.leave()
})
afterAll(() => Promise.all([rig.close(), liveKit.close()]))

describe('picture and sound', () => {
  it('are published as browser-video and browser-audio, of a screen, one layer, AV1 for text, and drawn as captured', async () => {
    await rig.open('tone')
    await publish({ audio: true })
    const viewer = await join('anna')
    await viewer.evaluate('until(() => tracks.length === 2)')
    expect((await tracks(viewer)).toSorted((a, b) => a.name.localeCompare(b.name))).toMatchObject([
      { name: 'browser-audio', source: 'screen_share_audio', kind: 'audio' },
      { name: 'browser-video', source: 'screen_share', kind: 'video', mimeType: 'video/AV1' },
    ])
    await viewer.evaluate('until(async () => (await inbound("audio"))?.totalAudioEnergy > 0.01)')
    await rig.stream(({ audio }) => audio)
    await rig.open('text')
    await viewer.frames()
    for (let i = 0; i < 20; i++) await viewer.frame(CLOCK)
    expect(await viewer.evaluate('inbound("video")')).toMatchObject({ frameWidth: 1280, frameHeight: 720 })
  })

  it('are in a codec that may be published: without AV1 a page of text is VP8', async () => {
    await rig.open('text')
    await publish({ codecs: ['vp8'] })
    const viewer = await join('anna')
    for (let i = 0; i < 10; i++) await viewer.frame(CLOCK)
    expect(await viewer.evaluate('inbound("video")')).toMatchObject({ mimeType: 'video/VP8' })
  })

  it('reach a newcomer at once, of a page at rest too', async () => {
    await rig.open('still')
    await publish()
    for (const name of ['anna', 'bob', 'carol']) {
      const viewer = await join(name)
      expect(await viewer.frame(WHITE)).toMatchObject({ width: 1280, height: 720 })
    }
  })

  it('change over to VP8 when the page moves, and nobody sees black or a gap', async () => {
    await rig.open('text')
    await publish()
    const viewer = await join('anna')
    await viewer.frame(CLOCK)
    await rig.open('motion')
    await viewer.frames()
    await viewer.evaluate('until(() => tracks.some(({ mimeType }) => mimeType === "video/VP8"))')
    await viewer.evaluate(
      'until(async () => (await inbound("video"))?.mimeType === "video/VP8" && room.remoteParticipants.get("tandem-browser").trackPublications.size === 1)',
    )
    const frames = await viewer.frames()
    expect(frames.filter(({ luma }) => luma < 24)).toEqual([])
    // The old track ends when the new one has been seen.
    expect(await viewer.evaluate('ended')).toEqual([{ mimeType: 'video/AV1', seenOfNext: expect.any(Number) }])
    expect(await viewer.evaluate('ended[0].seenOfNext')).toBeGreaterThan(0)
    await viewer.frame(now())
  })

  it('change over on the same connection when AV1 may not be published any more', async () => {
    await rig.open('text')
    await publish()
    const viewer = await join('anna')
    await viewer.frame(CLOCK)
    const sid = await viewer.evaluate('room.remoteParticipants.get("tandem-browser").sid')
    rig.messages.length = 0
    await publish({ codecs: ['vp8'] })
    await state('connected')
    await viewer.evaluate(
      'until(async () => (await inbound("video"))?.mimeType === "video/VP8" && room.remoteParticipants.get("tandem-browser").trackPublications.size === 1)',
    )
    expect(await viewer.evaluate('room.remoteParticipants.get("tandem-browser").sid')).toBe(sid)
    await viewer.frame(now())
  })

  it('cost nothing while nobody takes them: the tab is captured for the first viewer, and let go after the last', async () => {
    await rig.open('text')
    // One codec: on a busy machine another track may come meanwhile, and is taken.
    await publish({ codecs: ['vp8'] })
    await state('connected')
    // What is expected is captured for a while; nobody came.
    await rig.stream(({ source }) => source === 'none')
    const viewer = await join('anna')
    await viewer.frame(CLOCK)
    rig.messages.length = 0
    await viewer.evaluate('room.remoteParticipants.get("tandem-browser").trackPublications.forEach((publication) => publication.setSubscribed(false))')
    await rig.stream(({ source }) => source === 'none')
    await viewer.evaluate('room.remoteParticipants.get("tandem-browser").trackPublications.forEach((publication) => publication.setSubscribed(true))')
    await viewer.frame(now())
  })

  it('are for those of the audience, of newcomers too', async () => {
    await rig.open('text')
    await publish()
    const anna = await join('anna')
    const bob = await join('bob')
    await Promise.all([anna.frame(CLOCK), bob.frame(CLOCK)])
    await rig.browser.capture.roomAudience({ identities: ['anna'] })
    await bob.evaluate('until(() => [...room.remoteParticipants.get("tandem-browser").trackPublications.values()].every(({ track }) => !track))')
    const carol = await join('carol')
    await anna.frame(now())
    expect(await tracks(carol)).toEqual([])
    await rig.browser.capture.roomAudience({ identities: null })
    await Promise.all([bob.frame(now()), carol.frame(now())])
  })
})

describe('bad days', () => {
  it('the SFU dies and comes back: both sides go on by themselves', async () => {
    await rig.open('text')
    await publish()
    const viewer = await join('anna')
    await viewer.frame(CLOCK)
    rig.messages.length = 0
    await liveKit.kill()
    await state('reconnecting')
    await liveKit.start()
    await viewer.frame(now())
    await state('connected')
    await viewer.frame(now())
  })

  it('the SFU is gone for long: it says so, and a fresh token brings everything back', async () => {
    await rig.open('text')
    await publish()
    const before = await join('anna')
    await before.frame(CLOCK)
    rig.messages.length = 0
    await liveKit.kill()
    expect((await state('disconnected')).reason).toEqual(expect.any(String))
    expect(await rig.message('roomParticipants')).toEqual({ type: 'roomParticipants', participants: [] })
    await liveKit.start()
    await publish()
    const viewer = await join('bob')
    await viewer.frame(CLOCK)
  })

  it('its token has expired when it has to come back: it does so by the one that the SFU gave it since', async () => {
    await rig.open('text')
    // LiveKit lets clocks be a minute apart: this one is taken for some seconds more.
    const token = await roomToken(liveKit, room, BROWSER_IDENTITY, 'publish', -50)
    await publish({ token })
    const viewer = await join('anna')
    await viewer.frame(CLOCK)
    const validate = `${liveKit.url.replace('ws', 'http')}/rtc/validate?access_token=${token}`
    await expect.poll(async () => (await fetch(validate)).status).toBe(401)
    rig.messages.length = 0
    await liveKit.kill()
    await state('reconnecting')
    await liveKit.start()
    await state('connected')
    await viewer.frame(now())
  })

  it('nobody answers at its address, or its token is none: it says so without the token', async () => {
    const token = await roomToken({ ...liveKit, apiSecret: 'another-secret-another-secret-32' }, room, BROWSER_IDENTITY, 'publish')
    for (const options of [{ token }, { wsUrl: 'ws://127.0.0.1:9' }]) {
      rig.messages.length = 0
      await publish(options)
      expect((await state('disconnected')).reason).toEqual(expect.any(String))
      expect(JSON.stringify(rig.messages)).not.toContain(token)
      expect(JSON.stringify(rig.messages)).not.toMatch(/access_token=\w/)
    }
    await publish()
    await state('connected')
  })

  it('somebody takes its identity: duplicate-identity, and it does not take it back by itself', async () => {
    await publish()
    await state('connected')
    await rig.room(liveKit.url, await roomToken(liveKit, room, BROWSER_IDENTITY, 'publish')).then((thief) => viewers.push(thief))
    expect((await state('disconnected')).reason).toBe('duplicate-identity')
    rig.messages.length = 0
    await publish()
    await state('connected')
  })

  it('the room is deleted, or it is sent away: it says so', async () => {
    await publish()
    await state('connected')
    await liveKit.api.removeParticipant(room, BROWSER_IDENTITY)
    expect((await state('disconnected')).reason).toBe('participant-removed')
    rig.messages.length = 0
    await publish()
    await state('connected')
    await liveKit.api.deleteRoom(room)
    expect((await state('disconnected')).reason).toBe('room-deleted')
  })
})

describe('data packets', () => {
  it('come with their sender, in order, and say whether they were sure to come', async () => {
    await publish()
    const anna = await join('anna', 'control')
    await rig.message('roomParticipants', ({ participants }) => participants.length === 1)
    await send(anna, '{"type":"ping","timestamp":1}')
    await send(anna, '[1]', '{ reliable: true, topic: "browser-input" }')
    await send(anna, 'no JSON', '{ reliable: false }')
    await rig.message('roomData', ({ text }) => text === 'no JSON')
    const data = rig.messages.filter(({ type }) => type === 'roomData')
    expect(data).toHaveLength(3)
    expect(data).toEqual(
      expect.arrayContaining([
        { type: 'roomData', from: 'anna', topic: null, text: '{"type":"ping","timestamp":1}', reliable: true },
        { type: 'roomData', from: 'anna', topic: 'browser-input', text: '[1]', reliable: true },
        { type: 'roomData', from: 'anna', topic: null, text: 'no JSON', reliable: false },
      ]),
    )
    await anna.evaluate(
      `(async () => { for (let i = 0; i < 200; i++) await room.localParticipant.publishData(new TextEncoder().encode('n' + i), { reliable: true }) })()`,
    )
    await rig.message('roomData', ({ text }) => text === 'n199')
    expect(texts().filter((text) => /^n\d/.test(text))).toEqual(Array.from({ length: 200 }, (_, i) => `n${i}`))
  })

  it('go to all, or to some, with a topic or without one, in order', async () => {
    await publish()
    const [anna, bob] = [await join('anna'), await join('bob')]
    await rig.message('roomParticipants', ({ participants }) => participants.length === 2)
    const { capture } = rig.browser
    await capture.roomSend({ text: 'to anna', reliable: true, to: ['anna'] })
    await capture.roomSend({ text: 'to nobody', reliable: true, to: [] })
    for (let i = 0; i < 20; i++) void capture.roomSend({ text: `all ${i}`, reliable: true, topic: 'browser-url' })
    const all = Array.from({ length: 20 }, (_, i) => ({ text: `all ${i}`, from: BROWSER_IDENTITY, reliable: true, topic: 'browser-url' }))
    await Promise.all([anna, bob].map((viewer) => viewer.evaluate(`until(() => packets.some(({ text }) => text === 'all 19'))`)))
    expect(await bob.evaluate('packets')).toEqual(all)
    expect(await anna.evaluate('packets')).toEqual([{ text: 'to anna', from: BROWSER_IDENTITY, reliable: true, topic: null }, ...all])
  })

  it('that are too large or no text are refused and counted, and a flood does not hold up others', async () => {
    await publish()
    const [anna, bob] = [await join('anna', 'control'), await join('bob', 'control')]
    await rig.message('roomParticipants', ({ participants }) => participants.length === 2)
    await send(anna, 'x'.repeat(ROOM_PACKET_MAX_BYTES + 1))
    expect(await rig.message('roomRefused', ({ reason }) => reason === 'too-large')).toMatchObject({ from: 'anna', count: 1 })
    await send(anna, 'x'.repeat(ROOM_PACKET_MAX_BYTES))
    await rig.message('roomData', ({ text }) => text.length === ROOM_PACKET_MAX_BYTES)
    await anna.evaluate('room.localParticipant.publishData(new Uint8Array([0xff, 0xfe]), { reliable: true })')
    expect(await rig.message('roomRefused', ({ reason }) => reason === 'not-text')).toMatchObject({ from: 'anna', count: 1 })
    const flood = anna.evaluate(
      `Promise.all(Array.from({ length: 3000 }, (_, i) => room.localParticipant.publishData(new TextEncoder().encode('{"type":"mouseMove","n":' + i + '}'), { reliable: true })))`,
    )
    expect((await rig.message('roomRefused', ({ reason }) => reason === 'flood')).from).toBe('anna')
    await send(bob, 'bob is heard')
    await send(anna, '{"type":"mouseUp","x":1,"y":1,"button":0}')
    await flood
    await rig.message('roomData', ({ from, text }) => from === 'bob' && text === 'bob is heard')
    await rig.message('roomData', ({ from, text }) => from === 'anna' && text.includes('mouseUp'))
  })

  it('from someone whose token does not allow them reach nobody', async () => {
    await publish()
    const anna = await join('anna', 'watch')
    const bob = await join('bob', 'control')
    await rig.message('roomParticipants', ({ participants }) => participants.length === 2)
    await anna.evaluate(`room.localParticipant.publishData(new TextEncoder().encode('smuggled'), { reliable: true }).catch(() => {})`)
    await send(bob, 'allowed')
    await rig.message('roomData', ({ text }) => text === 'allowed')
    expect(texts()).toEqual(['allowed'])
  })
})

it('says who is in the room, with what their tokens say of them, whenever that changes', async () => {
  await publish()
  await join('anna')
  expect(await rig.message('roomParticipants', ({ participants }) => participants.length > 0)).toEqual({
    type: 'roomParticipants',
    participants: [{ identity: 'anna', name: '', attributes: {} }],
  })
  await liveKit.api.updateParticipant(room, 'anna', { name: 'Anna', attributes: { role: 'control' } })
  await rig.message('roomParticipants', ({ participants: [anna] }) => anna?.name === 'Anna' && anna.attributes['role'] === 'control')
  rig.messages.length = 0
  await viewers[0]?.evaluate('room.disconnect()')
  expect(await rig.message('roomParticipants')).toEqual({ type: 'roomParticipants', participants: [] })
})

it('is black for everybody while it is hidden, and a viewer who comes then sees black', async () => {
  await rig.open('text')
  await publish()
  const anna = await join('anna')
  await anna.frame(CLOCK)
  await rig.browser.capture.blank({ peerId: ROOM_OUTLET, blank: true })
  const bob = await join('bob')
  await bob.frame('({ luma }) => luma >= 0 && luma < 24')
  expect((await bob.frames()).filter(({ luma }) => luma >= 24)).toEqual([])
  await rig.browser.capture.blank({ peerId: ROOM_OUTLET, blank: false })
  await Promise.all([anna.frame(now()), bob.frame(now())])
})
