/**
 * The requests of a live socket that wait for an answer: id -> promise, in one place that rejects
 * them all when the socket is gone. It knows no socket; `socket.ts` gives it the replies.
 */
import { fromWireError, TandemError } from '@tandem/protocol'
import type { WireError } from '@tandem/protocol'

interface Pending {
  method: string
  resolve(result: unknown): void
  reject(error: Error): void
  timer: ReturnType<typeof setTimeout>
}

/** A takeover may wait for a declared step and a drain; nothing the server does takes longer than this. */
export const REQUEST_TIMEOUT_MS = 30_000

export class Requests {
  #lastId = 0
  readonly #pending = new Map<number, Pending>()

  get size(): number {
    return this.#pending.size
  }

  /** Registers a request; `send` gets its id and puts it on the wire. */
  add(method: string, send: (id: number) => void, timeoutMs = REQUEST_TIMEOUT_MS): Promise<unknown> {
    const id = ++this.#lastId
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => this.#settle(id)?.reject(new TandemError('server/overloaded', `${method} was not answered within ${timeoutMs / 1000} s. Try again.`)),
        timeoutMs,
      )
      this.#pending.set(id, { method, resolve, reject, timer })
      try {
        send(id)
      } catch (error) {
        this.#settle(id)?.reject(error instanceof Error ? error : new Error(String(error)))
      }
    })
  }

  resolve(id: number, result: unknown): void {
    this.#settle(id)?.resolve(result)
  }

  reject(id: number, error: WireError): void {
    this.#settle(id)?.reject(fromWireError(error))
  }

  rejectAll(why: string): void {
    for (const id of [...this.#pending.keys()]) {
      const pending = this.#settle(id)
      pending?.reject(new TandemError('server/overloaded', `${pending.method} was not answered: ${why}`))
    }
  }

  #settle(id: number): Pending | undefined {
    const pending = this.#pending.get(id)
    if (!pending) return undefined
    clearTimeout(pending.timer)
    this.#pending.delete(id)
    return pending
  }
}
