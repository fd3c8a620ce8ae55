/**
 * Moves on their way out: at most some 120 a second, by the lossy channel, the newest instead of those that waited. One
 * that nothing followed is sent once more by the reliable channel, so that a pointer at rest is where it was left.
 */
import type { RoomInputEvent } from './send.ts'

export const MOVE_INTERVAL_MS = 8
export const REST_MS = 100

type Move = Extract<RoomInputEvent, { type: 'mouseMove' | 'touchMove' }>
export type SendInput = (event: RoomInputEvent, options: { reliable: boolean }) => void

export class Moves {
  readonly #send: SendInput
  #last: Move | null = null
  #waits = false
  #sentAt = -Infinity
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(send: SendInput) {
    this.#send = send
  }

  push(move: Move): void {
    this.#last = move
    const wait = this.#sentAt + MOVE_INTERVAL_MS - Date.now()
    if (wait <= 0) return this.#go()
    if (this.#waits) return
    this.#waits = true
    this.#later(wait, () => this.#go())
  }

  /** What waits is not sent: something surer follows. */
  drop(): void {
    clearTimeout(this.#timer)
    this.#waits = false
    this.#last = null
  }

  /** Before something that must find the pointer in its place. */
  settle(): void {
    const last = this.#last
    this.drop()
    if (last) this.#send(last, { reliable: true })
  }

  #go(): void {
    const move = this.#last
    this.#waits = false
    if (!move) return
    this.#sentAt = Date.now()
    this.#send(move, { reliable: false })
    this.#later(REST_MS, () => this.settle())
  }

  #later(ms: number, act: () => void): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(act, ms)
  }
}
