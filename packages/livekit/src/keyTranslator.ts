/**
 * The dialect's key events to ours. It says a key that types in two events, the key and its character; a page gets both
 * at once when the character comes, with the character that it names. Keeps which keys are held and as what.
 */
import type { InputEvent, Modifier } from '@tandem/protocol'
import { domKey, KEY_EVENT, MODIFIER, typesItself, type DomKey } from './keys.ts'

export interface KeyEvent {
  /** One of KEY_EVENT. */
  type: number
  /** Bits of MODIFIER. */
  modifiers: number
  windowsKeyCode: number
  /** UTF-16, of CHAR alone. */
  character: number
}

const MODIFIER_KEYS: Readonly<Record<number, Modifier>> = { 16: 'shift', 17: 'ctrl', 18: 'option', 91: 'cmd', 92: 'cmd' }

export class KeyTranslator {
  readonly #held = new Map<number, DomKey>()
  /** A key that types, whose character has not come yet. */
  #waiting: { windowsKeyCode: number; modifiers: number } | null = null
  /** The first half of a character outside the basic plane. */
  #surrogate = ''

  /** Modifier keys that are held. */
  get modifiers(): Modifier[] {
    return [...this.#held.keys()].flatMap((code) => MODIFIER_KEYS[code] ?? [])
  }

  translate(event: KeyEvent): InputEvent[] {
    if (event.type === KEY_EVENT.CHAR) return this.#char(event)
    return event.type === KEY_EVENT.KEYUP ? this.#up(event) : this.#down(event)
  }

  /** Everything was let go of. */
  reset(): void {
    this.#held.clear()
    this.#waiting = null
    this.#surrogate = ''
  }

  #down({ modifiers, windowsKeyCode }: KeyEvent): InputEvent[] {
    const key = domKey(windowsKeyCode, (modifiers & MODIFIER.SHIFT) !== 0)
    if (!key) return []
    const shortcut = isShortcut(modifiers)
    this.#waiting = typesItself(windowsKeyCode) && !shortcut ? { windowsKeyCode, modifiers } : null
    return this.#waiting ? [] : [this.#press(windowsKeyCode, key, modifiers)]
  }

  #char({ modifiers, windowsKeyCode, character }: KeyEvent): InputEvent[] {
    const waiting = this.#waiting
    this.#waiting = null
    const text = this.#surrogate + String.fromCharCode(character)
    this.#surrogate = /^[\ud800-\udbff]$/.test(text) ? text : ''
    // Keys that are whole without a character type what they do by themselves; a shortcut types nothing.
    if (this.#surrogate || character < 32 || character === 127 || (isShortcut(modifiers) && !waiting)) return []
    const key = waiting && domKey(waiting.windowsKeyCode, false)
    if (!waiting || !key) return [{ type: 'text', text }]
    // One that this keyboard has elsewhere keeps its own place; numpad keys have a code of theirs.
    return [this.#press(windowsKeyCode || waiting.windowsKeyCode, { key: text, code: key.code }, waiting.modifiers)]
  }

  #press(windowsKeyCode: number, key: DomKey, modifiers: number): InputEvent {
    const repeat = this.#held.has(windowsKeyCode)
    this.#held.set(windowsKeyCode, key)
    return { type: 'keyDown', ...key, modifiers: named(modifiers), repeat, ...(isAltGraph(modifiers) ? { altGraph: true } : {}) }
  }

  #up({ modifiers, windowsKeyCode }: KeyEvent): InputEvent[] {
    this.#waiting = null
    const key = this.#held.get(windowsKeyCode)
    this.#held.delete(windowsKeyCode)
    return key ? [{ type: 'keyUp', ...key, modifiers: named(modifiers) }] : []
  }
}

function isAltGraph(modifiers: number): boolean {
  return (modifiers & MODIFIER.CTRL) !== 0 && (modifiers & MODIFIER.ALT) !== 0
}

/** With AltGr, which says itself as ctrl and alt, keys type. */
function isShortcut(modifiers: number): boolean {
  return (modifiers & (MODIFIER.CTRL | MODIFIER.META | MODIFIER.ALT)) !== 0 && !isAltGraph(modifiers)
}

function named(modifiers: number): Modifier[] {
  const names: Modifier[] = []
  if (modifiers & MODIFIER.SHIFT) names.push('shift')
  if (modifiers & MODIFIER.CTRL) names.push('ctrl')
  if (modifiers & MODIFIER.ALT) names.push('option')
  if (modifiers & MODIFIER.META) names.push('cmd')
  return names
}
