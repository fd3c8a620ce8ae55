/**
 * A rung as the server sees it: asked for by `media.start`, known by the peer's id from then on, paused, stopped,
 * ended by the server, asked for again. The players of the rungs that come over (or are signalled by) the live socket
 * have one each; it knows nothing of what is played. Neighbours: webrtc.ts, websocket.ts, jpeg.ts.
 */
import { isTandemError } from '@tandem/protocol'
import type { LiveParams, Quality } from '@tandem/protocol'
import { sentence } from '../sentence.ts'
import type { MediaEvent, Signals } from './player.ts'

const START_RETRY_MS = 1_000
const START_RETRY_MAX_MS = 10_000

export interface SubscriptionOptions {
  signals: Signals
  transport: LiveParams<'media.start'>['transport']
  /** What `media.start` is told beside transport and quality. */
  params(): Partial<LiveParams<'media.start'>>
  /** The server has it; what comes for this peer is ours. */
  started(peerId: string): void
  /** An event of this peer other than its end. */
  event(message: MediaEvent): void
  /** The peer is gone, or about to be asked for anew: what was made for it goes. */
  dropped(): void
  changed(): void
  failed(reason: string, fatal: boolean): void
}

export class Subscription {
  readonly #options: SubscriptionOptions
  #peerId: string | null = null
  #quality: Quality = 'auto'
  #wanted = false
  /** The question that is under way; the answer to one before it is nobody's. */
  #asking: object | null = null
  #paused = false
  #attempts = 0
  /** Stays until it works: an attempt like the one before is no news. */
  #why: string | null = null
  /** Messages of peers that are not ours yet: the offer may overtake the answer to `media.start`. */
  #early: MediaEvent[] = []
  #retry: ReturnType<typeof setTimeout> | undefined

  constructor(options: SubscriptionOptions) {
    this.#options = options
  }

  get peerId(): string | null {
    return this.#peerId
  }

  get wanted(): boolean {
    return this.#wanted
  }

  get starting(): boolean {
    return this.#asking !== null
  }

  get paused(): boolean {
    return this.#paused
  }

  get why(): string | null {
    return this.#why
  }

  /** It works: what went wrong before is over. */
  settled(): void {
    this.#attempts = 0
    this.#why = null
  }

  want(): void {
    this.#wanted = true
  }

  /** Asks the server, in place of whatever was before; `why` that is gone, where something went wrong. */
  anew(why?: string): void {
    this.#why = why ?? this.#why
    this.#drop()
    void this.#start()
  }

  /** Asks again after a while, longer each time. */
  later(why: string): void {
    this.#why = why
    this.#options.changed()
    clearTimeout(this.#retry)
    this.#retry = setTimeout(() => this.anew(), Math.min(START_RETRY_MAX_MS, START_RETRY_MS * 2 ** this.#attempts++))
  }

  async pause(paused: boolean): Promise<void> {
    this.#paused = paused
    await this.#tell('media.pause', { paused })
  }

  setQuality(quality: Quality): void {
    if (quality === this.#quality) return
    this.#quality = quality
    void this.#tell('media.quality', { quality })
  }

  /** One after the other: pausing lets go of the picture, resuming brings it anew with a key frame. */
  async refresh(): Promise<void> {
    if (this.#paused) return
    await this.#tell('media.pause', { paused: true })
    await this.#tell('media.pause', { paused: false })
  }

  handle(message: MediaEvent): void {
    // A config belongs to the socket, not to a peer.
    if (message.event === 'media.config') return this.#options.event(message)
    if (message.data.peerId !== this.#peerId) {
      if (this.starting) this.#early.push(message)
    } else if (message.event === 'media.ended') this.#ended(message.data.reason, message.data.retry)
    else this.#options.event(message)
  }

  /** Nothing can be asked for at the moment. */
  signalsLost(): void {
    this.#asking = null
    clearTimeout(this.#retry)
  }

  /** For a rung that lives by the socket: there is no peer any more. */
  forget(): void {
    this.signalsLost()
    this.#drop()
  }

  stop(): void {
    const stopping = this.#tell('media.stop', {})
    this.close()
    void stopping
  }

  close(): void {
    this.#wanted = false
    this.#paused = false
    this.#why = null
    this.#attempts = 0
    this.#drop()
  }

  async #start(): Promise<void> {
    if (this.#asking || !this.#wanted) return
    const asking = (this.#asking = {})
    this.#early = []
    clearTimeout(this.#retry)
    const { signals, transport } = this.#options
    const quality = this.#quality
    try {
      const { peerId } = await signals.call('media.start', { ...this.#options.params(), transport, ...(quality === 'auto' ? {} : { quality }) })
      if (asking !== this.#asking) return void signals.call('media.stop', { peerId }).catch(() => {})
      this.#asking = null
      this.#peerId = peerId
      this.#options.started(peerId)
      for (const message of this.#early.splice(0)) this.handle(message)
      if (this.#paused) await this.pause(true)
      if (quality !== this.#quality) await this.#tell('media.quality', { quality: this.#quality })
    } catch (error) {
      if (asking !== this.#asking) return
      this.#asking = null
      const why = error instanceof Error ? error.message : String(error)
      if (isTandemError(error) && !error.retry) this.#fail(why)
      else if (isTandemError(error) && error.code === 'media/rung-unavailable') this.#fail(why)
      else this.later(why)
    }
  }

  #fail(why: string): void {
    this.#why = why
    this.#options.failed(why, false)
    this.#options.changed()
  }

  #ended(reason: string, retry: boolean): void {
    this.#drop()
    const why = sentence(reason) ?? 'The picture has ended.'
    if (retry) this.later(why)
    else this.#fail(why)
  }

  async #tell(method: 'media.pause' | 'media.quality' | 'media.stop', params: { paused?: boolean; quality?: Quality }): Promise<void> {
    const peerId = this.#peerId
    if (peerId === null) return
    // The three methods take exactly what their callers above give them.
    await this.#options.signals.call(method, { peerId, ...params } as LiveParams<typeof method>).catch(() => {})
  }

  #drop(): void {
    clearTimeout(this.#retry)
    this.#asking = null
    this.#peerId = null
    this.#options.dropped()
  }
}
