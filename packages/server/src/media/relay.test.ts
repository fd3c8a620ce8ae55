import { expect, test } from 'vitest'
import { TandemError } from '@tandem/protocol'
import type { CaptureCommands, EncodeOptions, Quality } from '@tandem/protocol'
import { settled } from '../control/fakeClock.ts'
import { FakeWatcher, fakeFeed, message } from './fakeMedia.ts'
import type { FakeFeed } from './fakeMedia.ts'
import { toPacket } from './packet.ts'
import { Relay } from './relay.ts'
import { MAX_BACKLOG_BYTES, MAX_BEHIND_MS } from './subscriber.ts'

interface Rig extends FakeFeed {
  relay: Relay
  /** What the encoder was told, newest last. */
  encodes: (EncodeOptions | null)[]
  keyFrames: number
  /** Fails the next calls of the capture page with this. */
  fail: TandemError | null
  join(id: string, options?: { codecs?: string[]; audio?: boolean; quality?: Quality }): Promise<FakeWatcher & { feedId: string }>
  key(seq: number): void
  delta(seq: number): void
  sound(seq: number): void
}

function rig(): Rig {
  const fake = fakeFeed()
  const encodes: (EncodeOptions | null)[] = []
  const unused = { show: 0 } as unknown as CaptureCommands
  const result: Rig = {
    ...fake,
    encodes,
    keyFrames: 0,
    fail: null,
    relay: new Relay({
      ...fake.options,
      // Of the capture page only these two are called by a relay.
      capture: () => ({
        ...unused,
        encode: async (options) => {
          if (result.fail) throw result.fail
          encodes.push(options)
        },
        keyFrame: async () => void (result.keyFrames += 1),
      }),
    }),
    async join(id, { codecs, audio = false, quality = 'auto' } = {}) {
      const watcher = new FakeWatcher(id)
      fake.watchers.add(watcher)
      const feedId = await result.relay.start(watcher, { codecs, audio, quality, relayOnly: false })
      await settled()
      return Object.assign(watcher, { feedId })
    },
    key: (seq) => result.relay.packet(toPacket(message('video', seq, true))),
    delta: (seq) => result.relay.packet(toPacket(message('video', seq, false))),
    sound: (seq) => result.relay.packet(toPacket(message('audio', seq))),
  }
  return result
}

test('the encoder runs while somebody watches, and one encode serves all: codecs that all decode, the highest quality, sound if any wants it', async () => {
  const { relay, encodes, join } = rig()
  const first = await join('a', { codecs: ['av01', 'vp8'], quality: 'low' })
  expect(encodes).toEqual([{ codecs: ['av01', 'vp8'], audio: false, quality: 'low' }])
  const second = await join('b', { codecs: ['video/VP8', 'avc1.42E01F'], audio: true, quality: 'high' })
  expect(encodes.at(-1)).toEqual({ codecs: ['vp8'], audio: true, quality: 'high' })
  relay.stop(second.feedId)
  await settled()
  expect(encodes.at(-1)).toEqual({ codecs: ['av01', 'vp8'], audio: false, quality: 'low' })
  relay.pause(first.feedId, true)
  await settled()
  expect(encodes.at(-1)).toBeNull()
  relay.pause(first.feedId, false)
  await settled()
  relay.leave(first)
  await settled()
  expect(encodes.slice(-2)).toEqual([{ codecs: ['av01', 'vp8'], audio: false, quality: 'low' }, null])
})

test('a viewer who shares no codec with the others is refused, and they go on', async () => {
  const { encodes, join } = rig()
  await join('a', { codecs: ['av01'] })
  await expect(join('b', { codecs: ['avc1'] })).rejects.toMatchObject({ code: 'media/rung-unavailable' })
  expect(encodes).toHaveLength(1)
})

test('a viewer gets the configuration first, then packets from a key frame on, the same bytes as everybody', async () => {
  const { relay, join, key, delta } = rig()
  relay.configure({ kind: 'video', config: 1, codec: 'av01.0.05M.08', width: 1, height: 1 })
  const a = await join('a')
  delta(1)
  expect(a.take()).toEqual(['media.config'])
  key(2)
  delta(3)
  expect(a.take()).toEqual(['key 2', 'delta 3'])
})

test('a joiner gets the key frame that is still the newest picture, and asks for none', async () => {
  const { relay, join, clock, key, delta, counted } = rig()
  relay.configure({ kind: 'video', config: 1, codec: 'av01.0.05M.08', width: 1, height: 1 })
  const a = await join('a')
  key(1)
  const b = await join('b')
  expect(b.take()).toEqual(['media.config', 'key 1'])
  await clock.advance(500)
  expect(counted.keyFrames).toBe(0)
  delta(2)
  const c = await join('c')
  expect(c.take()).toEqual(['media.config'])
  expect(counted.keyFrames).toBe(1)
  expect([a.take(), b.take()]).toEqual([['media.config', 'key 1', 'delta 2'], ['delta 2']])
})

test('fifty joiners cost one key frame in 500 ms, and none while one is on its way', async () => {
  const { join, clock, key, delta, counted } = rig()
  await join('first')
  key(1)
  delta(2)
  // The key frame with which the encode begins counts too.
  await clock.advance(500)
  for (let index = 0; index < 25; index++) await join(`a${index}`)
  expect(counted.keyFrames).toBe(1)
  key(3)
  delta(4)
  await clock.advance(100)
  for (let index = 0; index < 25; index++) await join(`b${index}`)
  expect(counted.keyFrames).toBe(1)
  await clock.advance(400)
  expect(counted.keyFrames).toBe(2)
  key(5)
  await clock.advance(10_000)
  expect(counted.keyFrames).toBe(2)
})

test('a key frame that does not come is asked for again', async () => {
  const { join, clock, delta, key, counted } = rig()
  await join('a')
  delta(1)
  await clock.advance(2_000)
  expect(counted.keyFrames).toBe(1)
  await clock.advance(2_000)
  expect(counted.keyFrames).toBe(2)
  key(2)
  await clock.advance(10_000)
  expect(counted.keyFrames).toBe(2)
})

test('a viewer with too much unsent is cut, gets nothing more, and goes on at a key frame once it has all; nobody else notices', async () => {
  const { join, clock, key, delta, sound, counted } = rig()
  const quick = await join('quick', { audio: true })
  const slow = await join('slow', { audio: true })
  key(1)
  delta(2)
  slow.reads = false
  slow.backlog = MAX_BACKLOG_BYTES + 1
  delta(3)
  sound(4)
  delta(5)
  await settled()
  expect(slow.take()).toEqual(['key 1', 'delta 2'])
  expect(counted).toMatchObject({ cuts: 1, dropped: 3, keyFrames: 0 })
  // A key frame that comes while it is behind is not for it.
  key(6)
  delta(7)
  expect(slow.take()).toEqual([])
  await clock.advance(1_000)
  slow.arrive()
  expect(counted.keyFrames).toBe(1)
  delta(8)
  expect(slow.take()).toEqual([])
  key(9)
  delta(10)
  expect(slow.take()).toEqual(['key 9', 'delta 10'])
  expect(quick.take()).toEqual(['key 1', 'delta 2', 'delta 3', 'sound 4', 'delta 5', 'key 6', 'delta 7', 'delta 8', 'key 9', 'delta 10'])
})

test('a viewer whose network swallows packets is behind too: what was sent must arrive within a second', async () => {
  const { join, clock, key, delta, counted } = rig()
  const slow = await join('slow')
  slow.reads = false
  key(1)
  delta(2)
  await clock.advance(MAX_BEHIND_MS)
  delta(3)
  expect(counted.cuts).toBe(0)
  await clock.advance(1)
  delta(4)
  expect(counted.cuts).toBe(1)
  expect(slow.take()).toEqual(['key 1', 'delta 2', 'delta 3'])
})

test('a viewer that is cut again and again costs a key frame every two seconds at most', async () => {
  const { join, clock, key, delta, counted } = rig()
  const slow = await join('slow')
  let seq = 0
  for (let round = 0; round < 40; round++) {
    key(++seq)
    slow.backlog = MAX_BACKLOG_BYTES + 1
    delta(++seq)
    slow.arrive()
    await clock.advance(100)
  }
  expect(counted.keyFrames).toBeLessThanOrEqual(3)
})

test('a viewer whose decoder failed gets nothing that it cannot read before the next key frame', async () => {
  const { relay, join, key, delta, counted } = rig()
  const a = await join('a')
  key(1)
  relay.keyFrame(a.feedId)
  delta(2)
  expect(a.take()).toEqual(['key 1'])
  expect(counted.keyFrames).toBe(0)
  key(3)
  expect(a.take()).toEqual(['key 3'])
})

test('a paused viewer costs nothing and comes back with a key frame', async () => {
  const { relay, join, key, delta, counted } = rig()
  const a = await join('a')
  const b = await join('b')
  key(1)
  relay.pause(a.feedId, true)
  delta(2)
  expect(a.take()).toEqual(['key 1'])
  expect(counted.dropped).toBe(0)
  relay.pause(a.feedId, false)
  delta(3)
  key(4)
  expect([a.take(), b.take()]).toEqual([['key 4'], ['key 1', 'delta 2', 'delta 3', 'key 4']])
})

test('from a secret on its viewers get nothing, joiners neither, and after it only what was encoded since', async () => {
  const { relay, join, clock, key, delta, hidden, encodes, counted } = rig()
  const typist = await join('typist')
  const other = await join('other')
  key(1)
  hidden.add('other').add('late')
  relay.applyBlank()
  key(2)
  delta(3)
  const late = await join('late')
  key(4)
  expect([typist.take(), other.take(), late.take()]).toEqual([['key 1', 'key 2', 'delta 3', 'key 4'], ['key 1'], []])
  await clock.advance(500)
  hidden.clear()
  const before = counted.keyFrames
  relay.applyBlank()
  expect([other.take(), late.take()]).toEqual([[], []])
  await settled()
  delta(5)
  key(6)
  expect([other.take(), late.take()]).toEqual([['key 6'], ['key 6']])
  expect(counted.keyFrames - before).toBe(1)
  // Hidden from all, it is not even encoded.
  hidden.add('typist').add('other').add('late')
  relay.applyBlank()
  await settled()
  expect(encodes.at(-1)).toBeNull()
})

test('when the capture page is made anew the encode is asked for again, and everybody goes on at its first key frame', async () => {
  const { relay, join, key, delta, encodes } = rig()
  const viewers = await Promise.all(Array.from({ length: 20 }, (_, index) => join(`v${index}`)))
  key(1)
  relay.lost('killed', true)
  relay.back()
  await settled()
  expect(encodes).toHaveLength(2)
  delta(2)
  relay.configure({ kind: 'video', config: 1, codec: 'vp8', width: 1, height: 1 })
  key(1)
  for (const viewer of viewers) expect(viewer.take()).toEqual(['key 1', 'media.config', 'key 1'])
})

test('a capture page that is gone for good ends the rung for its viewers', async () => {
  const { relay, join } = rig()
  const a = await join('a')
  relay.lost('killed', false)
  expect(a.told.at(-1)).toEqual({ event: 'media.ended', data: { peerId: a.feedId, reason: 'killed', retry: false } })
  expect(relay.carries(a)).toBe(false)
})

test('a viewer waits for a capture page that is being made, and is told when none comes', async () => {
  const test = rig()
  test.fail = new TandemError('media/unavailable')
  const late = test.join('late')
  await settled()
  test.fail = null
  await test.clock.advance(200)
  await late
  expect(test.encodes).toHaveLength(1)
  const none = rig()
  none.fail = new TandemError('media/unavailable')
  const refusal = none.join('a').then(
    () => null,
    (error: unknown) => error,
  )
  await settled()
  await none.clock.advance(11_000)
  expect(await refusal).toMatchObject({ code: 'media/unavailable' })
})

test('a thousand joins and leaves end with the encoder off and nothing kept', async () => {
  const { relay, join, key, clock, encodes } = rig()
  for (let index = 0; index < 1_000; index++) {
    const watcher = await join(`v${index}`)
    key(index)
    relay.leave(watcher)
  }
  await settled()
  await clock.advance(10_000)
  expect(encodes.at(-1)).toBeNull()
  expect(relay.active).toBe(false)
  expect(clock.waiting).toBe(0)
})

test('an encoder that has given up ends the rung for all, who step down', async () => {
  const { relay, encodes, join } = rig()
  const [ada, ben] = [await join('ada'), await join('ben')]
  relay.failed()
  await settled()
  for (const viewer of [ada, ben])
    expect(viewer.told.at(-1)).toEqual({
      event: 'media.ended',
      data: { peerId: viewer.feedId, reason: 'The video encoder of this session fails.', retry: false },
    })
  expect(encodes.at(-1)).toBeNull()
  // Whoever asks later has it tried anew.
  await join('ada')
  expect(encodes.at(-1)).not.toBeNull()
})
