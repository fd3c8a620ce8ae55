import { expect, test } from 'vitest'
import { readPageMessage } from './pageMessage.ts'

const picker = { type: 'date', value: '', min: null, max: null, rect: { x: 1, y: 2, width: 3, height: 4 }, options: null, multiple: false }

test('what a frame says is read', () => {
  for (const message of [
    { type: 'cursor', cursor: 'url(x.png), pointer' },
    { type: 'secret', frame: '0.5', on: true },
    { type: 'pointerLock', on: true },
    { type: 'host', key: 3 },
    { type: 'scaled', scale: 1.5 },
    { type: 'zoom', deltaY: -120 },
    { type: 'picker', key: 1, at: null, picker },
    {
      type: 'picker',
      key: 2,
      at: { x: 1, y: 2 },
      picker: { ...picker, type: 'select', options: [{ value: 'a', label: 'A', disabled: false, selected: true }] },
    },
    { type: 'pickerGone', key: 1 },
  ]) {
    expect(readPageMessage(JSON.stringify(message))).toEqual(message)
  }
})

test('what nobody of ours would say is dropped', () => {
  for (const message of [
    null,
    1,
    [],
    {},
    { type: 'constructor' },
    { type: 'cursor', cursor: 1 },
    { type: 'cursor', cursor: 'x'.repeat(10_000) },
    { type: 'secret', frame: '0.5' },
    { type: 'host', key: '3' },
    { type: 'scaled' },
    { type: 'scaled', scale: 0 },
    { type: 'zoom', deltaY: null },
    { type: 'pickerGone', key: 1, more: 'x'.repeat(1_000_000) },
    { type: 'picker', key: 1, at: null },
    { type: 'picker', key: '1', at: null, picker },
    { type: 'picker', key: 1, at: {}, picker },
    { type: 'picker', key: 1, at: null, picker: { ...picker, rect: null } },
    { type: 'pickerGone' },
  ]) {
    expect(readPageMessage(JSON.stringify(message)), JSON.stringify(message)).toBeNull()
  }
  for (const text of ['', '{', 'undefined']) expect(readPageMessage(text), text).toBeNull()
})
