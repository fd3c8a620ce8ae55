/**
 * The one InputEvent. Every dialect (live socket, room data packets, REST, other stream protocols)
 * is translated to it at its border. Coordinates are pixels of the page's layout (`viewport` of the session), from the
 * top left corner of the picture; the mouse, wheel, key, tap, touch, swipe and ping variants have the names and
 * fields of the LiveKit rooms dialect, the others (text, composition, paste, release) are ours.
 */
import { z } from 'zod'

export const MODIFIERS = ['cmd', 'ctrl', 'shift', 'option'] as const
export type Modifier = (typeof MODIFIERS)[number]

const coordinate = z.number().min(-100_000).max(100_000)
const at = { x: coordinate, y: coordinate }
const modifiers = z.array(z.enum(MODIFIERS)).max(8).optional()
/** 0 left, 1 middle, 2 right, as in DOM MouseEvent.button. */
const button = z.union([z.literal(0), z.literal(1), z.literal(2)])
const touchId = z.int().min(0).max(9)
/** 1 for a click, 2 for a double-click, 3 for a triple: DOM UIEvent.detail. */
const clickCount = z.int().min(1).max(3).optional()
const text = z.string().max(65_536)

export const inputEventSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('mouseMove'), ...at, modifiers }),
  /** Relative movement, CSS pixels, while the page has locked the pointer; else nothing. Positions of other events do not move it then. */
  z.strictObject({ type: z.literal('mouseMoveBy'), dx: coordinate, dy: coordinate, modifiers }),
  z.strictObject({ type: z.literal('mouseDown'), ...at, button, clickCount, modifiers }),
  z.strictObject({ type: z.literal('mouseUp'), ...at, button, clickCount, modifiers }),
  z.strictObject({ type: z.literal('wheel'), ...at, deltaX: coordinate, deltaY: coordinate, modifiers }),
  /** `key` and `code` as in DOM KeyboardEvent; a printable `key` types itself unless ctrl or cmd is held. `altGraph`: the character was made with AltGr. */
  z.strictObject({
    type: z.literal('keyDown'),
    key: z.string().min(1).max(64),
    code: z.string().max(32).optional(),
    modifiers,
    altGraph: z.boolean().optional(),
    repeat: z.boolean().optional(),
  }),
  z.strictObject({ type: z.literal('keyUp'), key: z.string().min(1).max(64), code: z.string().max(32).optional(), modifiers }),
  z.strictObject({ type: z.literal('tap'), ...at }),
  z.strictObject({ type: z.literal('touchStart'), ...at, touchId }),
  z.strictObject({ type: z.literal('touchMove'), ...at, touchId }),
  z.strictObject({ type: z.literal('touchEnd'), ...at, touchId }),
  z.strictObject({ type: z.literal('touchCancel') }),
  z.strictObject({ type: z.literal('swipe'), x1: coordinate, y1: coordinate, x2: coordinate, y2: coordinate, durationMs: z.int().min(0).max(60_000) }),
  /** Committed text with no key of its own: emoji, dictation, dead keys, the end of a composition. */
  z.strictObject({ type: z.literal('text'), text }),
  /** IME composition in progress; an empty text cancels it. `selectionStart/End` in UTF-16 units. */
  z.strictObject({ type: z.literal('composition'), text: z.string().max(1024), selectionStart: z.int().min(0), selectionEnd: z.int().min(0) }),
  /** Puts the text on the browser's clipboard and pastes it, so that the page sees a real paste event. */
  z.strictObject({ type: z.literal('paste'), text: z.string().max(1_048_576) }),
  /** Lets go of every held key, button and finger (focus lost, window hidden). */
  z.strictObject({ type: z.literal('release') }),
  z.strictObject({ type: z.literal('ping'), timestamp: z.number().min(0) }),
])
export type InputEvent = z.infer<typeof inputEventSchema>
export type InputEventType = InputEvent['type']

/** Events that only let go: they are never dropped, whoever drives. */
export function isRelease(event: InputEvent): boolean {
  return event.type === 'mouseUp' || event.type === 'keyUp' || event.type === 'touchEnd' || event.type === 'touchCancel' || event.type === 'release'
}

/** Events that may be dropped in favour of a later one of the same type, or added up in one. */
export function isMove(event: InputEvent): boolean {
  return event.type === 'mouseMove' || event.type === 'mouseMoveBy' || event.type === 'touchMove' || event.type === 'wheel'
}
