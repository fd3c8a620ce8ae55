/**
 * What one client sends, in its order: at once as a rule; large commands are read in turns with everybody else, and what
 * comes behind one waits for it. Waits for the client's session, too.
 */
import { CLOSE, type TandemError } from '@tandem/protocol'
import type { RawData } from 'ws'
import { readCommand, type Command } from './commands.ts'
import { LARGE_BYTES, readLargeCommand } from './largeCommand.ts'

/** What may wait, bytes: several of the largest messages, as of a client that uploads to a few pages at once. */
export const MAX_WAITING_BYTES = 512 * 1024 * 1024

export interface InboxOptions {
  /** How many messages may wait. */
  limit: number
  handle: (command: Command | TandemError) => void
  /** The client is to be closed; nothing is handled any more. */
  fail: (code: number, reason: string) => void
  /** Nobody catches what is thrown out of a socket's event: a fault of ours ends this client, not the server with all sessions. */
  broken: (error: unknown) => void
}

export class Inbox {
  readonly #options: InboxOptions
  readonly #waiting: Buffer[] = []
  #waitingBytes = 0
  #state: 'waiting' | 'open' | 'reading' | 'closed' = 'waiting'

  constructor(options: InboxOptions) {
    this.#options = options
  }

  take(data: RawData): void {
    if (this.#state === 'closed') return
    const message = Array.isArray(data) ? Buffer.concat(data) : Buffer.isBuffer(data) ? data : Buffer.from(data)
    this.#waiting.push(message)
    this.#waitingBytes += message.length
    if (this.#state === 'open') this.#readOn()
    else if (this.#waiting.length > this.#options.limit || this.#waitingBytes > MAX_WAITING_BYTES)
      this.#options.fail(CLOSE.tooManyErrors, 'request/rate-limited')
  }

  /** From now on commands are handled, those that wait first. */
  open(): void {
    if (this.#state !== 'waiting') return
    this.#state = 'open'
    this.#readOn()
  }

  close(): void {
    this.#state = 'closed'
    this.#waiting.length = 0
  }

  #readOn(): void {
    while (this.#state === 'open') {
      const next = this.#waiting.shift()
      if (!next) return
      this.#waitingBytes -= next.length
      if (next.length < LARGE_BYTES) this.#guarded(() => this.#handle(readCommand(next.toString())))
      else this.#read(readLargeCommand(next))
    }
  }

  #read(reading: ReturnType<typeof readLargeCommand>): void {
    this.#guarded(() => {
      const { done, value } = reading.next()
      this.#state = done ? 'open' : 'reading'
      if (done) return this.#handle(value)
      setImmediate(() => {
        if (this.#state !== 'reading') return
        this.#read(reading)
        this.#readOn()
      })
    })
  }

  #handle(command: Command | TandemError | null): void {
    if (command === null) this.#options.fail(CLOSE.malformed, 'request/malformed: not a CDP command')
    else this.#options.handle(command)
  }

  #guarded(work: () => void): void {
    try {
      work()
    } catch (error) {
      if (error instanceof SyntaxError) this.#options.fail(CLOSE.malformed, 'request/malformed: not JSON')
      else this.#options.broken(error)
    }
  }
}
