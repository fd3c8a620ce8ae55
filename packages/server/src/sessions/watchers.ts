/**
 * The people who watch one session: who they are, and how each is told something. It knows no sockets:
 * `live/` gives it Watchers. At most one connection carries a viewer id; a newer one replaces it.
 */
import { CLOSE } from '@tandem/protocol'
import type { LiveEvent, LiveEventData, Viewer, ViewerStats } from '@tandem/protocol'
import type { Principal } from '../access/principal.ts'

/** How packets reach one viewer. */
export interface MediaOutlet {
  /** Bytes that the network has not taken yet. */
  readonly backlog: number
  /** A whole WebSocket frame, the same bytes for all. */
  send(frame: Buffer): void
  /** Calls back when all that was sent so far is there; never, when the socket ends before. */
  whenReached(callback: () => void): void
}

/** Where a viewer came from, and by what. */
export interface Arrival {
  readonly principal: Principal
  /** As the server or a trusted proxy sees it. */
  readonly address: string | null
  readonly userAgent: string | null
  /** `https://host/path`: where it reaches this server. */
  readonly base: string
}

export interface Watcher {
  readonly viewer: Viewer
  readonly arrival: Arrival
  readonly media: MediaOutlet
  /** What it measured last; null until it says. */
  readonly stats: ViewerStats | null
  /** Sends hello: always the first message. */
  welcome(): void
  send<E extends LiveEvent>(event: E, data: LiveEventData<E>): void
  /** An event already in its wire form, made once for all. */
  sendText(event: LiveEvent, text: string): void
  /** Tells the viewer that its picture is hidden, or why no longer, when that is news. */
  blank(reason: string | null): void
  close(code: number, reason: string): void
}

export class Watchers {
  readonly #byId = new Map<string, Watcher>()

  get size(): number {
    return this.#byId.size
  }

  get(viewerId: string): Watcher | undefined {
    return this.#byId.get(viewerId)
  }

  /** It is here, and no newer connection of the same viewer in its place. */
  has(watcher: Watcher): boolean {
    return this.#byId.get(watcher.viewer.id) === watcher
  }

  viewers(): Viewer[] {
    return [...this.#byId.values()].map((watcher) => watcher.viewer)
  }

  all(): Watcher[] {
    return [...this.#byId.values()]
  }

  /** How many came by this share link. */
  byLink(linkId: string): number {
    return this.all().filter(({ arrival }) => arrival.principal.link?.id === linkId).length
  }

  add(watcher: Watcher): void {
    const older = this.#byId.get(watcher.viewer.id)
    this.#byId.set(watcher.viewer.id, watcher)
    older?.close(CLOSE.replaced, 'this viewer connected anew')
  }

  /** False when a newer connection has the id: then the viewer has not left. */
  remove(watcher: Watcher): boolean {
    return this.has(watcher) && this.#byId.delete(watcher.viewer.id)
  }

  broadcast<E extends LiveEvent>(event: E, data: LiveEventData<E>): void {
    if (this.#byId.size === 0) return
    const text = JSON.stringify({ event, data })
    for (const watcher of this.#byId.values()) watcher.sendText(event, text)
  }

  close(code: number, reason: string): void {
    for (const watcher of this.all()) watcher.close(code, reason)
  }
}
