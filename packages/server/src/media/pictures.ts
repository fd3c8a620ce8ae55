/**
 * Rung `jpeg`: whole pictures from the browser's screencast, for viewers that decode no video, and where no capture page
 * runs. Each viewer has a few pictures on their way, as many as do not wait behind each other (`sendWindow.ts`), and gets
 * the newest when one has arrived: a slow one sees fewer, none sees old ones. Neighbours: the screencast (`media` events
 * of kind `picture`), `media.ts`.
 */
import { randomUUID } from 'node:crypto'
import { KEY_FRAME_EVERY_MS, TandemError } from '@tandem/protocol'
import type { Quality } from '@tandem/protocol'
import type { Watcher } from '../sessions/watchers.ts'
import type { Feed, FeedOptions, StartOptions } from './feed.ts'
import type { Packet } from './packet.ts'
import { highestQuality } from './rungs.ts'
import { SendWindow } from './sendWindow.ts'
import { Wish } from './wish.ts'

interface Subscription {
  id: string
  watcher: Watcher
  quality: Quality
  /** The viewer knows its id. */
  open: boolean
  paused: boolean
  hidden: boolean
  /** Pictures on their way to it. */
  readonly window: SendWindow
  /** The last one that it was sent. */
  sent: Packet | null
}

export interface PicturesOptions extends FeedOptions {
  screencast(options: { quality: Quality } | null): Promise<void>
}

export class Pictures implements Feed {
  readonly rung = 'jpeg'
  readonly #options: PicturesOptions
  readonly #subscriptions = new Map<string, Subscription>()
  readonly #wish: Wish<{ quality: Quality }>
  #newest: Packet | null = null
  #renewedAt = Number.NEGATIVE_INFINITY
  #renewing: (() => void) | null = null

  constructor(options: PicturesOptions) {
    this.#options = options
    this.#wish = new Wish((wanted) => options.screencast(wanted), options.clock)
  }

  carries(watcher: Watcher): boolean {
    return this.#of(watcher) !== undefined
  }

  has(watcher: Watcher, id: string): boolean {
    return this.#subscriptions.get(id)?.watcher === watcher
  }

  async start(watcher: Watcher, { quality }: StartOptions): Promise<string> {
    this.leave(watcher)
    const hidden = this.#options.blankReason(watcher.viewer.id) !== null
    const subscription: Subscription = {
      id: `pictures_${randomUUID()}`,
      watcher,
      quality,
      open: false,
      paused: false,
      hidden,
      window: new SendWindow(),
      sent: null,
    }
    this.#subscriptions.set(subscription.id, subscription)
    try {
      await this.#wish.set(this.#wanted())
    } catch (error) {
      this.#end(subscription)
      throw error
    }
    if (!this.#subscriptions.has(subscription.id)) throw new TandemError('media/no-peer')
    this.#options.changed()
    // After the reply with the id, which is written in the microtasks that follow.
    setImmediate(() => {
      subscription.open = true
      this.#give(subscription)
    })
    return subscription.id
  }

  pause(id: string, paused: boolean): void {
    const subscription = this.#subscriptions.get(id)
    if (!subscription) return
    subscription.paused = paused
    // Whoever comes back is shown the picture that is there, also when it is the one that they had.
    if (paused) subscription.sent = null
    this.#apply()
    this.#give(subscription)
  }

  quality(id: string, quality: Quality): void {
    const subscription = this.#subscriptions.get(id)
    if (!subscription) return
    subscription.quality = quality
    this.#apply()
  }

  stop(id: string): void {
    const subscription = this.#subscriptions.get(id)
    if (subscription) this.#end(subscription)
  }

  leave(watcher: Watcher): void {
    const subscription = this.#of(watcher)
    if (subscription) this.#end(subscription)
  }

  lose(watcher: Watcher): void {
    this.leave(watcher)
  }

  applyBlank(): void {
    // Drawn while something is hidden from some: nobody is shown it later.
    if (this.#options.blankReason('') !== null) this.#newest = null
    let shown = false
    for (const subscription of this.#subscriptions.values()) {
      const hidden = this.#options.blankReason(subscription.watcher.viewer.id) !== null
      if (subscription.hidden && !hidden) shown = true
      subscription.hidden = hidden
    }
    this.#apply()
    if (shown) this.#renew()
  }

  /** A whole picture, to everybody who has room for it. */
  packet(packet: Packet): void {
    for (const subscription of this.#subscriptions.values()) this.#send(subscription, packet)
    // Kept for those who are not ready for it yet; while something is hidden from one viewer, for none.
    this.#newest = this.#wish.wanted !== null && this.#options.blankReason('') === null ? packet : null
  }

  /** The browser is gone; pictures come again with the next one. */
  lost(): void {
    this.#newest = null
    this.#wish.forget()
  }

  back(): void {
    this.#apply()
  }

  close(): void {
    this.#renewing?.()
    this.#subscriptions.clear()
  }

  #give(subscription: Subscription): void {
    if (this.#newest) this.#send(subscription, this.#newest)
  }

  #send(subscription: Subscription, packet: Packet): void {
    if (!subscription.open || subscription.paused || subscription.hidden || subscription.sent === packet) return
    if (!subscription.window.hasRoom(packet.frame.length)) {
      // Of those that come meanwhile only the newest is sent.
      this.#options.metrics.frameDropped('jpeg')
      return
    }
    const { clock } = this.#options
    const arrived = subscription.window.send(packet.frame.length, clock.elapsed())
    subscription.sent = packet
    const { media } = subscription.watcher
    media.send(packet.frame)
    media.whenReached(() => {
      arrived(clock.elapsed())
      if (this.#subscriptions.get(subscription.id) === subscription) this.#give(subscription)
    })
  }

  /** A page at rest sends nothing by itself: its picture is asked for anew, at most so often for all. */
  #renew(): void {
    if (this.#renewing) return
    const { clock, log } = this.#options
    const run = (): void => {
      this.#renewing = null
      this.#renewedAt = clock.now()
      this.#wish.renew().catch((error: unknown) => log.debug({ err: error }, 'the screencast did not begin anew'))
    }
    const wait = this.#renewedAt + KEY_FRAME_EVERY_MS - clock.now()
    if (wait <= 0) run()
    else this.#renewing = clock.after(wait, run)
  }

  #apply(): void {
    const wanted = this.#wanted()
    if (wanted === null) this.#newest = null
    this.#wish.set(wanted).catch((error: unknown) => {
      this.#options.log.warn({ err: error }, 'the screencast did not begin')
      for (const subscription of [...this.#subscriptions.values()]) {
        subscription.watcher.send('media.ended', { peerId: subscription.id, reason: 'No pictures can be taken of the page.', retry: true })
        this.#end(subscription)
      }
    })
  }

  #wanted(): { quality: Quality } | null {
    const active = [...this.#subscriptions.values()].filter(({ paused, hidden }) => !paused && !hidden)
    return active.length === 0 ? null : { quality: highestQuality(active.map(({ quality }) => quality)) }
  }

  #of(watcher: Watcher): Subscription | undefined {
    for (const subscription of this.#subscriptions.values()) if (subscription.watcher === watcher) return subscription
    return undefined
  }

  #end(subscription: Subscription): void {
    this.#subscriptions.delete(subscription.id)
    this.#apply()
    this.#options.changed()
  }
}
