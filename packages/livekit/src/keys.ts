/** Keys by the Windows key codes that the dialect speaks in, with the keyboard of the United States. Pure tables. */

/** Kinds of key events, CEF's numbers. KEYDOWN is not part of the dialect and means RAWKEYDOWN. */
export const KEY_EVENT = { RAWKEYDOWN: 0, KEYDOWN: 1, KEYUP: 2, CHAR: 3 } as const
/** CEF's bits of held modifiers. */
export const MODIFIER = { SHIFT: 1 << 1, CTRL: 1 << 2, ALT: 1 << 3, META: 1 << 7 } as const

/** By name, as `PageActions.key` takes them. */
export const WINDOWS_KEY_CODES: Readonly<Record<string, number>> = {
  ...Object.fromEntries(Array.from({ length: 26 }, (_, index) => [String.fromCharCode(97 + index), 65 + index])),
  ...Object.fromEntries(Array.from({ length: 10 }, (_, index) => [String(index), 48 + index])),
  ...Object.fromEntries(Array.from({ length: 12 }, (_, index) => [`f${index + 1}`, 112 + index])),
  return: 13,
  enter: 13,
  tab: 9,
  escape: 27,
  esc: 27,
  backspace: 8,
  delete: 46,
  space: 32,
  up: 38,
  down: 40,
  left: 37,
  right: 39,
  arrowup: 38,
  arrowdown: 40,
  arrowleft: 37,
  arrowright: 39,
  home: 36,
  end: 35,
  pageup: 33,
  page_up: 33,
  pagedown: 34,
  page_down: 34,
  shift: 16,
  control: 17,
  ctrl: 17,
  alt: 18,
  meta: 91,
  super: 91,
  command: 91,
  cmd: 91,
  ';': 186,
  '=': 187,
  ',': 188,
  '-': 189,
  '.': 190,
  '/': 191,
  '`': 192,
  '[': 219,
  '\\': 220,
  ']': 221,
  "'": 222,
}

/** DOM names of the keys that type nothing by themselves. */
const NAMED: Readonly<Record<number, string>> = {
  8: 'Backspace',
  9: 'Tab',
  13: 'Enter',
  16: 'Shift',
  17: 'Control',
  18: 'Alt',
  19: 'Pause',
  20: 'CapsLock',
  27: 'Escape',
  33: 'PageUp',
  34: 'PageDown',
  35: 'End',
  36: 'Home',
  37: 'ArrowLeft',
  38: 'ArrowUp',
  39: 'ArrowRight',
  40: 'ArrowDown',
  45: 'Insert',
  46: 'Delete',
  91: 'Meta',
  92: 'Meta',
  93: 'ContextMenu',
  144: 'NumLock',
  145: 'ScrollLock',
  ...Object.fromEntries(Array.from({ length: 12 }, (_, index) => [112 + index, `F${index + 1}`])),
}

/** Without and with shift. */
const TYPING: Readonly<Record<number, readonly [string, string]>> = {
  32: [' ', ' '],
  ...Object.fromEntries(Array.from({ length: 26 }, (_, index) => [65 + index, [String.fromCharCode(97 + index), String.fromCharCode(65 + index)]])),
  ...Object.fromEntries(Array.from(')!@#$%^&*(', (shifted, digit) => [48 + digit, [String(digit), shifted]])),
  ...Object.fromEntries(Array.from({ length: 10 }, (_, digit) => [96 + digit, [String(digit), String(digit)]])),
  106: ['*', '*'],
  107: ['+', '+'],
  109: ['-', '-'],
  110: ['.', '.'],
  111: ['/', '/'],
  186: [';', ':'],
  187: ['=', '+'],
  188: [',', '<'],
  189: ['-', '_'],
  190: ['.', '>'],
  191: ['/', '?'],
  192: ['`', '~'],
  219: ['[', '{'],
  220: ['\\', '|'],
  221: [']', '}'],
  222: ["'", '"'],
}

/** Keys of the number pad say so by their code alone. */
const NUMPAD: Readonly<Record<number, string>> = {
  ...Object.fromEntries(Array.from({ length: 10 }, (_, digit) => [96 + digit, `Numpad${digit}`])),
  106: 'NumpadMultiply',
  107: 'NumpadAdd',
  109: 'NumpadSubtract',
  110: 'NumpadDecimal',
  111: 'NumpadDivide',
}

export interface DomKey {
  key: string
  /** Absent: the one that the key has on a keyboard of the United States. */
  code?: string
}

/** The DOM's name of a key; null: no key of ours. */
export function domKey(windowsKeyCode: number, shift: boolean): DomKey | null {
  const key = NAMED[windowsKeyCode] ?? TYPING[windowsKeyCode]?.[shift ? 1 : 0]
  return key === undefined ? null : { key, code: NUMPAD[windowsKeyCode] }
}

/** Its character comes in an event of its own. */
export function typesItself(windowsKeyCode: number): boolean {
  return TYPING[windowsKeyCode] !== undefined
}

/** Which key types a character, and whether with shift; null: none of this keyboard. */
export function keyOfCharacter(character: string): { windowsKeyCode: number; shift: boolean } | null {
  for (const [windowsKeyCode, [plain, shifted]] of Object.entries(TYPING)) {
    if (plain === character) return { windowsKeyCode: Number(windowsKeyCode), shift: false }
    if (shifted === character) return { windowsKeyCode: Number(windowsKeyCode), shift: true }
  }
  return null
}
