/**
 * Chance that can be had again: the same seed makes the same messages. `FUZZ_SEED` and `FUZZ_MS` change a run. Each run of the
 * suite has a seed of its own, so that many short ones reach what one long one does.
 */
export const FUZZ_MS = Number(process.env['FUZZ_MS'] ?? 4_000)

export class Chance {
  readonly seed = Number(process.env['FUZZ_SEED'] ?? Math.floor(Math.random() * 2 ** 31))
  #state = this.seed

  /** From 0 to 1 (mulberry32). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }

  below(limit: number): number {
    return Math.floor(this.next() * limit)
  }

  one<T>(items: readonly T[]): T {
    const item = items[this.below(items.length)]
    if (item === undefined) throw new Error('nothing to choose from')
    return item
  }

  /** A value of any kind, with the ones that programs stumble over. */
  value(depth = 0): unknown {
    const simple: unknown[] = [
      null,
      true,
      false,
      0,
      -1,
      1.5,
      2 ** 53,
      -(2 ** 31),
      1e308,
      '',
      'a',
      '\u0000',
      '\ud800',
      '💥'.repeat(50),
      '__proto__',
      'x'.repeat(this.below(5_000)),
      '../../etc/passwd',
      'javascript:1',
      "' or 1=1",
    ]
    if (depth > 3 || this.next() < 0.6) return this.one(simple)
    if (this.next() < 0.5) return Array.from({ length: this.below(6) }, () => this.value(depth + 1))
    return Object.fromEntries(
      Array.from({ length: this.below(6) }, () => [
        this.one(['id', 'method', 'params', 'constructor', '__proto__', 'events', 'url', 'sessionId', 'x']),
        this.value(depth + 1),
      ]),
    )
  }

  /** A message that was valid, with one thing in it changed; or its text broken. */
  mutated(message: object): string {
    const copy: Record<string, unknown> = structuredClone({ ...message })
    if (this.next() < 0.8) this.#change(copy)
    const text = JSON.stringify(copy)
    if (this.next() < 0.9) return text
    const at = this.below(text.length)
    return this.one([text.slice(0, at), text.slice(0, at) + String.fromCharCode(this.below(0xffff)) + text.slice(at), text + text])
  }

  #change(object: Record<string, unknown>): void {
    const keys = Object.keys(object)
    const key = keys.length > 0 && this.next() < 0.9 ? this.one(keys) : 'extra'
    const value = object[key]
    // Down to where the interesting fields are, most of the time.
    if (typeof value === 'object' && value !== null && !Array.isArray(value) && this.next() < 0.7) return this.#change(Object.assign(value))
    if (this.next() < 0.2) delete object[key]
    else object[key] = this.value()
  }
}
