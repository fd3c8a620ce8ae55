import type { LiveBrowser } from '@tandem/browser'
import { SHARED_ENCODE } from '@tandem/protocol'
import { expect, test } from 'vitest'
import { settled } from '../control/fakeClock.ts'
import type { Room } from '../rooms/room.ts'
import { FakeWatcher, fakeFeed } from './fakeMedia.ts'
import { Media } from './media.ts'
import type { MediaOptions } from './media.ts'

const START = { audio: false, quality: 'auto', relayOnly: false } as const

function rig(room: Room | null = null) {
  const fake = fakeFeed()
  const answered: string[] = []
  const done = (): Promise<void> => Promise.resolve()
  const capture = {
    connect: done,
    disconnect: done,
    encode: done,
    keyFrame: done,
    restart: done,
    answer: async ({ sdp }: { sdp: string }) => void answered.push(sdp),
  }
  const options = {
    ...fake.options,
    room,
    // Of a browser no more than this is asked here.
    browser: () => ({ capture, setScreencast: () => Promise.resolve() }) as unknown as LiveBrowser,
    iceServers: () => [],
    icePolicy: 'all',
    viewersChanged: () => undefined,
    metrics: { ...fake.options.metrics, viewerReport: () => undefined },
  } satisfies MediaOptions
  const media = new Media(options)
  const join = (id: string): FakeWatcher => {
    const watcher = new FakeWatcher(id)
    media.adopt(watcher)
    fake.watchers.add(watcher)
    return watcher
  }
  /** As attendance.ts does it. */
  const leave = (watcher: FakeWatcher): void => {
    media.leave(watcher)
    fake.watchers.remove(watcher)
  }
  return { ...fake, media, join, leave, answered, capture }
}

test.each(['webrtc', 'websocket', 'jpeg'] as const)('%s: whoever left while the browser was being started has no picture begun', async (rung) => {
  const { media, join, leave } = rig()
  media.browserLost('crashed')
  const [gone, here] = [join('gone'), join('here')]
  const started = media.start(gone, rung, START).catch((error: unknown) => error)
  const other = media.start(here, rung, START)
  leave(gone)
  media.browserBack()
  expect(await started).toMatchObject({ code: 'media/no-peer' })
  expect(typeof (await other)).toBe('string')
  await settled()
  media.reported(gone, null)
  media.reported(here, null)
  expect([gone.viewer.transport, here.viewer.transport]).toEqual([null, rung])
  media.close()
})

test('webrtc: while ICE restarts, the answer to an offer that another replaces is dropped', async () => {
  const { media, join, answered } = rig()
  const watcher = join('ada')
  const peerId = await media.start(watcher, 'webrtc', START)
  // The offer goes out behind the reply.
  await new Promise((resolve) => setImmediate(resolve))
  const offer = (): number => {
    media.handle({ type: 'offer', peerId, sdp: 'offer' })
    return (watcher.told.at(-1) as { data: { offerId: number } }).data.offerId
  }
  await media.answer(watcher, peerId, 'to the first', offer())
  await media.restart(watcher, peerId)
  const second = offer()
  await media.restart(watcher, peerId)
  // The third is on its way still, and then it is there.
  await media.answer(watcher, peerId, 'to the second', second)
  const third = offer()
  await media.answer(watcher, peerId, 'to the second', second)
  await media.answer(watcher, peerId, 'to the third', third)
  // A client that does not say which answers the last.
  await media.answer(watcher, peerId, 'to whatever there is')
  expect(answered).toEqual(['to the first', 'to the third', 'to whatever there is'])
  media.close()
})

test('webrtc: a peer that is being made while the capture page is lost is made on the next page; those of before are over', async () => {
  const { media, join, capture } = rig()
  const [before, during] = [join('before'), join('during')]
  const old = await media.start(before, 'webrtc', START)
  await new Promise((resolve) => setImmediate(resolve))
  // Connected on the new page, before the loss of the old one is told.
  const connected = Promise.withResolvers<void>()
  capture.connect = () => connected.promise
  const started = media.start(during, 'webrtc', START)
  await settled()
  media.captureLost('killed', true)
  connected.resolve()
  const peerId = await started
  await new Promise((resolve) => setImmediate(resolve))
  media.handle({ type: 'offer', peerId, sdp: 'offer' })
  expect(during.told).toContainEqual({ event: 'media.offer', data: expect.objectContaining({ peerId }) })
  expect(during.told.filter(({ event }) => event === 'media.ended')).toEqual([])
  expect(before.told).toContainEqual({ event: 'media.ended', data: expect.objectContaining({ peerId: old, retry: true }) })
  media.close()
})

test('websocket: when the capture page says that its encoder fails, the rung is over', async () => {
  const { media, join } = rig()
  const watcher = join('ada')
  const peerId = await media.start(watcher, 'websocket', START)
  media.handle({ type: 'peer', peerId: SHARED_ENCODE, state: 'failed' })
  expect(watcher.told).toContainEqual({ event: 'media.ended', data: expect.objectContaining({ peerId, retry: false }) })
  media.close()
})

test('room: whoever is sent away while a token is made is not let in again by it', async () => {
  const added: string[] = []
  const token = Promise.withResolvers<{ token: string }>()
  // Of a room no more than this is asked here.
  const room = {
    events: { on: () => undefined },
    refusal: null,
    blanked: false,
    describe: () => null,
    people: { get: () => null },
    watch: () => token.promise,
    add: (id: string) => added.push(id),
    remove: () => undefined,
  } as unknown as Room
  const { media, join, leave } = rig(room)
  const watcher = join('gone')
  const started = media.start(watcher, 'room', START).catch((error: unknown) => error)
  await settled()
  leave(watcher)
  token.resolve({ token: 'secret' })
  expect(await started).toMatchObject({ code: 'media/no-peer' })
  expect(added).toEqual([])
  media.close()
})
