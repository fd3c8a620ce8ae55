/** The open requests for control: one a viewer, each with its own end. Knows nothing of who drives. */
import { randomUUID } from 'node:crypto'
import { TandemError, type ControlRequest } from '@tandem/protocol'
import { CONTROL_MAX_REQUESTS } from './limits.ts'
import type { Clock, Party } from './types.ts'

export type RequestOutcome = 'given' | 'declined' | 'expired' | 'withdrawn'
type Closed = (request: ControlRequest, outcome: RequestOutcome) => void

export class Requests {
  readonly #clock: Clock
  readonly #requestMs: number
  readonly #closed: Closed
  readonly #open = new Map<string, { request: ControlRequest; cancel: () => void }>()

  /** `closed` is called after a request has left the list, however it ended. */
  constructor(clock: Clock, requestMs: number, closed: Closed) {
    this.#clock = clock
    this.#requestMs = requestMs
    this.#closed = closed
  }

  list(): ControlRequest[] {
    return [...this.#open.values()].map(({ request }) => request)
  }

  of(clientId: string): ControlRequest | undefined {
    return this.list().find((request) => request.client_id === clientId)
  }

  open({ clientId, name }: Party): ControlRequest {
    if (this.#open.size >= CONTROL_MAX_REQUESTS) {
      throw new TandemError('request/rate-limited', 'Too many people ask for control already. Try again in a minute.', { retry_after_ms: this.#requestMs })
    }
    const now = this.#clock.now()
    const at = new Date(now).toISOString()
    const request = { id: `req_${randomUUID()}`, client_id: clientId, name, at, expires_at: new Date(now + this.#requestMs).toISOString() }
    this.#open.set(request.id, { request, cancel: this.#clock.after(this.#requestMs, () => this.close(request.id, 'expired')) })
    return request
  }

  get(id: string): ControlRequest {
    const open = this.#open.get(id)
    if (!open) throw new TandemError('control/no-request')
    return open.request
  }

  close(id: string, outcome: RequestOutcome): void {
    const open = this.#open.get(id)
    if (!open) return
    open.cancel()
    this.#open.delete(id)
    this.#closed(open.request, outcome)
  }

  closeAll(outcome: RequestOutcome): void {
    for (const id of [...this.#open.keys()]) this.close(id, outcome)
  }

  /** Forgets all of them without a word: the session is over. */
  dispose(): void {
    for (const { cancel } of this.#open.values()) cancel()
    this.#open.clear()
  }
}
