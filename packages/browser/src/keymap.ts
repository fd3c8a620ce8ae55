/**
 * From a DOM key event (`key`, `code`) to what `Input.dispatchKeyEvent` wants: the Windows virtual key code
 * (pages read it as `keyCode`, Chromium finds shortcuts by it), the side of the keyboard, the text that it types
 * and the editing commands that it stands for. Pure; the state of held keys is in keyboard.ts.
 */
import type { Modifier } from '@tandem/protocol'

export const MODIFIER_BITS: Readonly<Record<Modifier, number>> = { option: 1, ctrl: 2, cmd: 4, shift: 8 }

/** The bit mask of CDP. */
export function modifierBits(modifiers: Iterable<Modifier> = []): number {
  let bits = 0
  for (const modifier of modifiers) bits |= MODIFIER_BITS[modifier]
  return bits
}

/** By `code`, for keys that do not type a letter. */
const BY_CODE: Readonly<Record<string, number>> = {
  Backspace: 8,
  Tab: 9,
  NumpadEnter: 13,
  Enter: 13,
  ShiftLeft: 16,
  ShiftRight: 16,
  ControlLeft: 17,
  ControlRight: 17,
  AltLeft: 18,
  AltRight: 18,
  Pause: 19,
  CapsLock: 20,
  KanaMode: 21,
  Lang1: 21,
  Lang2: 25,
  Escape: 27,
  Convert: 28,
  NonConvert: 29,
  Space: 32,
  PageUp: 33,
  PageDown: 34,
  End: 35,
  Home: 36,
  ArrowLeft: 37,
  ArrowUp: 38,
  ArrowRight: 39,
  ArrowDown: 40,
  PrintScreen: 44,
  Insert: 45,
  Delete: 46,
  MetaLeft: 91,
  MetaRight: 92,
  ContextMenu: 93,
  NumpadMultiply: 106,
  NumpadAdd: 107,
  NumpadComma: 108,
  NumpadSubtract: 109,
  NumpadDecimal: 110,
  NumpadDivide: 111,
  NumLock: 144,
  ScrollLock: 145,
  AudioVolumeMute: 173,
  AudioVolumeDown: 174,
  AudioVolumeUp: 175,
  Semicolon: 186,
  Equal: 187,
  NumpadEqual: 187,
  Comma: 188,
  Minus: 189,
  Period: 190,
  Slash: 191,
  Backquote: 192,
  BracketLeft: 219,
  Backslash: 220,
  BracketRight: 221,
  Quote: 222,
  IntlBackslash: 226,
}

/** By `key`, for events without a code (a phone's keyboard, another dialect). */
const CODE_BY_KEY: Readonly<Record<string, string>> = {
  ' ': 'Space',
  Shift: 'ShiftLeft',
  Control: 'ControlLeft',
  Alt: 'AltLeft',
  AltGraph: 'AltRight',
  Meta: 'MetaLeft',
  ';': 'Semicolon',
  ':': 'Semicolon',
  '=': 'Equal',
  '+': 'Equal',
  ',': 'Comma',
  '<': 'Comma',
  '-': 'Minus',
  _: 'Minus',
  '.': 'Period',
  '>': 'Period',
  '/': 'Slash',
  '?': 'Slash',
  '`': 'Backquote',
  '~': 'Backquote',
  '[': 'BracketLeft',
  '{': 'BracketLeft',
  '\\': 'Backslash',
  '|': 'Backslash',
  ']': 'BracketRight',
  '}': 'BracketRight',
  "'": 'Quote',
  '"': 'Quote',
}
const SHIFTED_DIGITS = ')!@#$%^&*('

/** Numpad keys with NumLock off move the caret. */
const NUMPAD_CARET: Readonly<Record<string, number>> = {
  Insert: 45,
  Delete: 46,
  End: 35,
  ArrowDown: 40,
  PageDown: 34,
  ArrowLeft: 37,
  Clear: 12,
  ArrowRight: 39,
  Home: 36,
  ArrowUp: 38,
  PageUp: 33,
}

export interface KeyDescription {
  key: string
  code: string
  windowsVirtualKeyCode: number
  /** 1 left, 2 right, 0 neither. */
  location: number
  isKeypad: boolean
}

export function describeKey(key: string, code = ''): KeyDescription {
  const known = code || codeOf(key)
  const isKeypad = known.startsWith('Numpad')
  const location = known.endsWith('Left') && isSided(known) ? 1 : known.endsWith('Right') && isSided(known) ? 2 : 0
  return { key, code: known, windowsVirtualKeyCode: virtualKeyCode(key, known), location, isKeypad }
}

function isSided(code: string): boolean {
  return /^(Shift|Control|Alt|Meta)/.test(code)
}

function codeOf(key: string): string {
  if (/^[a-z]$/i.test(key)) return `Key${key.toUpperCase()}`
  if (/^\d$/.test(key)) return `Digit${key}`
  const shifted = key.length === 1 ? SHIFTED_DIGITS.indexOf(key) : -1
  if (shifted >= 0) return `Digit${shifted}`
  return CODE_BY_KEY[key] ?? (key in BY_CODE || /^F\d+$/.test(key) ? key : '')
}

function virtualKeyCode(key: string, code: string): number {
  if (key === 'Process') return 229
  // By the letter and not by its place: with AZERTY, ctrl+A is where QWERTY has Q.
  if (/^[a-z]$/i.test(key)) return key.toUpperCase().charCodeAt(0)
  if (code.startsWith('Numpad') && NUMPAD_CARET[key] !== undefined) return NUMPAD_CARET[key]
  const letter = /^Key([A-Z])$/.exec(code)?.[1]
  if (letter) return letter.charCodeAt(0)
  const digit = /^Digit(\d)$/.exec(code)?.[1]
  if (digit) return 48 + Number(digit)
  const numpad = /^Numpad(\d)$/.exec(code)?.[1]
  if (numpad) return 96 + Number(numpad)
  const f = /^F(\d{1,2})$/.exec(code)?.[1]
  if (f) return 111 + Number(f)
  return BY_CODE[code] ?? 0
}

export interface KeyPress {
  key: string
  code?: string
  modifiers: ReadonlySet<Modifier>
  altGraph?: boolean
}

/** What the key types, or undefined. */
export function typedText({ key, code, modifiers, altGraph }: KeyPress): string | undefined {
  if (altGraph) return isCharacter(key) ? key : undefined
  if (modifiers.has('ctrl') || modifiers.has('cmd')) return undefined
  if (key === 'Enter') return '\r'
  if (!isCharacter(key)) return undefined
  // A Mac composes with option (option+L is @ in German); elsewhere alt+letter is a shortcut and types nothing.
  if (modifiers.has('option') && codeOf(key) === (code || codeOf(key)) && /^[\u0020-\u007e]$/.test(key)) return undefined
  return key
}

/** One code point: named keys (`Enter`, `Dead`, `F1`) have more. */
export function isCharacter(key: string): boolean {
  return [...key].length === 1
}

const CLIPBOARD_COMMANDS: Readonly<Record<string, string>> = { a: 'selectAll', c: 'copy', x: 'cut', v: 'paste', z: 'undo', y: 'redo' }

/** Caret movement as a Mac's keyboard has it; Chromium on other systems does not know these keys. */
const MAC_COMMANDS: Readonly<Record<string, string>> = {
  'cmd+ArrowLeft': 'moveToBeginningOfLine',
  'cmd+ArrowRight': 'moveToEndOfLine',
  'cmd+ArrowUp': 'moveToBeginningOfDocument',
  'cmd+ArrowDown': 'moveToEndOfDocument',
  'cmd+Backspace': 'deleteToBeginningOfLine',
  'option+ArrowLeft': 'moveWordLeft',
  'option+ArrowRight': 'moveWordRight',
  'option+Backspace': 'deleteWordBackward',
  'option+Delete': 'deleteWordForward',
}

/** The editing commands of a shortcut, for ctrl (everywhere else) and cmd (Mac) alike. */
export function editingCommands({ key, modifiers, altGraph }: KeyPress): string[] {
  if (altGraph) return []
  const held = [...modifiers].filter((modifier) => modifier !== 'shift')
  if (held.length !== 1) return []
  const shift = modifiers.has('shift')
  const letter = key.toLowerCase()
  if (held[0] !== 'option') {
    if (letter === 'z' && shift) return ['redo']
    if (letter === 'v' && shift) return ['pasteAndMatchStyle']
    const command = CLIPBOARD_COMMANDS[letter]
    if (command && !shift) return [command]
  }
  const mac = MAC_COMMANDS[`${held[0]}+${key}`]
  if (!mac) return []
  return [shift && mac.startsWith('move') ? `${mac}AndModifySelection` : mac]
}
