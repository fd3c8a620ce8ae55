/**
 * Rung `screenshots`: one picture after another by plain HTTP requests, about one a second, fewer while nothing
 * changes. The last rung: it needs neither UDP nor a WebSocket, nor anything of the capture page. Knows the REST
 * resource of the session alone; whoever only watches by it learns of the session from watching.ts.
 */
import { isTandemError } from '@tandem/protocol'
import type { MediaPacket, Quality } from '@tandem/protocol'
import { Emitter } from '../emitter.ts'
import { wallNow } from '../live/serverClock.ts'
import type { Rest } from '../rest.ts'
import type { PeerState } from '../status.ts'
import { FrameCount } from './frameCount.ts'
import { Meter } from './meter.ts'
import type { MediaEvent, Player, PlayerEvents } from './player.ts'

export const SCREENSHOT_EVERY_MS = 1_000
/** While nothing changes, or the server refuses. */
export const SCREENSHOT_SELDOM_MS = 3_000
/** A request without an answer is given up. */
const REQUEST_MS = 10_000
const JPEG_QUALITY: Record<Quality, number> = { low: 40, medium: 60, high: 85, auto: 65 }

export class ScreenshotsPlayer implements Player {
  readonly transport = 'screenshots'
  readonly events = new Emitter<PlayerEvents>()
  readonly #rest: () => Rest
  readonly #count = new FrameCount({ everyFrameIsNew: true })
  readonly #meter = new Meter((sample) => this.events.emit('sampled', sample))
  #quality: Quality = 'auto'
  #wanted = false
  #paused = false
  #why: string | null = null
  #waitMs = SCREENSHOT_EVERY_MS
  /** Of the picture that is shown: the server answers with no other while it is the same. */
  #etag: string | null = null
  #request: AbortController | null = null
  #timer: ReturnType<typeof setTimeout> | undefined

  /** `rest`: of the session, made anew when its address changes. */
  constructor(rest: () => Rest) {
    this.#rest = rest
    this.#meter.codec = 'image/jpeg'
  }

  static get impossible(): string | null {
    return typeof createImageBitmap === 'undefined' || typeof fetch === 'undefined' ? 'This environment decodes no pictures.' : null
  }

  get state(): PeerState {
    if (!this.#wanted) return 'none'
    return this.#count.heardAt === null ? 'connecting' : 'connected'
  }

  get why(): string | null {
    return this.#why
  }

  get frames(): number {
    return this.#count.frames
  }

  get lastMotionAt(): number | null {
    return this.#count.lastMotionAt
  }

  get heardAt(): number | null {
    return this.#count.heardAt
  }

  start(): void {
    if (ScreenshotsPlayer.impossible !== null) return this.events.emit('failed', { reason: ScreenshotsPlayer.impossible, fatal: true })
    if (this.#wanted) return
    this.#wanted = true
    this.#meter.start()
    if (!this.#paused) void this.#fetch()
  }

  async pause(paused: boolean): Promise<void> {
    this.#paused = paused
    this.#cancel()
    if (paused || !this.#wanted) return
    this.#count.restart()
    await this.refresh()
  }

  setQuality(quality: Quality): void {
    if (quality === this.#quality) return
    this.#quality = quality
    this.#forget()
  }

  /** Fetched anew, and painted even if it is the same. */
  async refresh(): Promise<void> {
    if (!this.#wanted || this.#paused) return
    this.#cancel()
    this.#forget()
    await this.#fetch()
  }

  handle(_message: MediaEvent): void {}

  packet(_packet: MediaPacket): void {}

  networkChanged(): void {
    void this.refresh()
  }

  /** It needs no signals. */
  signalsLost(): void {}

  stop(): void {
    this.#wanted = false
    this.#why = null
    this.#cancel()
    this.#forget()
    this.#meter.stop()
    this.#count.reset()
  }

  close(): void {
    this.stop()
    this.events.clear()
  }

  async #fetch(): Promise<void> {
    const request = new AbortController()
    this.#request = request
    try {
      await this.#look(AbortSignal.any([request.signal, AbortSignal.timeout(REQUEST_MS)]), () => request === this.#request)
      if (request !== this.#request) return
      this.#say(null)
    } catch (error) {
      if (request !== this.#request) return
      this.#waitMs = SCREENSHOT_SELDOM_MS
      const reason = error instanceof Error ? error.message : String(error)
      // What is hidden on purpose, or a browser that is being restarted, will be there again; a link that is not valid will not.
      if (isTandemError(error) && !error.retry) return this.events.emit('failed', { reason, fatal: false })
      this.#say(`The screenshot could not be fetched: ${reason}`)
    }
    this.#timer = setTimeout(() => void this.#fetch(), this.#waitMs)
  }

  async #look(signal: AbortSignal, current: () => boolean): Promise<void> {
    const headers: Record<string, string> = this.#etag === null ? {} : { 'if-none-match': this.#etag }
    const response = await this.#rest().send('GET', '/screenshot', { query: { format: 'jpeg', quality: JPEG_QUALITY[this.#quality] }, headers, signal })
    const picture = response.status === 304 ? null : await response.blob()
    if (!current()) return
    this.#count.heard(wallNow())
    this.#meter.packets++
    this.#meter.bytes += picture?.size ?? 0
    if (picture === null) {
      this.#waitMs = Math.min(SCREENSHOT_SELDOM_MS, this.#waitMs * 1.5)
      return
    }
    this.#waitMs = SCREENSHOT_EVERY_MS
    this.#etag = response.headers.get('etag')
    const image = await createImageBitmap(picture)
    if (current()) this.#frame(image)
    image.close()
  }

  #frame(image: ImageBitmap): void {
    const { width, height } = image
    this.#meter.frames++
    this.#meter.width = width
    this.#meter.height = height
    const first = this.#count.frame(wallNow())
    this.events.emit('frame', { image, width, height, capturedAt: null })
    if (first) this.events.emit('changed', undefined)
  }

  #say(why: string | null): void {
    if (why === this.#why) return
    this.#why = why
    this.events.emit('changed', undefined)
  }

  #forget(): void {
    this.#etag = null
    this.#waitMs = SCREENSHOT_EVERY_MS
  }

  #cancel(): void {
    clearTimeout(this.#timer)
    this.#request?.abort()
    this.#request = null
  }
}
