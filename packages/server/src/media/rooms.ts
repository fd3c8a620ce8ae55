/**
 * Rung `room`: the picture comes from the LiveKit room of the session. Keeps who of our viewers watches by it, tells each
 * how to join, and has them removed at the SFU when they may not watch any more. It carries no packet; `rooms/room.ts`
 * has the browser in the room while somebody is in here.
 */
import { randomUUID } from 'node:crypto'
import { TandemError } from '@tandem/protocol'
import type { Room } from '../rooms/room.ts'
import type { Watcher } from '../sessions/watchers.ts'
import type { Feed, FeedOptions, StartOptions } from './feed.ts'
import { PEER_GRACE_MS } from './peers.ts'

interface Subscription {
  id: string
  watcher: Watcher
  /** Cancels the end of one whose viewer's socket was lost. */
  keep: (() => void) | null
}

export interface RoomFeedOptions extends Pick<FeedOptions, 'watchers' | 'clock' | 'log' | 'changed'> {
  /** Null: this server has no rooms. */
  room: Room | null
}

export class RoomFeed implements Feed {
  readonly rung = 'room'
  readonly #options: RoomFeedOptions
  readonly #subscriptions = new Map<string, Subscription>()

  constructor(options: RoomFeedOptions) {
    this.#options = options
    options.room?.events.on('offered', options.changed)
    options.room?.events.on('back', () => this.#again())
  }

  /** The capture page publishes. */
  get active(): boolean {
    return this.#options.room?.describe()?.state === 'live'
  }

  /** Why a viewer cannot have it; null when it can. */
  refusal(viewerId: string, blankReason: (viewerId: string) => string | null): string | null {
    const { room } = this.#options
    if (!room) return 'This server runs no LiveKit server.'
    if (room.refusal !== null) return room.refusal
    // The others see that nothing is to be seen; this one types.
    return room.blanked && blankReason(viewerId) === null ? 'The picture in the room is hidden from everybody while you type a secret.' : null
  }

  /** Participants of the room who came by REST watch by it as well. */
  carries(watcher: Watcher): boolean {
    return this.#of(watcher) !== undefined || this.#options.room?.people.get(watcher.viewer.id) === watcher
  }

  has(watcher: Watcher, id: string): boolean {
    return this.#subscriptions.get(id)?.watcher === watcher
  }

  async start(watcher: Watcher, { codecs = [] }: StartOptions): Promise<string> {
    const { room, watchers, changed } = this.#options
    if (!room) throw new TandemError('media/rung-unavailable')
    const before = this.#of(watcher)
    const info = await this.#info(room, watcher)
    // Whoever may not watch any more, and was sent out of the room, must not be let in again by what was asked before.
    if (!watchers.has(watcher)) throw new TandemError('media/no-peer')
    if (before) this.#forget(before)
    const subscription: Subscription = { id: `room_${randomUUID()}`, watcher, keep: null }
    this.#subscriptions.set(subscription.id, subscription)
    room.add(watcher.viewer.id, codecs)
    changed()
    // The reply with the id is written in the microtasks that follow.
    setImmediate(() => {
      if (this.#subscriptions.has(subscription.id)) watcher.send('media.room', { peerId: subscription.id, ...info })
    })
    return subscription.id
  }

  /** The viewer takes the tracks or leaves them at the SFU, which sends nothing that nobody takes. */
  pause(): void {}
  quality(): void {}

  stop(id: string): void {
    const subscription = this.#subscriptions.get(id)
    if (subscription) this.#end(subscription)
  }

  leave(watcher: Watcher): void {
    const subscription = this.#of(watcher)
    if (subscription) this.#end(subscription)
  }

  /** The picture does not come by the socket: it may go on without, for a while. */
  lose(watcher: Watcher): void {
    const subscription = this.#of(watcher)
    if (!subscription) return
    subscription.keep?.()
    subscription.keep = this.#options.clock.after(PEER_GRACE_MS, () => this.#end(subscription))
  }

  /** A viewer whose socket was lost may not come back. */
  forget(viewerId: string): void {
    for (const subscription of [...this.#subscriptions.values()]) if (subscription.keep && subscription.watcher.viewer.id === viewerId) this.#end(subscription)
  }

  /** The viewer is back on another socket. */
  adopt(watcher: Watcher): void {
    for (const subscription of this.#subscriptions.values()) {
      if (subscription.watcher.viewer.id !== watcher.viewer.id) continue
      subscription.keep?.()
      subscription.keep = null
      subscription.watcher = watcher
    }
  }

  applyBlank(): void {
    this.#options.room?.applyBlank()
    this.#options.changed()
  }

  /** Viewers stay in the room while capture page and browser are made anew. */
  lost(): void {}
  back(): void {}

  close(): void {
    for (const { keep } of this.#subscriptions.values()) keep?.()
    this.#subscriptions.clear()
  }

  /** Its server was away, and everybody with it: a fresh token for each. */
  #again(): void {
    const { room, log } = this.#options
    if (!room) return
    for (const { id, watcher } of this.#subscriptions.values()) {
      this.#info(room, watcher).then(
        (info) => this.#subscriptions.has(id) && watcher.send('media.room', { peerId: id, ...info }),
        (error: unknown) => log.debug({ err: error }, 'a viewer was not told how to join the room again'),
      )
    }
  }

  #info(room: Room, { viewer, arrival }: Watcher): ReturnType<Room['watch']> {
    return room.watch(viewer.id, { name: viewer.name, base: arrival.base })
  }

  #of(watcher: Watcher): Subscription | undefined {
    for (const subscription of this.#subscriptions.values()) if (subscription.watcher === watcher) return subscription
    return undefined
  }

  #end(subscription: Subscription): void {
    this.#forget(subscription)
    this.#options.room?.remove(subscription.watcher.viewer.id)
    this.#options.changed()
  }

  #forget(subscription: Subscription): void {
    subscription.keep?.()
    this.#subscriptions.delete(subscription.id)
  }
}
