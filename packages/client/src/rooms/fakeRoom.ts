/** A Room for unit tests: what was published, and events that a test makes up. No network. */
import type { Room } from 'livekit-client'

export interface Published {
  packet: Record<string, unknown>
  reliable: boolean
}

export class FakeRoom {
  readonly published: Published[] = []
  readonly #listeners = new Map<string, Set<(...args: unknown[]) => void>>()
  state = 'connected'
  readonly localParticipant = {
    publishData: (bytes: Uint8Array, { reliable = false }: { reliable?: boolean } = {}): Promise<void> => {
      this.published.push({ packet: JSON.parse(new TextDecoder().decode(bytes)), reliable })
      return Promise.resolve()
    },
  }

  /** What the parts under test use of it is here. */
  get asRoom(): Room {
    return this as unknown as Room
  }

  on(event: string, listener: (...args: unknown[]) => void): this {
    const set = this.#listeners.get(event) ?? new Set()
    this.#listeners.set(event, set.add(listener))
    return this
  }

  off(event: string, listener: (...args: unknown[]) => void): this {
    this.#listeners.get(event)?.delete(listener)
    return this
  }

  emit(event: string, ...args: unknown[]): void {
    for (const listener of [...(this.#listeners.get(event) ?? [])]) listener(...args)
  }

  /** A data packet of somebody. */
  receive(packet: object | string, identity = 'tandem-browser', topic?: string): void {
    const bytes = new TextEncoder().encode(typeof packet === 'string' ? packet : JSON.stringify(packet))
    this.emit('dataReceived', bytes, { identity }, 0, topic)
  }

  take(): Published[] {
    return this.published.splice(0)
  }
}
