/** The commands of one client that Chromium has not answered yet, by the id under which they were sent. */
import type { Addressed } from './refusals.ts'

export interface SentCommand extends Addressed {
  /** A takeover waits for it, and cuts it. */
  fenced: boolean
  /** The session in Chromium: the root session has an id there. */
  wireSessionId: string
  /** Where the client would keep a refusal. */
  kept: { contextId: unknown } | null
  /** When it was sent, ms of `performance.now()`. */
  at: number
  /** Called once when it is in flight no more. */
  settled: (() => void) | undefined
}

export class InFlight {
  readonly #sent = new Map<number, SentCommand>()
  readonly #onSettled: () => void
  #fenced = 0

  /** `onSettled` is called when no fenced command is left. */
  constructor(onSettled: () => void) {
    this.#onSettled = onSettled
  }

  get size(): number {
    return this.#sent.size
  }

  /** How many a takeover has to wait for. */
  get fenced(): number {
    return this.#fenced
  }

  add(wireId: number, command: SentCommand): void {
    this.#sent.set(wireId, command)
    if (command.fenced) this.#fenced++
  }

  /** The command that was answered; it is in flight no more. */
  take(wireId: number): SentCommand | undefined {
    const command = this.#sent.get(wireId)
    if (!command) return undefined
    this.#sent.delete(wireId)
    command.settled?.()
    if (command.fenced && --this.#fenced === 0) this.#onSettled()
    return command
  }

  /** Takes all that match; their answers are not waited for any more. */
  takeAll(matches: (command: SentCommand) => boolean): [wireId: number, command: SentCommand][] {
    const taken = [...this.#sent].filter(([, command]) => matches(command))
    for (const [wireId] of taken) this.take(wireId)
    return taken
  }
}
