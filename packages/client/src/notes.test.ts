import { expect, test } from 'vitest'
import { notesOf } from './notes.ts'
import type { NoteFacts } from './notes.ts'

const good: NoteFacts = {
  stream: {
    tabId: 't',
    source: 'tab',
    width: 1280,
    height: 720,
    captureFps: 60,
    codec: 'video/AV1',
    codecReason: 'text',
    encodeMs: 3,
    limitation: 'none',
    quietFrame: { state: 'good', lateBy: 0, applied: 0 },
    shared: null,
    audio: true,
  },
  stats: { transport: 'webrtc', codec: 'video/AV1', width: 1280, height: 720, fps: 60, kbps: 190, rttMs: 1, glassToGlassMs: 12, framesDropped: 0, freezes: 0 },
  rung: { transport: 'webrtc', why: null, forced: false },
  route: 'direct',
  muted: false,
  hasAudio: true,
  hidden: false,
  codecs: ['video/AV1', 'video/VP8'],
  droppedLastSecond: 0,
}
const stream = good.stream!
const stats = good.stats!

test('a picture as good as it gets has no notes', () => {
  expect(notesOf(good)).toEqual([])
})

test.each<[string, Partial<NoteFacts>, RegExp]>([
  ['a relay', { route: 'relay' }, /TURN relay/],
  ['the screencast', { stream: { ...stream, source: 'screencast' } }, /screencast/],
  ['a busy encoder', { stream: { ...stream, limitation: 'cpu' } }, /processor/],
  ['a narrow network', { stream: { ...stream, limitation: 'bandwidth' } }, /narrow/],
  ['a viewer without AV1', { codecs: ['video/VP8'] }, /AV1/],
  ['late frames', { stream: { ...stream, quietFrame: { state: 'late', lateBy: 1, applied: 0 } } }, /late/],
  ['uneven frames', { stream: { ...stream, quietFrame: { state: 'unknown', lateBy: 0, applied: 0 } } }, /unevenly/],
  ['a forbidden quiet frame', { stream: { ...stream, quietFrame: { state: 'off', lateBy: 1, applied: 0 } } }, /switched off/],
  ['a far network', { stats: { ...stats, rttMs: 300 } }, /300 ms/],
  ['missing frames', { stats: { ...stats, fps: 31 } }, /31 of 60/],
  ['a slow machine', { droppedLastSecond: 9 }, /This machine/],
  ['muted sound', { muted: true }, /Sound is off/],
  ['a hidden page', { hidden: true }, /hidden/],
])('%s is named', (_what, change, sentence) => {
  expect(notesOf({ ...good, ...change })).toEqual([expect.stringMatching(sentence)])
})
