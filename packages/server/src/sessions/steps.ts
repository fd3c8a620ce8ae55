/**
 * Steps: while one of the agent's runs, which it declares, a takeover waits for it; each ends by itself after its
 * time-out, and when whoever declared it is gone or answers nothing any more. While one of the human's runs, such as a navigation, a handback waits for it.
 */
import { randomUUID } from 'node:crypto'
import { TandemError } from '@tandem/protocol'
import type { Step } from '@tandem/protocol'
import type { Control } from '../control/control.ts'
import type { Clock } from '../control/types.ts'
import type { AgentClient } from '../gateway/gateway.ts'

const MAX_RUNNING = 100

type Agents = readonly Pick<AgentClient, 'credential' | 'silent'>[]

interface RunningStep {
  stopClock: () => void
  credential: string
  /** Who has been there since it began. An agent may work by REST alone: then nothing is known of its end. */
  seen: Set<string>
}

export class Steps {
  readonly #control: Control
  readonly #clock: Clock
  readonly #running = new Map<string, RunningStep>()
  #agents: Agents = []

  constructor(control: Control, clock: Clock) {
    this.#control = control
    this.#clock = clock
  }

  /** @param credential Whose it is. @throws TandemError `control/human-driving`, `request/rate-limited` */
  start(label: string, timeoutMs: number, credential: string): Step {
    if (this.#control.fenced) throw new TandemError('control/human-driving', undefined, { holder: this.#control.info.driver, since: this.#control.info.since })
    if (this.#running.size >= MAX_RUNNING) throw new TandemError('request/rate-limited', `${MAX_RUNNING} steps run in this session. End one first.`)
    const step: Step = { id: `stp_${randomUUID()}`, label, started_at: new Date(this.#clock.now()).toISOString() }
    const stopClock = this.#clock.after(timeoutMs, () => this.end(step.id))
    this.#running.set(step.id, { stopClock, credential, seen: new Set(this.#answering) })
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
    const step = this.#running.get(id)
    if (!step) return
    this.#running.delete(id)
    step.stopClock()
    this.#control.stepEnded(id)
  }

  /** The gateway's clients came, went, fell silent or answer again. */
  setAgents(agents: Agents): void {
    this.#agents = agents
    const answering = this.#answering
    for (const [id, { credential, seen }] of this.#running) {
      for (const one of answering) seen.add(one)
      const isAbandoned = seen.has(credential) ? !answering.has(credential) : seen.size > 0 && answering.size === 0
      if (isAbandoned) this.end(id)
    }
  }

  get #answering(): Set<string> {
    return new Set(this.#agents.filter(({ silent }) => !silent).map(({ credential }) => credential))
  }

  close(): void {
    for (const id of [...this.#running.keys()]) this.end(id)
  }
}
