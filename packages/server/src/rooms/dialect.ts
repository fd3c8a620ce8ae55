/**
 * The rooms dialect at its border: a data packet without a topic -> what it asks for, in our own terms. Pure. Limits
 * are those of the dialect (docs/rooms.md): whole numbers, coordinates up to 100,000, text in bytes of UTF-8. Whoever
 * sent it and whether it may is not known here; `input.ts` asks that.
 */
import { MODIFIERS, ROOM_PACKET_MAX_BYTES, ROOM_TEXT_MAX_BYTES, ROOM_URL_MAX_BYTES, roomNavigateSchema, roomTextSchema } from '@tandem/protocol'
import type { InputEvent } from '@tandem/protocol'
import { z } from 'zod'

export type PacketProblem = 'too-large' | 'not-json' | 'unknown-type' | 'invalid'

export type RoomPacket =
  /** `receipt`: the id that its sender wants to have answered. */
  | { kind: 'input'; event: InputEvent; receipt: string | null }
  | { kind: 'navigate'; url: string }
  | { kind: 'activateTab'; tabId: string; requestId: string }
  /** Sent back as it came. */
  | { kind: 'ping'; text: string }
  | { kind: 'refused'; problem: PacketProblem }

const whole = z.int().min(-100_000).max(100_000)
const at = { x: whole, y: whole }
const button = z.union([z.literal(0), z.literal(1), z.literal(2)])
const touchId = z.int().min(0).max(9)
const receipt = { id: roomTextSchema.shape.id }
const key = z.string().min(1).max(64)
/** Any eight texts; DOM's names and all others that are not ours are dropped. */
const modifiers = z
  .array(z.string())
  .max(8)
  .transform((names) => MODIFIERS.filter((name) => names.includes(name)))
  .optional()

/** Members that are not named here are dropped: later versions of clients may send more. */
const packetSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('mouseMove'), ...at }),
  z.object({ type: z.literal('mouseDown'), ...at, button }),
  z.object({ type: z.literal('mouseUp'), ...at, button }),
  z.object({ type: z.literal('wheel'), ...at, deltaX: whole, deltaY: whole }),
  z.object({ type: z.literal('keyDown'), key, modifiers }),
  z.object({ type: z.literal('keyUp'), key, modifiers, ...receipt }),
  z.object({ type: z.literal('tap'), ...at, ...receipt }),
  z.object({ type: z.literal('touchStart'), ...at, touchId }),
  z.object({ type: z.literal('touchMove'), ...at, touchId }),
  z.object({ type: z.literal('touchEnd'), ...at, touchId, ...receipt }),
  z.object({ type: z.literal('swipe'), x1: whole, y1: whole, x2: whole, y2: whole, durationMs: z.int().min(0).max(60_000) }),
  z.object({ ...roomTextSchema.shape, text: roomTextSchema.shape.text.refine((text) => bytesOf(text) <= ROOM_TEXT_MAX_BYTES) }),
  z.object({ ...roomNavigateSchema.shape, url: roomNavigateSchema.shape.url.refine(isWebAddress) }),
  z.object({ type: z.literal('activateTab'), requestId: z.string().min(1).max(128), tabId: z.string().min(1).max(256) }),
  z.object({ type: z.literal('ping'), timestamp: z.number().min(0) }),
  // Ours: lets go of everything, as a client does whose window loses the focus.
  z.object({ type: z.literal('release') }),
])
const TYPES: ReadonlySet<unknown> = new Set(packetSchema.options.map(({ shape }) => shape.type.value))

export function readPacket(text: string): RoomPacket {
  if (text.length > ROOM_PACKET_MAX_BYTES || bytesOf(text) > ROOM_PACKET_MAX_BYTES) return { kind: 'refused', problem: 'too-large' }
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return { kind: 'refused', problem: 'not-json' }
  }
  if (typeof value !== 'object' || value === null || !('type' in value) || !TYPES.has(value.type)) return { kind: 'refused', problem: 'unknown-type' }
  const packet = packetSchema.safeParse(value)
  if (!packet.success) return { kind: 'refused', problem: 'invalid' }
  const { data } = packet
  switch (data.type) {
    case 'ping':
      return { kind: 'ping', text }
    case 'navigate':
      return { kind: 'navigate', url: data.url }
    case 'activateTab':
      return { kind: 'activateTab', tabId: data.tabId, requestId: data.requestId }
    case 'text':
    case 'tap':
    case 'touchEnd':
    case 'keyUp': {
      const { id = null, ...event } = data
      return { kind: 'input', event, receipt: id }
    }
    default:
      return { kind: 'input', event: data, receipt: null }
  }
}

function bytesOf(text: string): number {
  return Buffer.byteLength(text)
}

function isWebAddress(url: string): boolean {
  return bytesOf(url) <= ROOM_URL_MAX_BYTES && /^https?:\/\//i.test(url) && URL.canParse(url)
}
