/** One immutable value and who wants to know of it. Changes of one turn of the event loop are told once, in a microtask. */
export class Store<T extends object> {
  #value: T
  #told = true
  readonly #listeners = new Set<() => void>()

  constructor(value: T) {
    this.#value = value
  }

  get value(): T {
    return this.#value
  }

  /** Makes a new value of the old and the patch; a patch that changes nothing makes none. */
  patch(patch: Partial<T>): void {
    const changed = Object.entries(patch).some(([key, value]) => !Object.is(this.#value[key as keyof T], value))
    if (!changed) return
    this.#value = Object.freeze({ ...this.#value, ...patch })
    if (!this.#told) return
    this.#told = false
    queueMicrotask(() => {
      this.#told = true
      for (const listener of [...this.#listeners]) listener()
    })
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  clear(): void {
    this.#listeners.clear()
  }
}
