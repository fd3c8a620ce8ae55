/** Receipts of committed input: an event that carries an `id` is answered by the browser with `inputAck`. */
import { BROWSER_IDENTITY } from '@tandem/protocol'
import type { InputAck } from '@tandem/protocol'
import { RoomEvent } from 'livekit-client'
import type { Room } from 'livekit-client'
import { readJson } from './json.ts'

export type InputStatus = InputAck['status']

export const RECEIPT_DEADLINE_MS = 5_000
const MAX_PENDING = 128

/** No receipt came in time: it may or may not have been done. Look at the picture before you do it again. */
export class InputUnconfirmedError extends Error {
  override readonly name = 'InputUnconfirmedError'

  constructor() {
    super('The browser did not confirm this input: it may or may not have been done.')
  }
}

type Settle = (status: InputStatus | null) => void

const pendingOf = new WeakMap<Room, Map<string, Settle>>()

/** An id to send, and what becomes of it. Rejects with InputUnconfirmedError. */
export function expectReceipt(room: Room, deadlineMs: number = RECEIPT_DEADLINE_MS): { id: string; status: Promise<InputStatus> } {
  const pending = pendingOf.get(room) ?? listen(room)
  const id = crypto.randomUUID()
  const [oldest] = pending
  if (pending.size >= MAX_PENDING && oldest) oldest[1](null)
  const status = new Promise<InputStatus>((resolve, reject) => {
    const timer = setTimeout(() => settle(null), deadlineMs)
    const settle: Settle = (result) => {
      clearTimeout(timer)
      pending.delete(id)
      if (result === null) reject(new InputUnconfirmedError())
      else resolve(result)
    }
    pending.set(id, settle)
  })
  return { id, status }
}

function listen(room: Room): Map<string, Settle> {
  const pending = new Map<string, Settle>()
  pendingOf.set(room, pending)
  room.on(RoomEvent.DataReceived, (payload, participant, _kind, topic) => {
    if (participant?.identity !== BROWSER_IDENTITY || (topic !== undefined && topic !== '')) return
    const { type, id, status } = readJson(payload)
    if (type !== 'inputAck' || typeof id !== 'string' || (status !== 'applied' && status !== 'dropped' && status !== 'failed')) return
    pending.get(id)?.(status)
  })
  return pending
}
