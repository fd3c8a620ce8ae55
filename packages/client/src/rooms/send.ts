/**
 * Input into the room of a session, one JSON object a data packet, coordinates in CSS pixels of the page (docs/rooms.md).
 * Moves and pings go by the lossy channel unless told otherwise; all else goes by the reliable one, in order.
 */
import { isRelease, ROOM_TEXT_MAX_BYTES, TandemError } from '@tandem/protocol'
import type { InputEvent } from '@tandem/protocol'
import type { Room } from 'livekit-client'
import { isCongested, ReliableInputCongestedError } from './congestion.ts'
import { writeJson } from './json.ts'
import { expectReceipt } from './receipts.ts'
import type { InputStatus } from './receipts.ts'

/** What may travel in a room of the variants of InputEvent; points are whole pixels. */
export type RoomInputEvent = Exclude<InputEvent, { type: 'touchCancel' | 'composition' | 'paste' | 'text' }>
/** What is done once and for all: the browser confirms it. */
export type CommittedEvent = Extract<InputEvent, { type: 'tap' | 'touchEnd' | 'keyUp' }>

export interface SendOptions {
  /** By the channel that neither loses nor reorders. Default: true, but false for moves and pings, which alone may be lost. */
  reliable?: boolean
}

const mayBeLost = ({ type }: { type: string }): boolean => type === 'mouseMove' || type === 'touchMove' || type === 'ping'

/** @throws ReliableInputCongestedError: the channel is full, and the event is no release */
export async function sendInputEvent(room: Room, event: RoomInputEvent, { reliable = !mayBeLost(event) }: SendOptions = {}): Promise<void> {
  // A ping measures that very congestion.
  if (event.type !== 'ping' && !isRelease(event) && isCongested(room)) throw new ReliableInputCongestedError()
  await publish(room, event, reliable || !mayBeLost(event))
}

/** As sendInputEvent; resolves with what became of it. @throws InputUnconfirmedError, ReliableInputCongestedError */
export async function confirmInputEvent(room: Room, event: CommittedEvent, { deadlineMs }: { deadlineMs?: number } = {}): Promise<InputStatus> {
  if (!isRelease(event) && isCongested(room)) throw new ReliableInputCongestedError()
  return confirmed(room, event, deadlineMs)
}

/** Opens an address in the shown tab. */
export async function sendNavigate(room: Room, url: string): Promise<void> {
  if (isCongested(room)) throw new ReliableInputCongestedError()
  await publish(room, { type: 'navigate', url }, true)
}

/**
 * Puts text where the page's cursor is. Resolves with what became of it.
 * @throws TandemError `request/invalid` (more than 8 KiB), InputUnconfirmedError, ReliableInputCongestedError
 */
export async function sendText(room: Room, text: string, { deadlineMs }: { deadlineMs?: number } = {}): Promise<InputStatus> {
  if (new TextEncoder().encode(text).byteLength > ROOM_TEXT_MAX_BYTES)
    throw new TandemError('request/invalid', 'A text may have 8 KiB at most: send it in parts.')
  if (isCongested(room)) throw new ReliableInputCongestedError()
  return confirmed(room, { type: 'text', text }, deadlineMs)
}

async function confirmed(room: Room, event: object, deadlineMs: number | undefined): Promise<InputStatus> {
  const { id, status } = expectReceipt(room, deadlineMs)
  // Whatever becomes of the sending, nobody else looks at this promise before.
  status.catch(() => {})
  await publish(room, { ...event, id }, true)
  return status
}

async function publish(room: Room, packet: object, reliable: boolean): Promise<void> {
  await room.localParticipant.publishData(writeJson(packet), { reliable })
}
