import { describe, expect, it } from 'vitest'
import { Clicks } from './clicks.ts'
import { cefCursor } from './cursors.ts'
import { dialectJson } from './dialectJson.ts'
import { KeyTranslator } from './keyTranslator.ts'
import { KEY_EVENT, keyOfCharacter, MODIFIER } from './keys.ts'

const { RAWKEYDOWN, KEYUP, CHAR } = KEY_EVENT
const key = (keys: KeyTranslator, type: number, windowsKeyCode: number, modifiers = 0, character = '') =>
  keys.translate({ type, modifiers, windowsKeyCode, character: character === '' ? 0 : character.charCodeAt(0) })

describe('KeyTranslator', () => {
  it('types with the character that comes, and lets the same key go', () => {
    const keys = new KeyTranslator()
    expect(key(keys, RAWKEYDOWN, 65)).toEqual([])
    expect(key(keys, CHAR, 65, 0, 'a')).toMatchObject([{ type: 'keyDown', key: 'a', repeat: false }])
    expect(key(keys, RAWKEYDOWN, 65)).toEqual([])
    expect(key(keys, CHAR, 65, 0, 'a')).toMatchObject([{ type: 'keyDown', key: 'a', repeat: true }])
    expect(key(keys, KEYUP, 65)).toMatchObject([{ type: 'keyUp', key: 'a' }])
    // Let go of once.
    expect(key(keys, KEYUP, 65)).toEqual([])
  })

  it('presses keys that type nothing, and shortcuts, at once', () => {
    const keys = new KeyTranslator()
    expect(key(keys, RAWKEYDOWN, 13)).toMatchObject([{ type: 'keyDown', key: 'Enter' }])
    expect(key(keys, CHAR, 13, 0, '\r')).toEqual([])
    expect(key(keys, RAWKEYDOWN, 17, MODIFIER.CTRL)).toMatchObject([{ key: 'Control', modifiers: ['ctrl'] }])
    expect(keys.modifiers).toEqual(['ctrl'])
    expect(key(keys, RAWKEYDOWN, 65, MODIFIER.CTRL)).toMatchObject([{ type: 'keyDown', key: 'a', modifiers: ['ctrl'] }])
    expect(key(keys, CHAR, 65, MODIFIER.CTRL, 'a')).toEqual([])
    keys.reset()
    expect(keys.modifiers).toEqual([])
  })

  it('takes ctrl and alt with a character for AltGr', () => {
    const keys = new KeyTranslator()
    const altGr = MODIFIER.CTRL | MODIFIER.ALT
    expect(key(keys, RAWKEYDOWN, 81, altGr)).toEqual([])
    expect(key(keys, CHAR, 81, altGr, '@')).toMatchObject([{ type: 'keyDown', key: '@', altGraph: true }])
  })

  it('types characters without a key as text, both halves of one together', () => {
    const keys = new KeyTranslator()
    expect(key(keys, CHAR, 0, 0, 'é')).toEqual([{ type: 'text', text: 'é' }])
    expect(key(keys, CHAR, 0, 0, '\ud83d')).toEqual([])
    expect(key(keys, CHAR, 0, 0, '\ude00')).toEqual([{ type: 'text', text: '\u{1f600}' }])
  })

  it('knows the number pad by its codes, and nothing of codes that are no keys', () => {
    const keys = new KeyTranslator()
    key(keys, RAWKEYDOWN, 103)
    expect(key(keys, CHAR, 103, 0, '7')).toMatchObject([{ key: '7', code: 'Numpad7' }])
    expect(key(keys, RAWKEYDOWN, 255)).toEqual([])
    expect(keyOfCharacter('%')).toEqual({ windowsKeyCode: 53, shift: true })
    expect(keyOfCharacter('ß')).toBeNull()
  })
})

describe('Clicks', () => {
  it('counts what comes soon at the same place with the same button', () => {
    const clicks = new Clicks()
    expect([clicks.press(0, 10, 10, 0), clicks.press(0, 12, 9, 300), clicks.press(0, 10, 10, 700), clicks.press(0, 10, 10, 900)]).toEqual([1, 2, 3, 1])
    expect([clicks.press(2, 10, 10, 950), clicks.press(2, 30, 10, 1_000), clicks.press(2, 30, 10, 1_501)]).toEqual([1, 1, 1])
    expect(clicks.count).toBe(1)
  })
})

it('writes JSON as the first speaker of the dialect does', () => {
  expect(dialectJson({ granted: false, holder: 'Zoë "1"', at: [1.5, null, true], none: {} })).toBe(
    '{"granted": false, "holder": "Zo\\u00eb \\"1\\"", "at": [1.5, null, true], "none": {}}',
  )
  expect(dialectJson('\u{1f600}\n')).toBe('"\\ud83d\\ude00\\n"')
})

it('finds CEF’s number of a cursor', () => {
  expect(['pointer', 'text', 'col-resize', 'ew-resize', 'move', 'zoom-in'].map(cefCursor)).toEqual([2, 3, 18, 15, 32, 0])
})
