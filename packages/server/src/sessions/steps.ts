/**
 * Steps: while one of the agent's runs, which it declares, a takeover waits for it; each ends by itself after its
 * time-out. While one of the human's runs, such as a navigation, a handback waits for it.
 */
import { randomUUID } from 'node:crypto'
import { TandemError } from '@tandem/protocol'
import type { Step } from '@tandem/protocol'
import type { Control } from '../control/control.ts'
import type { Clock } from '../control/types.ts'

const MAX_RUNNING = 100

export class Steps {
  readonly #control: Control
  readonly #clock: Clock
  readonly #running = new Map<string, () => void>()

  constructor(control: Control, clock: Clock) {
    this.#control = control
    this.#clock = clock
  }

  /** @throws TandemError `control/human-driving`, `request/rate-limited` */
  start(label: string, timeoutMs: number): Step {
    if (this.#control.fenced) throw new TandemError('control/human-driving', undefined, { holder: this.#control.info.driver, since: this.#control.info.since })
    if (this.#running.size >= MAX_RUNNING) throw new TandemError('request/rate-limited', `${MAX_RUNNING} steps run in this session. End one first.`)
    const step: Step = { id: `stp_${randomUUID()}`, label, started_at: new Date(this.#clock.now()).toISOString() }
    this.#running.set(
      step.id,
      this.#clock.after(timeoutMs, () => this.end(step.id)),
    )
    this.#control.stepStarted(step.id)
    return step
  }

  /** A handback waits for this, which the human has begun. */
  async ofHuman<T>(work: Promise<T>): Promise<T> {
    const id = `stp_${randomUUID()}`
    this.#control.stepStarted(id, 'human')
    try {
      return await work
    } finally {
      this.#control.stepEnded(id)
    }
  }

  /** Ending a step twice, or one that timed out, does nothing. */
  end(id: string): void {
    const stopClock = this.#running.get(id)
    if (!stopClock) return
    this.#running.delete(id)
    stopClock()
    this.#control.stepEnded(id)
  }

  close(): void {
    for (const id of [...this.#running.keys()]) this.end(id)
  }
}
