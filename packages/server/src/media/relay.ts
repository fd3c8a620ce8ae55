/**
 * Rung `websocket`: one encode for all viewers of a session. Owns what is asked of the encoder (nothing while nobody
 * watches), the key frames, and who gets which packet. It never looks into a packet and never copies one.
 * Neighbours: the encoder in the capture page (`media` events of the browser), `subscriber.ts` for each viewer.
 */
import { randomUUID } from 'node:crypto'
import type { CaptureCommands, EncodeOptions, MediaConfig, Quality } from '@tandem/protocol'
import { TandemError } from '@tandem/protocol'
import type { Watcher } from '../sessions/watchers.ts'
import type { Feed, FeedOptions, StartOptions } from './feed.ts'
import { KeyFrames } from './keyFrames.ts'
import type { Packet } from './packet.ts'
import { commonCodecs, highestQuality } from './rungs.ts'
import { Subscriber } from './subscriber.ts'
import { Wish } from './wish.ts'

/** A viewer that is cut again and again costs the others a key frame this often at most. */
const SLOW_VIEWER_EVERY_MS = 2_000

export interface RelayOptions extends FeedOptions {
  capture(): CaptureCommands
}

export class Relay implements Feed {
  readonly rung = 'websocket'
  readonly #options: RelayOptions
  readonly #subscribers = new Map<string, Subscriber>()
  readonly #wish: Wish<EncodeOptions>
  readonly #keyFrames: KeyFrames
  readonly #configs: Record<'video' | 'audio', MediaConfig | null> = { video: null, audio: null }
  /** The newest picture, while that is a key frame: a joiner of a page at rest needs no other. */
  #newest: Packet | null = null

  constructor(options: RelayOptions) {
    this.#options = options
    const { clock, log, metrics } = options
    this.#wish = new Wish(async (wanted) => {
      // What was encoded in another way is nothing to begin from.
      this.#newest = null
      if (wanted) this.#keyFrames.expect()
      await options.capture().encode(wanted)
    }, clock)
    this.#keyFrames = new KeyFrames({
      clock,
      needed: () => [...this.#subscribers.values()].some((subscriber) => subscriber.waiting),
      ask: () => {
        metrics.keyFrameAsked()
        const run = async (): Promise<void> => options.capture().keyFrame()
        run().catch((error: unknown) => log.debug({ err: error }, 'no key frame was made'))
      },
    })
  }

  /** Somebody gets packets, or would. */
  get active(): boolean {
    return this.#wish.wanted !== null
  }

  carries(watcher: Watcher): boolean {
    return this.#of(watcher) !== undefined
  }

  has(watcher: Watcher, id: string): boolean {
    return this.#subscribers.get(id)?.watcher === watcher
  }

  async start(watcher: Watcher, { codecs, audio, quality }: StartOptions): Promise<string> {
    this.leave(watcher)
    const wanted = codecs && codecs.length > 0 ? codecs.map(codecFamily) : null
    if (commonCodecs([wanted, ...this.#wishes()]).length === 0) {
      throw new TandemError('media/rung-unavailable', 'This viewer decodes none of the codecs that the others of this session share.')
    }
    const subscriber = new Subscriber({ id: `video_${randomUUID()}`, watcher, codecs: wanted, audio, quality })
    subscriber.hide(this.#options.blankReason(watcher.viewer.id) !== null)
    this.#subscribers.set(subscriber.id, subscriber)
    try {
      await this.#wish.set(this.#wanted())
    } catch (error) {
      this.#end(subscriber)
      throw error
    }
    // The viewer left, or asked again, while the encoder began.
    if (!this.#subscribers.has(subscriber.id)) throw new TandemError('media/no-peer')
    this.#options.changed()
    // The reply with the id is written in the microtasks that follow; only then may packets go out.
    setImmediate(() => {
      subscriber.open()
      this.#begin(subscriber)
    })
    return subscriber.id
  }

  pause(id: string, paused: boolean): void {
    const subscriber = this.#subscribers.get(id)
    if (!subscriber) return
    subscriber.pause(paused)
    this.#apply()
    this.#begin(subscriber)
  }

  quality(id: string, quality: Quality): void {
    const subscriber = this.#subscribers.get(id)
    if (!subscriber) return
    subscriber.quality = quality
    this.#apply()
  }

  /** The viewer cannot go on from where it is; the key frame that it had may be what it could not read. */
  keyFrame(id: string): void {
    const subscriber = this.#subscribers.get(id)
    subscriber?.restart()
    if (subscriber?.waiting) this.#keyFrames.want()
  }

  stop(id: string): void {
    const subscriber = this.#subscribers.get(id)
    if (subscriber) this.#end(subscriber)
  }

  leave(watcher: Watcher): void {
    const subscriber = this.#of(watcher)
    if (subscriber) this.#end(subscriber)
  }

  /** Packets travel on the socket that was lost: the viewer asks anew when it is back. */
  lose(watcher: Watcher): void {
    this.leave(watcher)
  }

  applyBlank(): void {
    const { blankReason } = this.#options
    // Drawn while something is hidden from some: nobody is shown it later.
    if (blankReason('') !== null) this.#newest = null
    const shown: Subscriber[] = []
    for (const subscriber of this.#subscribers.values()) {
      const before = subscriber.active
      subscriber.hide(blankReason(subscriber.watcher.viewer.id) !== null)
      if (subscriber.active && !before) shown.push(subscriber)
    }
    this.#apply()
    for (const subscriber of shown) this.#begin(subscriber)
  }

  /** The encoder tells how its packets are decoded. */
  configure(config: MediaConfig): void {
    this.#configs[config.kind] = config
    if (config.kind === 'video') this.#newest = null
    for (const subscriber of this.#subscribers.values()) subscriber.tell(config)
  }

  /** A packet of the encoder, to everybody who may have it. */
  packet(packet: Packet): void {
    if (packet.kind === 'video') {
      if (packet.keyFrame) this.#keyFrames.came()
      // While something is hidden from one viewer its pictures are kept for none.
      this.#newest = packet.keyFrame && this.active && this.#options.blankReason('') === null ? packet : null
    }
    const now = this.#options.clock.now()
    for (const subscriber of this.#subscribers.values()) this.#give(subscriber, packet, now)
  }

  /** Viewers keep their subscriptions while the capture page is made anew: the next key frame brings them back. */
  lost(reason: string, retry: boolean): void {
    this.#newest = null
    this.#configs.video = null
    this.#configs.audio = null
    this.#wish.forget()
    for (const subscriber of this.#subscribers.values()) subscriber.restart()
    if (!retry) this.#endAll(reason, false)
  }

  back(): void {
    this.#apply()
  }

  /** The encoder has given up. */
  failed(): void {
    this.#endAll('The video encoder of this session fails.', false)
  }

  close(): void {
    this.#keyFrames.close()
    for (const subscriber of this.#subscribers.values()) subscriber.end()
    this.#subscribers.clear()
  }

  #give(subscriber: Subscriber, packet: Packet, now: number): void {
    if (packet.kind !== 'picture') subscriber.tell(this.#configs[packet.kind])
    const outcome = subscriber.take(packet, now)
    if (outcome === 'sent' || outcome === 'idle') return
    const { metrics } = this.#options
    metrics.frameDropped('websocket')
    if (outcome !== 'cut') return
    metrics.viewerCut('websocket')
    subscriber.whenCaughtUp(() => this.#caughtUp(subscriber))
  }

  #caughtUp(subscriber: Subscriber): void {
    const { clock } = this.#options
    const wait = subscriber.cutServedAt + SLOW_VIEWER_EVERY_MS - clock.now()
    const serve = (): void => {
      if (!subscriber.waiting) return
      subscriber.cutServedAt = clock.now()
      this.#begin(subscriber)
    }
    if (wait <= 0) serve()
    else clock.after(wait, serve)
  }

  /** From the picture that is there, or from the next key frame. */
  #begin(subscriber: Subscriber): void {
    if (!subscriber.waiting) return
    for (const config of Object.values(this.#configs)) subscriber.tell(config)
    if (this.#newest) this.#give(subscriber, this.#newest, this.#options.clock.now())
    if (subscriber.waiting) this.#keyFrames.want()
  }

  #apply(): void {
    this.#wish.set(this.#wanted()).catch((error: unknown) => {
      this.#options.log.warn({ err: error }, 'the shared encode did not begin')
      this.#endAll('The video encoder could not be started.', true)
    })
  }

  /** What all of them together need; null while nobody looks. */
  #wanted(): EncodeOptions | null {
    const active = [...this.#subscribers.values()].filter((subscriber) => subscriber.active)
    if (active.length === 0) return null
    return {
      codecs: commonCodecs(this.#wishes()),
      audio: active.some(({ audio }) => audio),
      quality: highestQuality(active.map(({ quality }) => quality)),
    }
  }

  /** Of those too who look away: they come back to what they can decode. */
  #wishes(): (readonly string[] | null)[] {
    return [...this.#subscribers.values()].map(({ codecs }) => codecs)
  }

  #of(watcher: Watcher): Subscriber | undefined {
    for (const subscriber of this.#subscribers.values()) if (subscriber.watcher === watcher) return subscriber
    return undefined
  }

  #end(subscriber: Subscriber): void {
    subscriber.end()
    this.#subscribers.delete(subscriber.id)
    this.#apply()
    this.#options.changed()
  }

  #endAll(reason: string, retry: boolean): void {
    for (const subscriber of [...this.#subscribers.values()]) {
      subscriber.watcher.send('media.ended', { peerId: subscriber.id, reason, retry })
      this.#end(subscriber)
    }
  }
}

/** `av01.0.05M.08` and `video/AV1` are both `av01`. */
function codecFamily(codec: string): string {
  const name =
    codec
      .toLowerCase()
      .replace(/^video\//, '')
      .split('.')[0] ?? ''
  const families: Record<string, string> = { av1: 'av01', vp9: 'vp09', h264: 'avc1' }
  return families[name] ?? name
}
