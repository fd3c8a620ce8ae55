/** Requests of the agent for a human: asked, shown to every viewer, answered once. */
import { randomUUID } from 'node:crypto'
import { EventEmitter } from 'node:events'
import { isTandemError, TandemError } from '@tandem/protocol'
import type { HandbackOutcome, HumanRequest, HumanRequestResult } from '@tandem/protocol'
import type { Clock } from '../control/types.ts'

interface Open {
  request: HumanRequest
  settle(result: HumanRequestResult | TandemError, outcome: string): void
}

/** Each is shown to every viewer. */
const MAX_OPEN = 20

export class HumanRequests {
  readonly #clock: Clock
  readonly #open = new Map<string, Open>()
  readonly events = new EventEmitter<{ opened: [HumanRequest]; closed: [{ id: string; outcome: string }] }>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  list(): HumanRequest[] {
    return [...this.#open.values()].map(({ request }) => request)
  }

  /**
   * Resolves with the human's answer. `signal` is the asker's connection: gone means cancelled.
   * @throws TandemError `human-request/timeout`, `human-request/not-found` when it was cancelled, `request/rate-limited`
   */
  ask(options: { reason: string; instructions?: string; timeoutMs: number; signal: AbortSignal }): Promise<HumanRequestResult> {
    if (this.#open.size >= MAX_OPEN) {
      const message = `${MAX_OPEN} requests for a human are open in this session. Wait for an answer, or cancel one.`
      return Promise.reject(new TandemError('request/rate-limited', message))
    }
    const now = this.#clock.now()
    const request: HumanRequest = {
      id: `hrq_${randomUUID()}`,
      reason: options.reason,
      instructions: options.instructions ?? null,
      created_at: new Date(now).toISOString(),
      expires_at: new Date(now + options.timeoutMs).toISOString(),
    }
    return new Promise((resolve, reject) => {
      const settle = (result: HumanRequestResult | TandemError, outcome: string): void => {
        if (!this.#open.delete(request.id)) return
        stopClock()
        options.signal.removeEventListener('abort', cancel)
        this.events.emit('closed', { id: request.id, outcome })
        if (isTandemError(result)) reject(result)
        else resolve(result)
      }
      const cancel = (): void => settle(new TandemError('human-request/not-found', 'The request was cancelled.'), 'cancelled')
      const stopClock = this.#clock.after(options.timeoutMs, () => settle(new TandemError('human-request/timeout'), 'expired'))
      this.#open.set(request.id, { request, settle })
      options.signal.addEventListener('abort', cancel)
      this.events.emit('opened', request)
      if (options.signal.aborted) cancel()
    })
  }

  /** @throws TandemError `human-request/not-found` */
  answer(id: string, outcome: HandbackOutcome, note: string | null): void {
    const open = this.#open.get(id)
    if (!open) throw new TandemError('human-request/not-found')
    open.settle({ id, outcome, note }, outcome)
  }

  /** A human took the wheel and handed it back: that answers whatever was asked. */
  answerAll(outcome: HandbackOutcome, note: string | null): void {
    for (const id of [...this.#open.keys()]) this.answer(id, outcome, note)
  }

  close(error: TandemError): void {
    for (const open of [...this.#open.values()]) open.settle(error, 'cancelled')
  }
}
