import { expect, test } from 'vitest'
import { OwnViewers } from './ownViewers.ts'

test('what is published all of them decode, and who says nothing decodes everything', () => {
  const viewers = new OwnViewers()
  expect(viewers.codecs).toEqual(['av1', 'vp8'])
  viewers.add('anna', ['av01.0.08M.08', 'vp8'])
  viewers.add('carol', [])
  expect(viewers.codecs).toEqual(['av1', 'vp8'])
  viewers.add('bob', ['VP8', 'avc1.42E01F'])
  expect(viewers.codecs).toEqual(['vp8'])
  expect(viewers.identities).toEqual(['anna', 'carol', 'bob'].map(OwnViewers.identity))
  expect([viewers.remove('bob'), viewers.remove('bob'), viewers.has('bob'), viewers.size]).toEqual([true, false, false, 2])
  expect(viewers.codecs).toEqual(['av1', 'vp8'])
})
