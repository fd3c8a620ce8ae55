/** The viewer's input on its way to the server: under the epoch of now, only while this viewer steers, and what was refused or may be lost is said. */
import { TandemError } from '@tandem/protocol'
import type { InputEvent } from '@tandem/protocol'
import { wallNow } from '../live/serverClock.ts'
import type { LiveSocket } from '../live/socket.ts'
import type { LiveSnapshot } from '../types.ts'

const REFUSAL_SHOWN_MS = 4_000
/** Over this, moves only make the connection later. */
const BACKLOG_BYTES = 64 * 1024
const MAX_EVENTS = 500

export interface InputSendingOptions {
  socket: LiveSocket
  snapshot(): LiveSnapshot
  /** What was refused, for the snapshot; null after a while. */
  refused(refusal: LiveSnapshot['inputRefused']): void
}

export class InputSending {
  readonly #options: InputSendingOptions
  #seq = 0
  #sentAt = 0
  #refusal: ReturnType<typeof setTimeout> | undefined

  constructor(options: InputSendingOptions) {
    this.#options = options
  }

  send(events: readonly InputEvent[]): void {
    const { socket } = this.#options
    const { control, steering } = this.#options.snapshot()
    if (!control || !steering || events.length === 0) return
    // A connection that cannot keep up gets the presses, not each move between them.
    const kept = socket.backlogBytes > BACKLOG_BYTES ? events.filter(({ type }) => type !== 'mouseMove' && type !== 'touchMove') : events
    for (let at = 0; at < kept.length; at += MAX_EVENTS) {
      try {
        this.#sentAt = wallNow()
        socket.notify('input.dispatch', { epoch: control.epoch, seq: ++this.#seq, events: kept.slice(at, at + MAX_EVENTS) })
      } catch (error) {
        this.refuse(error)
      }
    }
  }

  /** Says why something of this viewer was not done. */
  refuse(error: unknown): void {
    const code = error instanceof TandemError ? error.code : 'server/internal'
    this.#options.refused({ code, message: error instanceof Error ? error.message : String(error) })
    this.fade()
  }

  /** What is said now is gone after a while. */
  fade(): void {
    clearTimeout(this.#refusal)
    this.#refusal = setTimeout(() => this.#options.refused(null), REFUSAL_SHOWN_MS)
  }

  /** Input is not repeated on the next connection: a click that comes seconds late may hit something else. */
  connectionLost(): void {
    if (!this.#options.snapshot().steering || this.#sentAt <= this.#options.socket.heardAt) return
    // Said once, not at each attempt to connect again.
    this.#sentAt = 0
    this.refuse(new TandemError('server/overloaded', 'The connection was lost: what you did last may not have arrived. Look, and do it again.'))
  }

  close(): void {
    clearTimeout(this.#refusal)
  }
}
