import { describe, expect, test } from 'vitest'
import { judge, stallOf } from './status.ts'
import type { PlayerFacts, RungFacts, StatusFacts } from './status.ts'

const NOW = 1_000_000
/** A page at rest, seen through a healthy connection. */
const resting: StatusFacts = {
  now: NOW,
  transport: 'webrtc',
  player: { state: 'connected', why: null, frames: 10, lastMotionAt: NOW - 60_000, heardAt: NOW - 900 },
  socket: 'open',
  socketWhy: null,
  socketCode: null,
  socketHeardAt: NOW - 500,
  socketSilentSince: null,
  ended: null,
  sessionPaused: false,
  impossible: null,
  serverStalled: null,
  captureFps: 0,
  captureFpsSince: NOW - 60_000,
  behindMs: null,
  blanked: false,
  off: false,
  paused: false,
}
const playing = (facts: StatusFacts, player: Partial<PlayerFacts>): StatusFacts => ({ ...facts, player: { ...facts.player, ...player } })
const moving: StatusFacts = playing({ ...resting, captureFps: 60 }, { lastMotionAt: NOW - 20 })

describe('the word for the picture', () => {
  test('a page at rest is live while peer and server are heard', () => {
    expect(judge(resting)).toEqual({ status: 'live', reason: null, code: null })
  })

  test('who finds no place is told so while it waits for one', () => {
    const waiting: StatusFacts = { ...playing(resting, { frames: 0 }), socket: 'waiting', socketWhy: 'Wait.', socketCode: 'session/viewer-limit' }
    expect(judge(waiting)).toEqual({ status: 'connecting', reason: 'Wait.', code: 'session/viewer-limit' })
  })

  test('a moving page is live', () => {
    expect(judge(moving).status).toBe('live')
  })

  test('it is connecting until the first frame of this peer, whatever was shown before', () => {
    expect(judge(playing(moving, { frames: 0, lastMotionAt: null }))).toMatchObject({ status: 'connecting', reason: 'Waiting for the first frame.' })
    expect(judge(playing(moving, { frames: 0, lastMotionAt: null, state: 'connecting' }))).toMatchObject({
      status: 'connecting',
      reason: 'Connecting to the picture.',
    })
  })

  test('a page that moves without new frames here is stalled', () => {
    expect(judge(playing(moving, { lastMotionAt: NOW - 4_000 }))).toMatchObject({ status: 'stalled', reason: 'The page moves, but no new picture arrives.' })
  })

  test('a page that begins to move gets time for its first frame', () => {
    expect(judge({ ...resting, captureFps: 30, captureFpsSince: NOW - 200 }).status).toBe('live')
    expect(judge({ ...resting, captureFps: 30, captureFpsSince: NOW - 3_000 }).status).toBe('stalled')
  })

  test('one frame a second is no stall: a page at rest is sent as often', () => {
    expect(judge(playing({ ...moving, captureFps: 1 }, { lastMotionAt: NOW - 3_000 })).status).toBe('live')
  })

  test('a picture hidden on purpose does not stall', () => {
    expect(judge(playing({ ...moving, blanked: true }, { lastMotionAt: NOW - 60_000 })).status).toBe('live')
  })

  test('a silent peer is stalled, even where the page rests', () => {
    expect(judge(playing(resting, { heardAt: NOW - 3_500 })).status).toBe('stalled')
    expect(judge(playing(resting, { state: 'disconnected' })).status).toBe('stalled')
  })

  test('a server that does not answer is stalled after three seconds', () => {
    expect(judge({ ...resting, socketSilentSince: NOW - 2_900 }).status).toBe('live')
    expect(judge({ ...resting, socketSilentSince: NOW - 3_100 })).toMatchObject({ status: 'stalled', reason: 'The server has not answered for some seconds.' })
  })

  test('without a socket, motion alone proves it; a resting page cannot', () => {
    expect(judge({ ...moving, socket: 'waiting', socketWhy: 'The connection was lost.' }).status).toBe('live')
    expect(judge({ ...resting, socket: 'waiting', socketWhy: 'The connection was lost.' })).toMatchObject({
      status: 'connecting',
      reason: 'The connection was lost. Connecting again.',
    })
  })

  test('what the server says of its own side counts more than frames', () => {
    expect(judge({ ...moving, serverStalled: 'The capture page does not answer.' })).toMatchObject({
      status: 'stalled',
      reason: 'The capture page does not answer.',
    })
  })

  test('a browser that is being restarted is stalled, and says so', () => {
    expect(judge({ ...resting, sessionPaused: true })).toMatchObject({ status: 'stalled', reason: 'The browser is being restarted.' })
  })

  test('the end carries its reason and its code, and nothing is live after it', () => {
    const ended = { reason: 'The session is closed.', code: 'session/closed' }
    expect(judge({ ...moving, ended })).toEqual({ status: 'ended', ...ended })
  })

  test('where nothing can be shown it says so instead of waiting for ever', () => {
    const facts = playing({ ...resting, transport: null, impossible: 'This environment has no WebRTC.' }, { state: 'none', frames: 0, lastMotionAt: null })
    expect(judge(facts)).toMatchObject({ status: 'connecting', reason: expect.stringContaining('no WebRTC') })
  })

  test('a picture that is off is not called live, however young its last frame', () => {
    expect(judge({ ...moving, off: true })).toMatchObject({ status: 'connecting', reason: 'The picture is off.' })
  })

  test('frames that come seconds after they were drawn are not the present', () => {
    expect(judge({ ...moving, transport: 'websocket', behindMs: 2_000 }).status).toBe('live')
    expect(judge({ ...moving, transport: 'websocket', behindMs: 4_100 })).toMatchObject({ status: 'stalled', reason: 'The picture is 4 seconds late.' })
  })

  test('screenshots prove themselves: without a socket they are live while requests are answered', () => {
    const alone: StatusFacts = { ...resting, transport: 'screenshots', socket: 'waiting', socketWhy: 'The connection was lost.', captureFps: 60 }
    expect(judge(alone).status).toBe('live')
    expect(judge(playing(alone, { heardAt: NOW - 8_000 })).status).toBe('stalled')
  })

  test('JPEGs of a page at rest are live while the server is heard', () => {
    expect(judge({ ...resting, transport: 'jpeg' }).status).toBe('live')
    expect(judge({ ...resting, transport: 'jpeg', socketSilentSince: NOW - 3_100 }).status).toBe('stalled')
  })
})

describe('the ladder looks sooner', () => {
  const rung = (facts: StatusFacts): RungFacts => ({ ...facts, transport: 'webrtc' })

  test('a rung that shows, or has not begun to, is no stall', () => {
    expect(stallOf(rung(resting))).toBeNull()
    expect(stallOf(rung(playing(resting, { frames: 0, state: 'connecting' })))).toBeNull()
  })

  test('two seconds of silence, a lost connection, or a moving page without frames are', () => {
    expect(stallOf(rung(playing(resting, { heardAt: NOW - 2_100 })))).toMatch(/Nothing has come/)
    expect(stallOf(rung(playing(resting, { state: 'disconnected' })))).toMatch(/was lost/)
    expect(stallOf(rung(playing(moving, { lastMotionAt: NOW - 1_600 })))).toMatch(/no new picture/)
    expect(stallOf(rung(playing({ ...moving, captureFps: 3 }, { lastMotionAt: NOW - 1_600 })))).toBeNull()
  })

  test('a capture page that does not answer stalls what comes from it, not the screencast', () => {
    expect(stallOf(rung({ ...resting, serverStalled: 'The capture page is gone.' }))).toBe('The capture page is gone.')
    expect(stallOf({ ...rung({ ...resting, serverStalled: 'The capture page is gone.' }), transport: 'jpeg' })).toBeNull()
  })
})
