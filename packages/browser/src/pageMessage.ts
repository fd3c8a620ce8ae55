/**
 * Reads what a frame says (page/). The world that says it is ours by name alone: an agent can make one
 * of that name, and its scripts run on while a human drives, so nothing is taken on trust.
 */
import { pickerSchema } from '@tandem/protocol'
import type { PageMessage } from './page/message.ts'

const pickerOfPage = pickerSchema.omit({ id: true, tabId: true })
/** Far above what fingers or an agent can make of a page. */
const MAX_SCALE = 100
const MAX_CURSOR_CHARS = 2_000
/** A viewer's socket holds no more: it would be closed as too slow. */
const MAX_PAYLOAD_CHARS = 1_000_000

/** null for what page/ would never say. */
export function readPageMessage(payload: string): PageMessage | null {
  if (payload.length > MAX_PAYLOAD_CHARS) return null
  let value: unknown
  try {
    value = JSON.parse(payload)
  } catch {
    return null
  }
  if (!isObject(value)) return null
  const { type, cursor, frame, on, key, at, picker, deltaY, scale } = value
  switch (type) {
    case 'cursor':
      return typeof cursor === 'string' && cursor.length <= MAX_CURSOR_CHARS ? { type, cursor } : null
    case 'secret':
      return typeof frame === 'string' && typeof on === 'boolean' ? { type, frame, on } : null
    case 'host':
      return typeof key === 'number' ? { type, key } : null
    case 'pointerLock':
      return typeof on === 'boolean' ? { type, on } : null
    case 'scaled':
      return typeof scale === 'number' && scale > 0 && scale <= MAX_SCALE ? { type, scale } : null
    case 'zoom':
      return typeof deltaY === 'number' && Number.isFinite(deltaY) ? { type, deltaY } : null
    case 'picker': {
      const read = pickerOfPage.safeParse(picker)
      if (typeof key !== 'number' || !read.success) return null
      if (at === null) return { type, key, at, picker: read.data }
      return isObject(at) && typeof at['x'] === 'number' && typeof at['y'] === 'number'
        ? { type, key, at: { x: at['x'], y: at['y'] }, picker: read.data }
        : null
    }
    case 'pickerGone':
      return typeof key === 'number' ? { type, key } : null
    default:
      return null
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
