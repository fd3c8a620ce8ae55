/** What the browser's participant tells everybody in its room, each on a topic of its own (docs/rooms.md). */
import { BROWSER_IDENTITY, ROOM_TOPICS } from '@tandem/protocol'
import type { PageLayout } from '@tandem/protocol'
import { readJson } from './json.ts'

export type RoomTopic =
  /** Who drives, by identity; null: nobody of the room. */
  | { topic: 'focus'; identity: string | null }
  | { topic: 'url'; url: string }
  /** A CSS name. */
  | { topic: 'cursor'; cursor: string }
  | { topic: 'agentStatus'; status: string }
  /** How the page is laid out: input is given in its pixels. */
  | { topic: 'viewport'; viewport: PageLayout }

/**
 * Null: it is none of these, or not from the browser.
 *
 * @example
 * room.on(RoomEvent.DataReceived, (payload, participant, _kind, topic) => {
 *   const told = readTopic(payload, participant, topic)
 *   if (told?.topic === 'focus') console.log(told.identity === info.participant_identity ? 'you drive' : 'you watch')
 * })
 */
export function readTopic(payload: Uint8Array, participant: { identity: string } | undefined, topic: string | undefined): RoomTopic | null {
  if (participant?.identity !== BROWSER_IDENTITY) return null
  const { identity, url, cursor, status, ...others } = readJson(payload)
  if (topic === ROOM_TOPICS.focus) return { topic: 'focus', identity: typeof identity === 'string' ? identity : null }
  if (topic === ROOM_TOPICS.url && typeof url === 'string') return { topic: 'url', url }
  if (topic === ROOM_TOPICS.cursor && typeof cursor === 'string') return { topic: 'cursor', cursor }
  if (topic === ROOM_TOPICS.agentStatus && typeof status === 'string') return { topic: 'agentStatus', status }
  if (topic === ROOM_TOPICS.viewport) return readViewport(others)
  return null
}

function readViewport({ width, height, scale, touch, mobile }: Record<string, unknown>): RoomTopic | null {
  if (typeof width !== 'number' || typeof height !== 'number' || typeof scale !== 'number') return null
  return { topic: 'viewport', viewport: { width, height, scale, touch: touch === true, mobile: mobile === true } }
}
