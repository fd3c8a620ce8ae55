/**
 * One viewer of the shared encode: which packets it gets. Nothing is ever queued for a viewer that reads slowly: it is
 * cut, gets nothing more, and goes on at a key frame once all that was sent has reached it. Inside a group of pictures
 * nothing is left out. Knows no encoder and no other viewer; `relay.ts` asks for the key frames.
 */
import type { MediaConfig, Quality } from '@tandem/protocol'
import type { MediaOutlet, Watcher } from '../sessions/watchers.ts'
import type { Packet } from './packet.ts'

/** One large key frame: whoever has more than that unsent is behind. */
export const MAX_BACKLOG_BYTES = 128 * 1024
/** The kernel and the network queue as well, megabytes of it: what was sent must have arrived within this. */
export const MAX_BEHIND_MS = 1_000
/** How often that is looked at: after so many bytes, or so much time, whichever is first. */
const PROBE_BYTES = 64 * 1024
const PROBE_MS = 1_000

export interface SubscriberOptions {
  id: string
  watcher: Watcher
  /** As WebCodecs names them, without profile; null: whatever comes. */
  codecs: readonly string[] | null
  audio: boolean
  quality: Quality
}

export class Subscriber {
  readonly id: string
  readonly watcher: Watcher
  readonly codecs: readonly string[] | null
  readonly audio: boolean
  quality: Quality
  /** `opening`: the viewer does not know its id yet; `waiting`: for a key frame; `cut`: until all that was sent is there. */
  #state: 'opening' | 'waiting' | 'flowing' | 'cut' = 'opening'
  #paused = false
  #hidden = false
  /** Over: what comes back late changes nothing. */
  #ended = false
  readonly #told: Record<'video' | 'audio', MediaConfig | null> = { video: null, audio: null }
  readonly #outlet: MediaOutlet
  #probedAt = 0
  #probing = false
  #unprobed = 0
  /** When a key frame was last asked for because this viewer had been cut. */
  cutServedAt = Number.NEGATIVE_INFINITY

  constructor({ id, watcher, codecs, audio, quality }: SubscriberOptions) {
    this.id = id
    this.watcher = watcher
    this.codecs = codecs
    this.audio = audio
    this.quality = quality
    this.#outlet = watcher.media
  }

  /** It costs something: whoever is paused, or may not see the page, does not. */
  get active(): boolean {
    return !this.#paused && !this.#hidden && !this.#ended
  }

  get waiting(): boolean {
    return this.active && this.#state === 'waiting'
  }

  /** From now on it may be sent something. */
  open(): void {
    if (this.#state === 'opening') this.#state = 'waiting'
  }

  pause(paused: boolean): void {
    this.#paused = paused
    this.restart()
  }

  /** Nothing of the page may reach it, from this moment on. */
  hide(hidden: boolean): void {
    if (this.#hidden === hidden) return
    this.#hidden = hidden
    this.restart()
  }

  end(): void {
    this.#ended = true
  }

  /** On to the next key frame. */
  restart(): void {
    if (this.#state === 'flowing') this.#state = 'waiting'
  }

  /** How packets are decoded, when that is news to it. */
  tell(config: MediaConfig | null): void {
    if (!config || !this.active || this.#state === 'opening' || this.#told[config.kind] === config) return
    if (config.kind === 'audio' && !this.audio) return
    this.#told[config.kind] = config
    this.watcher.send('media.config', config)
  }

  /** `cut`: the viewer fell behind, just now. `late`: it is behind still. */
  take(packet: Packet, now: number): 'sent' | 'idle' | 'cut' | 'late' {
    if (!this.active || this.#state === 'opening' || (packet.kind === 'audio' && !this.audio)) return 'idle'
    if (this.#state === 'cut') return 'late'
    const video = packet.kind === 'video'
    if (video && this.#state === 'waiting' && !packet.keyFrame) return 'idle'
    if (this.#outlet.backlog > MAX_BACKLOG_BYTES || (this.#probing && now - this.#probedAt > MAX_BEHIND_MS)) {
      this.#state = 'cut'
      return 'cut'
    }
    if (video) this.#state = 'flowing'
    this.#outlet.send(packet.frame)
    this.#probe(packet.frame.length, now)
    return 'sent'
  }

  /** Calls back when a viewer that was cut has all that it was sent. */
  whenCaughtUp(callback: () => void): void {
    this.#outlet.whenReached(() => {
      if (this.#ended || this.#state !== 'cut') return
      this.#state = 'waiting'
      callback()
    })
  }

  #probe(bytes: number, now: number): void {
    this.#unprobed += bytes
    if (this.#probing || (this.#unprobed < PROBE_BYTES && now - this.#probedAt < PROBE_MS)) return
    this.#probing = true
    this.#probedAt = now
    this.#unprobed = 0
    this.#outlet.whenReached(() => (this.#probing = false))
  }
}
