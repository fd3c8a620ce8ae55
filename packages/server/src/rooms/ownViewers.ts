/** Our own viewers with the rung `room`: in the room they only watch, and steer by their own sockets. */
import { VIEWER_IDENTITY_PREFIX } from '@tandem/protocol'

export class OwnViewers {
  readonly #codecs = new Map<string, readonly string[]>()

  /** Under which it is in the room. */
  static identity(viewerId: string): string {
    return VIEWER_IDENTITY_PREFIX + viewerId
  }

  get size(): number {
    return this.#codecs.size
  }

  get identities(): string[] {
    return [...this.#codecs.keys()].map(OwnViewers.identity)
  }

  /** What all of them decode, as far as they say: of `av1` and `vp8`, best first. */
  get codecs(): string[] {
    const lists = [...this.#codecs.values()].filter((codecs) => codecs.length > 0).map((codecs) => codecs.map((name) => name.toLowerCase()))
    const all = (...names: string[]): boolean => lists.every((list) => list.some((codec) => names.some((name) => codec.includes(name))))
    return [...(all('av1', 'av0') ? ['av1'] : []), ...(all('vp8') ? ['vp8'] : [])]
  }

  has(viewerId: string): boolean {
    return this.#codecs.has(viewerId)
  }

  /** `codecs` that it decodes, best first, as WebCodecs names them; empty: it does not say. */
  add(viewerId: string, codecs: readonly string[]): void {
    this.#codecs.set(viewerId, codecs)
  }

  /** False: it was not there. */
  remove(viewerId: string): boolean {
    return this.#codecs.delete(viewerId)
  }
}
