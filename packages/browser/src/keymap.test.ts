import type { Modifier } from '@tandem/protocol'
import { describe, expect, it } from 'vitest'
import { describeKey, editingCommands, typedText } from './keymap.ts'

const held = (...modifiers: Modifier[]) => new Set(modifiers)

describe('describeKey', () => {
  it.each([
    ['a', 'KeyA', 65],
    ['A', 'KeyA', 65],
    ['a', 'KeyQ', 65],
    ['é', 'Digit2', 50],
    ['1', 'Digit1', 49],
    ['!', '', 49],
    ['5', 'Numpad5', 101],
    ['Home', 'Numpad7', 36],
    ['Enter', 'NumpadEnter', 13],
    ['F12', 'F12', 123],
    ['/', 'Slash', 191],
    ['ArrowLeft', '', 37],
    ['Process', 'KeyA', 229],
    ['😀', '', 0],
  ])('gives %s at %s the virtual key code %i', (key, code, expected) => {
    expect(describeKey(key, code).windowsVirtualKeyCode).toBe(expected)
  })

  it('knows the two sides of modifiers and the keypad', () => {
    expect(describeKey('Shift', 'ShiftRight')).toMatchObject({ location: 2, isKeypad: false })
    expect(describeKey('Control')).toMatchObject({ code: 'ControlLeft', location: 1 })
    expect(describeKey('ArrowRight', 'ArrowRight')).toMatchObject({ location: 0 })
    expect(describeKey('+', 'NumpadAdd')).toMatchObject({ isKeypad: true, windowsVirtualKeyCode: 107 })
  })
})

describe('typedText', () => {
  it.each([
    ['a plain letter', { key: 'a', modifiers: held() }, 'a'],
    ['a shifted letter', { key: 'A', modifiers: held('shift') }, 'A'],
    ['Enter', { key: 'Enter', modifiers: held() }, '\r'],
    ['a character of AltGr that comes with ctrl and alt', { key: '@', code: 'KeyQ', modifiers: held('ctrl', 'option'), altGraph: true }, '@'],
    ["a Mac's option character", { key: '@', code: 'KeyL', modifiers: held('option') }, '@'],
    ['a letter beyond the base plane', { key: '𝒳', modifiers: held() }, '𝒳'],
    ['a shortcut with ctrl', { key: 'c', modifiers: held('ctrl') }, undefined],
    ['a shortcut with cmd', { key: 'v', modifiers: held('cmd') }, undefined],
    ['alt with a letter', { key: 'f', code: 'KeyF', modifiers: held('option') }, undefined],
    ['a dead key', { key: 'Dead', code: 'BracketLeft', modifiers: held() }, undefined],
    ['Backspace', { key: 'Backspace', modifiers: held() }, undefined],
  ])('of %s', (_name, press, expected) => {
    expect(typedText(press)).toBe(expected)
  })
})

describe('editingCommands', () => {
  it.each([
    ['c', held('ctrl'), ['copy']],
    ['c', held('cmd'), ['copy']],
    ['V', held('cmd', 'shift'), ['pasteAndMatchStyle']],
    ['z', held('ctrl'), ['undo']],
    ['Z', held('cmd', 'shift'), ['redo']],
    ['y', held('ctrl'), ['redo']],
    ['a', held('cmd'), ['selectAll']],
    ['ArrowLeft', held('cmd'), ['moveToBeginningOfLine']],
    ['ArrowRight', held('option', 'shift'), ['moveWordRightAndModifySelection']],
    ['a', held(), []],
    ['a', held('ctrl', 'option'), []],
    ['C', held('ctrl', 'shift'), []],
  ])('of %s', (key, modifiers, expected) => {
    expect(editingCommands({ key, modifiers })).toEqual(expected)
  })

  it('are none for a character of AltGr', () => {
    expect(editingCommands({ key: 'a', modifiers: held('ctrl'), altGraph: true })).toEqual([])
  })
})
