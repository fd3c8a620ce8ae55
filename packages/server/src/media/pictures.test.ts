import { expect, test } from 'vitest'
import type { Quality } from '@tandem/protocol'
import { settled } from '../control/fakeClock.ts'
import { FakeWatcher, fakeFeed, message } from './fakeMedia.ts'
import type { FakeFeed } from './fakeMedia.ts'
import { toPacket } from './packet.ts'
import { Pictures } from './pictures.ts'

interface Rig extends FakeFeed {
  pictures: Pictures
  casts: ({ quality: Quality } | null)[]
  join(id: string, quality?: Quality): Promise<FakeWatcher & { feedId: string }>
  picture(seq: number): void
}

function rig(): Rig {
  const fake = fakeFeed()
  const casts: ({ quality: Quality } | null)[] = []
  const pictures = new Pictures({ ...fake.options, screencast: async (options) => void casts.push(options) })
  return {
    ...fake,
    pictures,
    casts,
    async join(id, quality = 'auto') {
      const watcher = new FakeWatcher(id)
      const feedId = await pictures.start(watcher, { audio: false, quality, relayOnly: false })
      await settled()
      return Object.assign(watcher, { feedId })
    },
    picture: (seq) => pictures.packet(toPacket(message('picture', seq))),
  }
}

test('the screencast runs while somebody wants pictures, as good as the best of them wants', async () => {
  const { pictures, casts, join } = rig()
  const a = await join('a', 'low')
  const b = await join('b', 'high')
  pictures.leave(b)
  pictures.pause(a.feedId, true)
  await settled()
  expect(casts).toEqual([{ quality: 'low' }, { quality: 'high' }, null])
})

test('a viewer who does not take the first picture has one on its way, and gets the newest after it', async () => {
  const { join, picture } = rig()
  const quick = await join('quick')
  const slow = await join('slow')
  slow.reads = false
  for (let seq = 1; seq <= 5; seq++) {
    picture(seq)
    await settled()
  }
  expect(quick.take()).toEqual(['picture 1', 'picture 2', 'picture 3', 'picture 4', 'picture 5'])
  expect(slow.take()).toEqual(['picture 1'])
  slow.arrive()
  expect(slow.take()).toEqual(['picture 5'])
  slow.arrive()
  expect(slow.take()).toEqual([])
})

test('a joiner of a page at rest gets the picture that is there', async () => {
  const { join, picture } = rig()
  await join('a')
  picture(1)
  const b = await join('b')
  expect(b.take()).toEqual(['picture 1'])
})

test('from a secret on its viewers get nothing, and after it a picture that was taken since', async () => {
  const { pictures, join, picture, hidden, casts } = rig()
  const typist = await join('typist')
  const other = await join('other')
  picture(1)
  await settled()
  hidden.add('other')
  pictures.applyBlank()
  picture(2)
  expect([typist.take(), other.take()]).toEqual([['picture 1', 'picture 2'], ['picture 1']])
  hidden.clear()
  pictures.applyBlank()
  await settled()
  expect(other.take()).toEqual([])
  // A page at rest sends no other by itself.
  expect(casts.slice(-2)).toEqual([null, { quality: 'auto' }])
  picture(3)
  expect(other.take()).toEqual(['picture 3'])
})
