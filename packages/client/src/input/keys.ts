/**
 * What to do with a key, decided without a DOM: send it, leave it to the viewer's browser or its input
 * method, or turn it into a clipboard or history action. The streamed browser runs on Linux, so a Mac's
 * Cmd becomes Ctrl there, and the Mac's own ways to move through text become Linux's.
 * Neighbours: inputText.ts, which listens and acts.
 */
import type { InputEvent, Modifier } from '@tandem/protocol'

export interface KeyPress {
  key: string
  code: string
  /** 229 for each key that an input method has seen, whether it does anything with it or not. */
  keyCode: number
  ctrlKey: boolean
  altKey: boolean
  shiftKey: boolean
  metaKey: boolean
  repeat: boolean
  isComposing: boolean
  altGraph: boolean
}

export type KeyPlan =
  | { action: 'send'; event: InputEvent & { type: 'keyDown' } }
  /** The viewer's browser or its input method handles it; text comes by `beforeinput` or composition. */
  | { action: 'leave' }
  /** Of an input method that may edit the text by itself: the key is sent when it has not by the time it is let go. */
  | { action: 'wait'; event: InputEvent & { type: 'keyDown' } }
  /** A `paste` event follows by itself. */
  | { action: 'paste' }
  | { action: 'copy'; cut: boolean }
  | { action: 'history'; direction: 'back' | 'forward' | 'reload' }

/** Keys of which an input method may tell by `beforeinput`, and then again by a keydown that nothing can prevent. */
const EDITS: ReadonlySet<string> = new Set(['Backspace', 'Delete', 'Enter'])

const LEAVE: KeyPlan = { action: 'leave' }

export function planKey(press: KeyPress, mac: boolean): KeyPlan {
  if (press.isComposing) return LEAVE
  // A dead key waits for its letter; soft keyboards name no key at all.
  if (press.key === 'Dead' || press.key === 'Process' || press.key === 'Unidentified' || press.key === '') return LEAVE
  if (isReserved(press, mac)) return LEAVE
  const command = mac ? press.metaKey : press.ctrlKey
  const alone = command && !press.altKey && !press.altGraph
  const letter = press.key.toLowerCase()
  if (alone && letter === 'v') return { action: 'paste' }
  if (press.shiftKey && press.key === 'Insert') return { action: 'paste' }
  if (alone && !press.shiftKey && (letter === 'c' || letter === 'x')) return { action: 'copy', cut: letter === 'x' }
  const history = historyOf(press, mac, alone)
  if (history) return { action: 'history', direction: history }
  const event = keyDown(press, mac)
  if (press.keyCode !== 229) return { action: 'send', event }
  if (EDITS.has(press.key)) return { action: 'wait', event }
  // It hands on what it has no use for; characters come as text.
  return command || !printable(press.key) ? { action: 'send', event } : LEAVE
}

export function keyDown(press: KeyPress, mac: boolean): InputEvent & { type: 'keyDown' } {
  const typed = printable(press.key)
  // Option makes characters on a Mac as AltGr does elsewhere; on Windows AltGr shows as Ctrl+Alt.
  const altGraph = typed && (press.altGraph || (mac && press.altKey && !press.ctrlKey && !press.metaKey))
  const modifiers = altGraph ? (press.shiftKey ? (['shift'] satisfies Modifier[]) : []) : modifiersOf(press, mac)
  const moved = mac && !typed ? macMotion(press) : null
  return {
    type: 'keyDown',
    key: moved?.key ?? remoteKey(press.key, mac),
    code: moved?.key ?? remoteCode(press.code, mac),
    modifiers: moved?.modifiers ?? modifiers,
    ...(altGraph ? { altGraph } : {}),
    ...(press.repeat ? { repeat: true } : {}),
  }
}

export function modifiersOf(event: Pick<KeyPress, 'ctrlKey' | 'altKey' | 'shiftKey' | 'metaKey'>, mac: boolean): Modifier[] {
  const modifiers: Modifier[] = []
  if (event.ctrlKey || (mac && event.metaKey)) modifiers.push('ctrl')
  if (event.altKey) modifiers.push('option')
  if (event.shiftKey) modifiers.push('shift')
  if (event.metaKey && !mac) modifiers.push('cmd')
  return modifiers
}

export function remoteKey(key: string, mac: boolean): string {
  return mac && key === 'Meta' ? 'Control' : key
}

export function remoteCode(code: string, mac: boolean): string {
  return mac && code.startsWith('Meta') ? code.replace('Meta', 'Control') : code
}

export function isModifierKey(key: string): boolean {
  return key === 'Control' || key === 'Shift' || key === 'Alt' || key === 'Meta' || key === 'AltGraph'
}

/** One character, counted as people count (an emoji is one). */
function printable(key: string): boolean {
  return [...key].length === 1
}

/** What the viewer's own browser and desktop keep: tabs, windows, zoom, its address bar, its tools. */
function isReserved(press: KeyPress, mac: boolean): boolean {
  const { key, code, shiftKey } = press
  if (key === 'F11' || key === 'F12') return true
  if (!mac && press.altKey && (key === 'F4' || key === 'Tab')) return true
  const command = mac ? press.metaKey : press.ctrlKey
  if (press.ctrlKey && (key === 'Tab' || key === 'PageUp' || key === 'PageDown')) return true
  if (!command || press.altGraph) return false
  const letter = key.toLowerCase()
  if (mac && (['q', 'h', 'm', '`', ' ', 'tab'].includes(letter) || (press.altKey && letter === 'i'))) return true
  if (['t', 'n', 'w', 'l'].includes(letter) && !press.altKey) return true
  if (shiftKey && ['i', 'j'].includes(letter)) return true
  // Ctrl+1 … Ctrl+9 switch the viewer's tabs, Ctrl and plus, minus or 0 zoom its page.
  return (/^(Digit|Numpad)\d$/.test(code) && !press.altKey) || ['+', '-', '='].includes(key)
}

function historyOf(press: KeyPress, mac: boolean, alone: boolean): 'back' | 'forward' | 'reload' | null {
  if (press.key === 'F5' || (alone && press.key.toLowerCase() === 'r')) return 'reload'
  if (press.key === 'BrowserBack') return 'back'
  if (press.key === 'BrowserForward') return 'forward'
  if (press.key === 'BrowserRefresh') return 'reload'
  if (mac && alone) return press.key === '[' ? 'back' : press.key === ']' ? 'forward' : null
  if (!mac && press.altKey && !press.ctrlKey && !press.shiftKey) return press.key === 'ArrowLeft' ? 'back' : press.key === 'ArrowRight' ? 'forward' : null
  return null
}

/** The Mac's ways through text: Cmd with an arrow goes to an end, Option with an arrow by words. */
function macMotion(press: KeyPress): { key: string; modifiers: Modifier[] } | null {
  const shift: Modifier[] = press.shiftKey ? ['shift'] : []
  if (press.metaKey) {
    if (press.key === 'ArrowLeft') return { key: 'Home', modifiers: shift }
    if (press.key === 'ArrowRight') return { key: 'End', modifiers: shift }
    if (press.key === 'ArrowUp') return { key: 'Home', modifiers: ['ctrl', ...shift] }
    if (press.key === 'ArrowDown') return { key: 'End', modifiers: ['ctrl', ...shift] }
  } else if (press.altKey && /^(ArrowLeft|ArrowRight|Backspace|Delete)$/.test(press.key)) return { key: press.key, modifiers: ['ctrl', ...shift] }
  return null
}

/** What a soft keyboard, dictation or an emoji picker did to the text, as input of ours. */
export function planEdit(inputType: string, data: string | null): InputEvent[] {
  if (inputType === 'insertLineBreak' || inputType === 'insertParagraph') return tapKey('Enter')
  if (inputType.startsWith('insert')) return data === null || data === '' ? [] : [{ type: 'text', text: data }]
  if (inputType === 'deleteContentBackward') return tapKey('Backspace')
  if (inputType === 'deleteContentForward') return tapKey('Delete')
  if (inputType === 'deleteWordBackward' || inputType === 'deleteSoftLineBackward') return tapKey('Backspace', ['ctrl'])
  if (inputType === 'deleteWordForward' || inputType === 'deleteSoftLineForward') return tapKey('Delete', ['ctrl'])
  if (inputType === 'historyUndo') return tapKey('z', ['ctrl'], 'KeyZ')
  if (inputType === 'historyRedo') return tapKey('y', ['ctrl'], 'KeyY')
  return []
}

function tapKey(key: string, modifiers: Modifier[] = [], code = key): InputEvent[] {
  return [
    { type: 'keyDown', key, code, modifiers },
    { type: 'keyUp', key, code, modifiers },
  ]
}
