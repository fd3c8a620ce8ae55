/**
 * Viewers whose connection was lost a short while ago: they may come back as who they were, and their picture and their
 * wheel are kept for that. Whoever sends them away meanwhile finds here who they were. Knows no sockets.
 */
import type { Clock } from '../control/types.ts'
import type { Watcher } from './watchers.ts'

/** Longer than anything is kept for somebody's return. */
export const LOST_KEPT_MS = 60_000

export class LostViewers {
  readonly #clock: Clock
  readonly #byId = new Map<string, { watcher: Watcher; stopClock: () => void }>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  add(watcher: Watcher): void {
    const { id } = watcher.viewer
    this.remove(id)
    this.#byId.set(id, { watcher, stopClock: this.#clock.after(LOST_KEPT_MS, () => this.#byId.delete(id)) })
  }

  get(viewerId: string): Watcher | undefined {
    return this.#byId.get(viewerId)?.watcher
  }

  all(): Watcher[] {
    return [...this.#byId.values()].map(({ watcher }) => watcher)
  }

  /** It is back, or may not come back. */
  remove(viewerId: string): void {
    this.#byId.get(viewerId)?.stopClock()
    this.#byId.delete(viewerId)
  }

  close(): void {
    for (const id of [...this.#byId.keys()]) this.remove(id)
  }
}
