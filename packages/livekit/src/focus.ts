/**
 * Who may steer the page: nobody, a participant of the room, or the agent. Pure: it decides and tells; browserSession.ts
 * carries it into the room. A participant gets what is free or the agent's, never another participant's.
 */
import { EventEmitter } from 'node:events'

/** Stands for the agent where an identity stands. */
export const AGENT = '__agent__'

export interface FocusEvents {
  /** Who holds it from now on, and who did before. */
  changed: [identity: string | null, before: string | null]
  /** A participant has taken it from the agent. */
  agentInterrupted: [identity: string]
}

export class Focus extends EventEmitter<FocusEvents> {
  #identity: string | null = null
  #interrupted = false

  get identity(): string | null {
    return this.#identity
  }

  /** A participant has taken it from the agent, who has not reclaimed it since. */
  get agentInterrupted(): boolean {
    return this.#interrupted
  }

  /** Answers whether this participant has it now by this call. */
  request(identity: string): boolean {
    // A participant of that name is no agent.
    if (identity === AGENT || (this.#identity !== null && this.#identity !== AGENT)) return false
    const interrupts = this.#identity === AGENT
    this.#set(identity)
    if (interrupts) {
      this.#interrupted = true
      this.emit('agentInterrupted', identity)
    }
    return true
  }

  /** Answers whether it was this participant's. */
  release(identity: string): boolean {
    if (identity === AGENT || this.#identity !== identity) return false
    this.#set(null)
    return true
  }

  /** The agent takes what is free, or gives up what it has. */
  setAgent(focused: boolean): void {
    if (focused && this.#identity === null) this.#set(AGENT)
    else if (!focused && this.#identity === AGENT) this.#set(null)
  }

  /** The agent has it from now on, whoever had it. */
  reclaim(): void {
    this.#interrupted = false
    if (this.#identity !== AGENT) this.#set(AGENT)
  }

  #set(identity: string | null): void {
    const before = this.#identity
    this.#identity = identity
    this.emit('changed', identity, before)
  }
}
