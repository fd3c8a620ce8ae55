import { describe, expect, test } from 'vitest'
import { keyDown, modifiersOf, planEdit, planKey } from './keys.ts'
import type { KeyPress } from './keys.ts'

const press = (key: string, change: Partial<KeyPress> = {}): KeyPress => ({
  key,
  code: /^[a-z]$/i.test(key) ? `Key${key.toUpperCase()}` : key,
  keyCode: 0,
  ctrlKey: false,
  altKey: false,
  shiftKey: false,
  metaKey: false,
  repeat: false,
  isComposing: false,
  altGraph: false,
  ...change,
})
const ctrl = { ctrlKey: true }
const cmd = { metaKey: true }

describe('on Linux and Windows', () => {
  test('a letter is a key', () => {
    expect(planKey(press('a'), false)).toEqual({ action: 'send', event: { type: 'keyDown', key: 'a', code: 'KeyA', modifiers: [] } })
  })

  test('AltGr shows as Ctrl and Alt on Windows, and types its character without them', () => {
    expect(keyDown(press('€', { code: 'KeyE', ctrlKey: true, altKey: true, altGraph: true }), false)).toEqual({
      type: 'keyDown',
      key: '€',
      code: 'KeyE',
      modifiers: [],
      altGraph: true,
    })
  })

  test('dead keys, input methods and soft keyboards are left to the textarea', () => {
    for (const left of [press('Dead'), press('a', { keyCode: 229 }), press('a', { isComposing: true }), press('Unidentified'), press('Process')])
      expect(planKey(left, false)).toEqual({ action: 'leave' })
  })

  test('what an input method has seen and hands on is sent; where it may edit by itself, only when it has not', () => {
    const seen = { keyCode: 229 }
    for (const key of ['ArrowLeft', 'Tab', 'Escape', 'Home', 'F2', 'Shift'])
      expect(planKey(press(key, seen), false)).toMatchObject({ action: 'send', event: { type: 'keyDown', key } })
    for (const key of ['Backspace', 'Delete', 'Enter']) expect(planKey(press(key, seen), false)).toMatchObject({ action: 'wait', event: { key } })
    expect(planKey(press('a', { ...seen, ...ctrl }), false)).toMatchObject({ action: 'send', event: { key: 'a', modifiers: ['ctrl'] } })
    expect(planKey(press('c', { ...seen, ...ctrl }), false)).toEqual({ action: 'copy', cut: false })
    expect(planKey(press('ArrowLeft', { ...seen, isComposing: true }), false)).toEqual({ action: 'leave' })
  })

  test('copy, cut and paste go by the clipboard', () => {
    expect(planKey(press('c', ctrl), false)).toEqual({ action: 'copy', cut: false })
    expect(planKey(press('x', ctrl), false)).toEqual({ action: 'copy', cut: true })
    expect(planKey(press('v', ctrl), false)).toEqual({ action: 'paste' })
    expect(planKey(press('V', { ...ctrl, shiftKey: true }), false)).toEqual({ action: 'paste' })
    expect(planKey(press('Insert', { shiftKey: true }), false)).toEqual({ action: 'paste' })
  })

  test('shortcuts of the page go to the page', () => {
    for (const key of ['a', 'z', 'f', 's', 'b', 'Enter'])
      expect(planKey(press(key, ctrl), false)).toMatchObject({ action: 'send', event: { modifiers: ['ctrl'] } })
  })

  test('shortcuts of the own browser stay with it', () => {
    for (const left of [
      press('t', ctrl),
      press('w', ctrl),
      press('N', { ...ctrl, shiftKey: true }),
      press('Tab', ctrl),
      press('F12'),
      press('F11'),
      press('1', { ...ctrl, code: 'Digit1' }),
      press('l', ctrl),
      press('I', { ...ctrl, shiftKey: true }),
    ])
      expect(planKey(left, false)).toEqual({ action: 'leave' })
  })

  test('reload and history mean the page that is watched', () => {
    expect(planKey(press('F5'), false)).toEqual({ action: 'history', direction: 'reload' })
    expect(planKey(press('r', ctrl), false)).toEqual({ action: 'history', direction: 'reload' })
    expect(planKey(press('ArrowLeft', { altKey: true }), false)).toEqual({ action: 'history', direction: 'back' })
  })

  test('a held key repeats', () => {
    expect(planKey(press('ArrowDown', { repeat: true }), false)).toMatchObject({ event: { repeat: true } })
  })
})

describe('on a Mac', () => {
  test('Cmd is Ctrl in the streamed browser, as a key and as a modifier', () => {
    expect(keyDown(press('Meta', { ...cmd, code: 'MetaLeft' }), true)).toMatchObject({ key: 'Control', code: 'ControlLeft', modifiers: ['ctrl'] })
    expect(keyDown(press('a', cmd), true)).toMatchObject({ key: 'a', modifiers: ['ctrl'] })
    expect(modifiersOf({ ...press('a'), metaKey: true }, false)).toEqual(['cmd'])
  })

  test('copy and paste are with Cmd; Ctrl and C is a key of the page', () => {
    expect(planKey(press('c', cmd), true)).toEqual({ action: 'copy', cut: false })
    expect(planKey(press('v', cmd), true)).toEqual({ action: 'paste' })
    expect(planKey(press('c', ctrl), true)).toMatchObject({ action: 'send', event: { key: 'c', modifiers: ['ctrl'] } })
  })

  test('Option makes characters', () => {
    expect(keyDown(press('@', { altKey: true, code: 'KeyL' }), true)).toEqual({ type: 'keyDown', key: '@', code: 'KeyL', modifiers: [], altGraph: true })
  })

  test('the ways through text become those of Linux', () => {
    expect(keyDown(press('ArrowLeft', cmd), true)).toMatchObject({ key: 'Home', modifiers: [] })
    expect(keyDown(press('ArrowDown', { ...cmd, shiftKey: true }), true)).toMatchObject({ key: 'End', modifiers: ['ctrl', 'shift'] })
    expect(keyDown(press('ArrowRight', { altKey: true }), true)).toMatchObject({ key: 'ArrowRight', modifiers: ['ctrl'] })
    expect(keyDown(press('Backspace', { altKey: true }), true)).toMatchObject({ key: 'Backspace', modifiers: ['ctrl'] })
  })
})

describe('edits without keys', () => {
  test('emoji, dictation and autocorrection are text', () => {
    expect(planEdit('insertText', '😀')).toEqual([{ type: 'text', text: '😀' }])
    expect(planEdit('insertReplacementText', 'word')).toEqual([{ type: 'text', text: 'word' }])
    expect(planEdit('insertText', null)).toEqual([])
  })

  test('a phone deletes and breaks lines without naming a key', () => {
    expect(planEdit('deleteContentBackward', null)).toMatchObject([
      { type: 'keyDown', key: 'Backspace' },
      { type: 'keyUp', key: 'Backspace' },
    ])
    expect(planEdit('insertLineBreak', null)).toMatchObject([{ key: 'Enter' }, { key: 'Enter' }])
  })
})
