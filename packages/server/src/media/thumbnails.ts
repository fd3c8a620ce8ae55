/**
 * The last small picture of a session, for lists. It comes from the frames that are encoded anyway; only where nobody
 * ever watched may a list ask for one screenshot. What is drawn while a secret is typed never becomes one.
 */
import type { LiveBrowser, Thumbnail } from '@tandem/browser'
import type { Clock } from '../control/types.ts'
import type { Logger } from '../log.ts'

const SCREENSHOT_EVERY_MS = 10_000
/** How long one may take to be made of it. */
const DRAW_LIMIT_MS = 3_000

export interface ThumbnailsOptions {
  browser(): LiveBrowser
  clock: Clock
  log: Logger
}

export class Thumbnails {
  readonly #options: ThumbnailsOptions
  #last: Thumbnail | null = null
  #hidden = false
  /** What was drawn up to here may show a secret. */
  #hiddenUntil = Number.NEGATIVE_INFINITY
  #askedAt = Number.NEGATIVE_INFINITY
  #asking: Promise<void> | null = null
  /** What waits for the next one. */
  #drawn: (() => void) | null = null

  constructor(options: ThumbnailsOptions) {
    this.#options = options
  }

  get last(): Thumbnail | null {
    return this.#last
  }

  /** A secret is being typed, or no longer. */
  hide(hidden: boolean): void {
    if (this.#hidden || hidden) this.#hiddenUntil = this.#options.clock.now()
    this.#hidden = hidden
  }

  keep(thumbnail: Thumbnail): void {
    if (this.#hidden || thumbnail.at <= this.#hiddenUntil) return
    this.#last = thumbnail
    this.#drawn?.()
  }

  /** Has a first picture made where there never was one. Resolves when it is there, or cannot be. */
  async ensure(): Promise<void> {
    const { clock } = this.#options
    if (this.#last || this.#hidden) return
    if (!this.#asking && clock.now() - this.#askedAt >= SCREENSHOT_EVERY_MS) {
      this.#askedAt = clock.now()
      this.#asking = this.#ask().finally(() => (this.#asking = null))
    }
    await this.#asking
  }

  async #ask(): Promise<void> {
    const { browser, clock, log } = this.#options
    const { promise: drawn, resolve } = Promise.withResolvers<void>()
    this.#drawn = resolve
    const late = clock.after(DRAW_LIMIT_MS, resolve)
    try {
      await browser().drawThumbnail()
      await drawn
    } catch (error) {
      log.debug({ err: error }, 'no thumbnail was made')
    } finally {
      this.#drawn = null
      late()
    }
  }
}
