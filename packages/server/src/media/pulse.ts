/** Whether the capture page answers while somebody watches by it: one that does not shows an old picture. */
import type { CaptureCommands } from '@tandem/protocol'
import type { Clock } from '../control/types.ts'

const PING_EVERY_MS = 2_000
const PING_TIMEOUT_MS = 3_000

export interface PulseOptions {
  capture(): CaptureCommands
  clock: Clock
  /** Why the picture may be old, for people; null: it moves again. */
  changed(reason: string | null): void
}

export class Pulse {
  readonly #options: PulseOptions
  #stalled: string | null = null
  #stop: (() => void) | null = null

  constructor(options: PulseOptions) {
    this.#options = options
  }

  get stalled(): string | null {
    return this.#stalled
  }

  run(wanted: boolean): void {
    if (wanted) return this.#next()
    this.#stop?.()
    this.#stop = null
    this.reset()
  }

  /** What was said of the page before it was lost counts no more. */
  reset(): void {
    this.#set(null)
  }

  #next(): void {
    this.#stop ??= this.#options.clock.after(PING_EVERY_MS, () => void this.#ping())
  }

  async #ping(): Promise<void> {
    const reason = await new Promise<string | null>((resolve) => {
      const stopClock = this.#options.clock.after(PING_TIMEOUT_MS, () => resolve('The browser does not answer; the picture may be old.'))
      const settle = (outcome: string | null): void => {
        stopClock()
        resolve(outcome)
      }
      const ask = async (): Promise<unknown> => this.#options.capture().ping()
      ask().then(
        () => settle(null),
        () => settle('The capture page is gone; it is being made anew.'),
      )
    })
    if (this.#stop === null) return
    this.#set(reason)
    this.#stop = null
    this.#next()
  }

  #set(reason: string | null): void {
    if (reason === this.#stalled) return
    this.#stalled = reason
    this.#options.changed(reason)
  }
}
