import { expect, test } from 'vitest'
import { commonCodecs, highestQuality, rungsFor } from './rungs.ts'

test('a peer is offered while one is free, and to whoever has one', () => {
  const offer = { captureDown: null, roomDown: 'none', peerViewers: 3 }
  expect(rungsFor({ ...offer, hasPeer: false, peers: 2 })).toEqual({ webrtc: null, room: 'none', websocket: null, jpeg: null })
  expect(rungsFor({ ...offer, hasPeer: true, peers: 3 }).webrtc).toBeNull()
  expect(rungsFor({ ...offer, hasPeer: false, peers: 3 })).toEqual({
    webrtc: 'All 3 direct connections of this session are taken.',
    room: 'none',
    websocket: null,
    jpeg: null,
  })
})

test('without a capture page pictures are left', () => {
  expect(rungsFor({ captureDown: 'gone', roomDown: 'none', hasPeer: false, peers: 0, peerViewers: 3 })).toEqual({
    webrtc: 'gone',
    room: 'gone',
    websocket: 'gone',
    jpeg: null,
  })
})

test('viewers who say nothing take what the others decode', () => {
  expect(commonCodecs([null, ['vp8', 'av01'], ['av01', 'vp8']])).toEqual(['vp8', 'av01'])
  expect(commonCodecs([null])).toEqual(['av01', 'vp8'])
  expect(commonCodecs([['av01'], ['vp8']])).toEqual([])
})

test('the highest quality that one of them wants is for all', () => {
  expect(highestQuality(['low', 'high', 'medium'])).toBe('high')
  expect(highestQuality(['high', 'auto'])).toBe('auto')
})
