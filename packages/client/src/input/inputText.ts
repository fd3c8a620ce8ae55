/**
 * Keyboard and text: a hidden textarea has the focus, so that input methods, dead keys, emoji pickers,
 * dictation and phone keyboards work as they do anywhere else; what comes out of it becomes InputEvents.
 * Keys with a meaning of their own go out as keys, committed text as `text`, composition as `composition`.
 * The decisions are in keys.ts; input.ts owns the pointer. Knows no socket and no control.
 */
import type { InputEvent } from '@tandem/protocol'
import { isModifierKey, modifiersOf, planEdit, planKey, remoteCode, remoteKey } from './keys.ts'
import type { KeyPress } from './keys.ts'

export interface TextSink {
  send(event: InputEvent): void
  copy(cut: boolean): void
  history(direction: 'back' | 'forward' | 'reload'): void
  /** Escape was pressed twice quickly. */
  escapedTwice(): void
  mac: boolean
}

/** Keeps something to delete in the textarea: with nothing in it, phones do not tell of a backspace. */
const SENTINEL = ' '
const COMPOSITION_MAX = 1_024
const DOUBLE_ESCAPE_MS = 400

export class TextInput {
  readonly #area: HTMLTextAreaElement
  readonly #sink: TextSink
  /** code -> key of what the page believes to be held. */
  readonly #held = new Map<string, string>()
  readonly #abort = new AbortController()
  #composing = false
  /** A composition ended, and the key that ended it is not let go yet: some browsers tell of it only now. */
  #endedByKey = false
  #waiting: (InputEvent & { type: 'keyDown' }) | null = null
  #escapedAt = -Infinity

  constructor(area: HTMLTextAreaElement, sink: TextSink) {
    this.#area = area
    this.#sink = sink
    const { signal } = this.#abort
    area.value = SENTINEL
    area.addEventListener('keydown', (event) => this.#keyDown(event), { signal })
    area.addEventListener('keyup', (event) => this.#keyUp(event), { signal })
    area.addEventListener('beforeinput', (event) => this.#beforeInput(event), { signal })
    area.addEventListener('input', () => this.#reset(), { signal })
    area.addEventListener('compositionstart', () => this.#begin(), { signal })
    area.addEventListener('compositionupdate', (event) => this.#compose(event.data), { signal })
    area.addEventListener('compositionend', (event) => this.#composed(event.data), { signal })
    area.addEventListener('paste', (event) => this.#paste(event), { signal })
    // Ctrl+C of the menu bar or a phone's toolbar comes without a key.
    area.addEventListener('copy', (event) => this.#clip(event, false), { signal })
    area.addEventListener('cut', (event) => this.#clip(event, true), { signal })
    area.addEventListener('blur', () => this.release(), { signal })
  }

  /** `none` keeps a phone's keyboard closed: a tap on the picture must not open it. */
  focus(keyboard: 'text' | 'none'): void {
    const focused = this.focused
    if (focused && this.#area.inputMode === keyboard) return
    this.#area.inputMode = keyboard
    // A focused element's keyboard opens only on a new focus.
    if (focused) this.#area.blur()
    this.#area.focus({ preventScroll: true })
  }

  get focused(): boolean {
    const root = this.#area.getRootNode()
    return root instanceof ShadowRoot ? root.activeElement === this.#area : this.#area.ownerDocument.activeElement === this.#area
  }

  /** Lets go of what is held: the page must not be left with a stuck Ctrl. */
  release(): void {
    if (this.forget()) this.#sink.send({ type: 'release' })
  }

  /** Forgets what is held without a word; says whether there was any. */
  forget(): boolean {
    this.#waiting = null
    const any = this.#held.size > 0
    this.#held.clear()
    return any
  }

  close(): void {
    this.#abort.abort()
    this.#held.clear()
  }

  #keyDown(event: KeyboardEvent): void {
    const press = pressOf(event)
    if (press.keyCode === 229 && this.#endedByKey) return
    this.#sendWaiting()
    const plan = planKey(press, this.#sink.mac)
    if (plan.action === 'wait') {
      this.#waiting = plan.event
      this.#held.set(event.code, plan.event.key)
      return
    }
    if (plan.action === 'leave' || plan.action === 'paste') return
    event.preventDefault()
    event.stopPropagation()
    if (plan.action === 'copy') return this.#sink.copy(plan.cut)
    if (plan.action === 'history') return this.#sink.history(plan.direction)
    const leaves = press.key === 'Escape' && !press.repeat && this.#escapes(event.timeStamp)
    // Windows tells of AltGr as Ctrl first: the page must not see that Ctrl.
    if (press.key === 'AltGraph' && this.#held.delete('ControlLeft')) this.#sink.send({ type: 'keyUp', key: 'Control', code: 'ControlLeft' })
    this.#held.set(event.code, plan.event.key)
    this.#sink.send(plan.event)
    if (!leaves) return
    // The way out for whoever has no mouse, since Tab is the page's: that got both, and the next Tab goes on behind the picture.
    this.#area.blur()
    this.release()
    this.#sink.escapedTwice()
  }

  #keyUp(event: KeyboardEvent): void {
    const { mac } = this.#sink
    this.#endedByKey = false
    this.#sendWaiting()
    const key = this.#held.get(event.code)
    // Only what was sent down comes up; a Mac tells of no key's release while Cmd is held.
    if (mac && event.key === 'Meta') this.#releaseKeysBut('Shift', 'Alt', 'Control')
    if (key === undefined) return
    event.preventDefault()
    this.#held.delete(event.code)
    this.#sink.send({
      type: 'keyUp',
      key: isModifierKey(key) ? key : remoteKey(event.key, mac),
      code: remoteCode(event.code, mac),
      modifiers: modifiersOf(event, mac),
    })
  }

  /** The input method has done nothing with it. */
  #sendWaiting(): void {
    if (this.#waiting) this.#sink.send(this.#waiting)
    this.#waiting = null
  }

  /** It has: the key is neither pressed nor let go. */
  #dropWaiting(): void {
    if (!this.#waiting) return
    for (const [code, key] of this.#held) if (key === this.#waiting.key) this.#held.delete(code)
    this.#waiting = null
  }

  #begin(): void {
    this.#dropWaiting()
    this.#composing = true
  }

  #releaseKeysBut(...kept: string[]): void {
    for (const [code, key] of this.#held) {
      if (kept.includes(key)) continue
      this.#held.delete(code)
      this.#sink.send({ type: 'keyUp', key, code: remoteCode(code, true) })
    }
  }

  #beforeInput(event: globalThis.InputEvent): void {
    this.#dropWaiting()
    this.#endedByKey = false
    // Composition has its own events; its text must not come twice.
    if (event.isComposing || this.#composing || event.inputType === 'insertCompositionText' || event.inputType === 'insertFromComposition') return
    event.preventDefault()
    if (event.inputType === 'insertFromPaste') return
    const data = event.data ?? event.dataTransfer?.getData('text/plain') ?? null
    for (const edit of planEdit(event.inputType, data)) this.#sink.send(edit)
    this.#reset()
  }

  #compose(data: string): void {
    const text = data.slice(0, COMPOSITION_MAX)
    this.#sink.send({ type: 'composition', text, selectionStart: text.length, selectionEnd: text.length })
  }

  #composed(data: string): void {
    this.#composing = false
    this.#endedByKey = true
    if (data === '') this.#sink.send({ type: 'composition', text: '', selectionStart: 0, selectionEnd: 0 })
    else this.#sink.send({ type: 'text', text: data })
    this.#reset()
  }

  #paste(event: ClipboardEvent): void {
    event.preventDefault()
    const text = event.clipboardData?.getData('text/plain') ?? ''
    if (text !== '') this.#sink.send({ type: 'paste', text })
  }

  #clip(event: ClipboardEvent, cut: boolean): void {
    event.preventDefault()
    this.#sink.copy(cut)
  }

  /** Answers with whether it is the second of two. */
  #escapes(at: number): boolean {
    const again = at - this.#escapedAt < DOUBLE_ESCAPE_MS
    this.#escapedAt = at
    return again
  }

  #reset(): void {
    if (this.#composing) return
    this.#area.value = SENTINEL
    this.#area.setSelectionRange(SENTINEL.length, SENTINEL.length)
  }
}

function pressOf(event: KeyboardEvent): KeyPress {
  const { key, code, keyCode, ctrlKey, altKey, shiftKey, metaKey, repeat, isComposing } = event
  return { key, code, keyCode, ctrlKey, altKey, shiftKey, metaKey, repeat, isComposing, altGraph: event.getModifierState('AltGraph') }
}
