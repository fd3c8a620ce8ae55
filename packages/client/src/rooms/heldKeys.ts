/** Keys: each up follows its own down, under the four names that modifiers have in a room. No DOM but the events' fields. */
import type { Modifier } from '@tandem/protocol'
import type { SendInput } from './moves.ts'

export type KeyFacts = Pick<KeyboardEvent, 'key' | 'code' | 'metaKey' | 'ctrlKey' | 'shiftKey' | 'altKey' | 'isComposing'>

/** Names of no key: an input method works, or a dead key waits for its letter. */
const NO_KEYS = ['', 'Dead', 'Process', 'Unidentified']

export class HeldKeys {
  readonly #send: SendInput
  /** Key by code: what was pressed is let go under its own name, whatever shift says by then. */
  readonly #held = new Map<string, string>()

  constructor(send: SendInput) {
    this.#send = send
  }

  /** Answers with whether it was taken. A bare Escape is not: it is the viewer's way out. */
  down(press: KeyFacts): boolean {
    // With 229 an input method has seen the key; no text field is here, so what it hands on comes in no other way.
    if (press.isComposing || NO_KEYS.includes(press.key) || press.key.length > 64) return false
    const modifiers = modifiersOf(press)
    if (press.key === 'Escape' && modifiers.length === 0) return false
    this.#held.set(press.code, press.key)
    this.#send({ type: 'keyDown', key: press.key, modifiers }, { reliable: true })
    return true
  }

  up(press: KeyFacts): boolean {
    const key = this.#held.get(press.code)
    if (key === undefined) return false
    // While Command is held, a Mac tells of no other key that is let go.
    if (key === 'Meta') this.#held.forEach((_other, code) => code !== press.code && this.#up(code, []))
    this.#up(press.code, modifiersOf(press))
    return true
  }

  releaseAll(): void {
    for (const code of [...this.#held.keys()]) this.#up(code, [])
  }

  forget(): void {
    this.#held.clear()
  }

  #up(code: string, modifiers: Modifier[]): void {
    const key = this.#held.get(code)
    this.#held.delete(code)
    if (key !== undefined) this.#send({ type: 'keyUp', key, modifiers }, { reliable: true })
  }
}

export function modifiersOf({ metaKey, ctrlKey, shiftKey, altKey }: Pick<KeyFacts, 'metaKey' | 'ctrlKey' | 'shiftKey' | 'altKey'>): Modifier[] {
  const modifiers: Modifier[] = []
  if (metaKey) modifiers.push('cmd')
  if (ctrlKey) modifiers.push('ctrl')
  if (shiftKey) modifiers.push('shift')
  if (altKey) modifiers.push('option')
  return modifiers
}
