/** How long input takes to the server and back: a ping over the lossy channel of the room, echoed as it came. */
import { BROWSER_IDENTITY } from '@tandem/protocol'
import { ConnectionState, RoomEvent } from 'livekit-client'
import type { Room } from 'livekit-client'
import { Store } from '../store.ts'
import { readJson } from './json.ts'
import { sendInputEvent } from './send.ts'

export const PING_EVERY_MS = 2_000
/** What takes longer is no measurement, and what is older none of now. */
export const PING_DISCARD_MS = 6_000
const SWEEP_EVERY_MS = 1_000

export interface Latency {
  /** Null: not known now. */
  rttMs: number | null
  /** ms since the epoch; null: no answer yet. */
  lastSeenAt: number | null
}

const NOTHING: Latency = { rttMs: null, lastSeenAt: null }

export class LatencyPing {
  readonly #room: Room
  readonly #store = new Store<Latency>(NOTHING)
  #timers: ReturnType<typeof setInterval>[] = []

  constructor(room: Room) {
    this.#room = room
  }

  get state(): Latency {
    return this.#store.value
  }

  subscribe = (listener: () => void): (() => void) => this.#store.subscribe(listener)

  /** Pings at once where the room is joined, and every 2 s from then on. */
  start(): void {
    if (this.#timers.length > 0) return
    this.#room.on(RoomEvent.DataReceived, this.#received)
    this.#room.on(RoomEvent.Connected, this.#ping)
    this.#room.on(RoomEvent.Disconnected, this.#reset)
    this.#timers = [setInterval(this.#ping, PING_EVERY_MS), setInterval(this.#sweep, SWEEP_EVERY_MS)]
    this.#ping()
  }

  stop(): void {
    for (const timer of this.#timers.splice(0)) clearInterval(timer)
    this.#room.off(RoomEvent.DataReceived, this.#received)
    this.#room.off(RoomEvent.Connected, this.#ping)
    this.#room.off(RoomEvent.Disconnected, this.#reset)
    this.#reset()
  }

  readonly #ping = (): void => {
    if (this.#room.state !== ConnectionState.Connected) return
    // Nobody waits for it: one that is lost is one that is not answered.
    sendInputEvent(this.#room, { type: 'ping', timestamp: Date.now() }).catch(() => {})
  }

  readonly #received: (payload: Uint8Array, participant?: { identity: string }) => void = (payload, participant) => {
    if (participant?.identity !== BROWSER_IDENTITY) return
    const { type, timestamp } = readJson(payload)
    if (type !== 'ping' || typeof timestamp !== 'number') return
    const now = Date.now()
    const rttMs = now - timestamp
    if (rttMs >= 0 && rttMs <= PING_DISCARD_MS) this.#store.patch({ rttMs, lastSeenAt: now })
  }

  readonly #reset = (): void => this.#store.patch(NOTHING)

  readonly #sweep = (): void => {
    const { lastSeenAt } = this.state
    if (lastSeenAt !== null && Date.now() - lastSeenAt > PING_DISCARD_MS) this.#store.patch({ rttMs: null })
  }
}
