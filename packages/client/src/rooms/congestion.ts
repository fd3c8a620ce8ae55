/** Input that waits in a full channel arrives as a surprise: while the reliable channel of a room is full, new input is refused where it is made. */
import { DataPacket_Kind, RoomEvent } from 'livekit-client'
import type { Room } from 'livekit-client'

/** An end of the congestion that nobody told is taken for granted after so long. */
export const CONGESTION_MS = 10_000

/** The reliable channel is full; what was to be sent is dropped. Try again with what is true then. */
export class ReliableInputCongestedError extends Error {
  override readonly name = 'ReliableInputCongestedError'

  constructor() {
    super('The connection to the room is too slow for input at the moment: this was not sent.')
  }
}

const since = new WeakMap<Room, { at: number | null }>()

/** Whether new input must not be sent now; releases always may. */
export function isCongested(room: Room): boolean {
  const latch = since.get(room) ?? watch(room)
  if (latch.at !== null && Date.now() - latch.at >= CONGESTION_MS) latch.at = null
  return latch.at !== null
}

function watch(room: Room): { at: number | null } {
  const latch: { at: number | null } = { at: null }
  since.set(room, latch)
  room.on(RoomEvent.DCBufferStatusChanged, (isLow, kind) => {
    // The SDK's type for a channel has the numbers of DataPacket_Kind, and one more.
    if (Number(kind) !== DataPacket_Kind.RELIABLE) return
    latch.at = isLow ? null : Date.now()
  })
  room.on(RoomEvent.Reconnected, () => void (latch.at = null))
  return latch
}
