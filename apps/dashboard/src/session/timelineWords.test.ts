import { expect, test } from 'vitest'
import { describeEntry } from './timelineWords.ts'

const entry = (type: string, data: Record<string, unknown> = {}) => describeEntry({ seq: 1, at: '2026-01-01T00:00:00.000Z', type, data })

test('a takeover names who took control, in the colour of people', () => {
  expect(entry('control.granted', { driver: { kind: 'human', client_id: 'v1', name: 'Ada' } })).toEqual({
    title: 'Ada took control',
    detail: null,
    tone: 'human',
  })
})

test('a handback shows the note, or why it happened by itself', () => {
  expect(entry('control.handed-back', { outcome: 'failed', note: 'Wrong code', reason: 'released' }).detail).toBe('Wrong code')
  expect(entry('control.handed-back', { outcome: 'failed', note: null, reason: 'mode-changed' })).toEqual({
    title: 'The turn ended',
    detail: 'The mode of the session changed.',
    tone: 'human',
  })
  expect(entry('control.handed-back', { outcome: 'failed', note: null, reason: 'closed' }).detail).toBe('Because: closed')
  expect(entry('control.handed-back', { outcome: 'done', note: null, reason: 'released' })).toEqual({ title: 'Handed back: done', detail: null, tone: 'human' })
})

test('an entry of an unknown type still reads as words', () => {
  expect(entry('viewer.nameChanged', { name: 'Bo' })).toEqual({ title: 'Viewer name changed', detail: 'Bo', tone: 'plain' })
})
