/** Typed events for pages and Node alike: `on` returns its undo, a listener that throws harms no other. */
export class Emitter<M extends object> {
  readonly #listeners = new Map<keyof M, Set<(data: never) => void>>()

  on<E extends keyof M>(event: E, listener: (data: M[E]) => void): () => void {
    let set = this.#listeners.get(event)
    if (!set) this.#listeners.set(event, (set = new Set()))
    set.add(listener)
    return () => void set.delete(listener)
  }

  emit<E extends keyof M>(event: E, data: M[E]): void {
    for (const listener of [...(this.#listeners.get(event) ?? [])]) {
      try {
        // Only `on` adds listeners, under their own event's name.
        ;(listener as (data: M[E]) => void)(data)
      } catch (error) {
        queueMicrotask(() => {
          throw error
        })
      }
    }
  }

  clear(): void {
    this.#listeners.clear()
  }
}
