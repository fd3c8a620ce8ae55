/** The human's keyboard on one page: held keys, text, composition. */
import { MODIFIERS, type InputEvent, type Modifier } from '@tandem/protocol'
import type { DispatchQueue } from './dispatchQueue.ts'
import { describeKey, editingCommands, isCharacter, modifierBits, typedText, type KeyDescription } from './keymap.ts'

type KeyDown = Extract<InputEvent, { type: 'keyDown' }>
type KeyUp = Extract<InputEvent, { type: 'keyUp' }>
type Composition = Extract<InputEvent, { type: 'composition' }>

const MODIFIER_KEYS: Readonly<Record<string, Modifier>> = { Control: 'ctrl', Shift: 'shift', Alt: 'option', Meta: 'cmd' }

export class Keyboard {
  readonly #queue: DispatchQueue
  /** By code, or by key where there is none. */
  readonly #held = new Map<string, KeyDescription>()
  #composing = false

  constructor(queue: DispatchQueue) {
    this.#queue = queue
  }

  down(event: KeyDown): void {
    // Without a code such keys only say that an IME or a phone's keyboard is at work; the text comes by itself.
    if (event.key === 'Unidentified' || event.key === 'Process') return
    const key = describeKey(event.key, event.code)
    const modifiers = this.#modifiers(event)
    const press = { key: event.key, code: event.code, modifiers, altGraph: event.altGraph }
    const text = typedText(press)
    const commands = editingCommands(press)
    const sent = this.#queue.dispatch('Input.dispatchKeyEvent', {
      type: text === undefined ? 'rawKeyDown' : 'keyDown',
      ...key,
      // With a native code the browser itself handles what the page must not keep: Escape ends fullscreen.
      ...(event.key === 'Escape' ? { nativeVirtualKeyCode: key.windowsVirtualKeyCode } : {}),
      modifiers: modifierBits(modifiers),
      autoRepeat: event.repeat ?? this.#held.has(idOf(key)),
      // No empty members: Chromium refuses nulls.
      ...(text === undefined ? {} : { text, unmodifiedText: text }),
      ...(commands.length > 0 ? { commands } : {}),
    })
    if (sent) this.#held.set(idOf(key), key)
  }

  up(event: KeyUp): void {
    const key = describeKey(event.key, event.code)
    this.#release(idOf(key), event.modifiers ?? [])
    // A Mac tells of no key that is let go while cmd is down: with cmd they all go.
    if (event.key === 'Meta') for (const [id, held] of [...this.#held]) if (!(held.key in MODIFIER_KEYS)) this.#release(id, [])
  }

  text(text: string): void {
    if (text === '') return
    // It takes the place of a composition.
    this.#composing = false
    this.#queue.dispatch('Input.insertText', { text })
  }

  composition({ text, selectionStart, selectionEnd }: Composition): void {
    this.#composing = text !== ''
    const end = Math.min(selectionEnd, text.length)
    this.#queue.dispatch('Input.imeSetComposition', { text, selectionStart: Math.min(selectionStart, end), selectionEnd: end })
  }

  /** Presses and lets go of a shortcut, beside whatever is held. Resolves when the page has handled it. */
  async shortcut(key: string, modifier: Modifier, commands: string[]): Promise<void> {
    const common = { ...describeKey(key), modifiers: modifierBits([modifier]) }
    const pressed = this.#queue.dispatch('Input.dispatchKeyEvent', { type: 'rawKeyDown', ...common, commands })
    if (!pressed) return
    this.#queue.dispatch('Input.dispatchKeyEvent', { type: 'keyUp', ...common }, true)
    await pressed
  }

  releaseAll(): void {
    if (this.#composing) this.composition({ type: 'composition', text: '', selectionStart: 0, selectionEnd: 0 })
    for (const id of [...this.#held.keys()].toReversed()) this.#release(id, [])
  }

  #release(id: string, modifiers: readonly Modifier[]): void {
    const key = this.#held.get(id)
    if (!key) return
    this.#held.delete(id)
    this.#queue.dispatch('Input.dispatchKeyEvent', { type: 'keyUp', ...key, modifiers: modifierBits(modifiers) }, true)
  }

  /** With AltGr the character is what counts: Windows reports it as ctrl+alt, which would make it a shortcut. */
  #modifiers({ key, modifiers = [], altGraph }: KeyDown): Set<Modifier> {
    const all = new Set(altGraph && isCharacter(key) ? modifiers.filter((name) => name === 'shift') : modifiers)
    const own = MODIFIER_KEYS[key]
    // A pressed modifier is part of its own event in the DOM.
    if (own && MODIFIERS.includes(own)) all.add(own)
    return all
  }
}

function idOf({ key, code }: KeyDescription): string {
  return code || key.toLowerCase()
}
