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
  const capture = { connect: () => Promise.resolve(), disconnect: () => Promise.resolve(), encode: () => Promise.resolve(), keyFrame: () => Promise.resolve() }
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
  return { ...fake, media, join, leave }
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
