/**
 * Which source the peers are fed from: opens it when somebody watches, closes it when nobody does, swaps it when
 * another tab is shown or its size changes. Knows sources (tab.ts, screencast.ts) and not who watches (main.ts says).
 */
import type { CaptureTarget } from '@tandem/protocol'
import { reasonOf } from './emit.ts'
import { ScreencastSource } from './screencast.ts'
import { captureTab, NoTab, type Source } from './tab.ts'

/** Chromium may need a moment to let go of a tab's last capture, the longer the busier the machine: tried again after so long. */
const RETRY_WAITS_MS = [50, 150, 400, 1_000, 2_000, 4_000]
/** Of one that it broke off it lets go soon or never. */
const BROKEN_WAITS_MS = [50, 150]
/** A tab that could not be captured, or is captured no more, though it is there and somebody watches: tried again by itself, later each time. */
const AGAIN_WAITS_MS = [1_000, 2_000, 5_000, 10_000, 30_000]
/** What it says meanwhile; a plain Error, unlike its other refusals. */
const STILL_CAPTURED = 'active stream'

export interface PictureEvents {
  /** The peers' tracks are these from now on; null: there is no picture. */
  changed(source: Source | null): void
  /** The source ended by itself or could not be opened. */
  ended(tabId: string, reason: string): void
  /**
   * A capture with sound that begins while its tab moves to another process is broken off, and Chromium takes the tab for
   * captured from then on: nothing helps but an extension that is loaded anew.
   */
  stuck(tabId: string, reason: string): void
}

export class Picture {
  readonly #events: PictureEvents
  readonly #captureTab: typeof captureTab
  #target: CaptureTarget | null = null
  #source: Source | null = null
  #watched = false
  /** Changes run one after the other; each brings the source to what is wanted by then. */
  #queue: Promise<void> = Promise.resolve()
  #again: ReturnType<typeof setTimeout> | undefined
  /** In a row, of this target. */
  #failures = 0

  constructor(events: PictureEvents, capture = captureTab) {
    this.#events = events
    this.#captureTab = capture
  }

  get source(): Source | null {
    return this.#source
  }

  get target(): CaptureTarget | null {
    return this.#target
  }

  /** Rejects when the tab cannot be captured; without a watcher nothing is tried. */
  show(target: CaptureTarget): Promise<void> {
    this.#target = target
    this.#failures = 0
    return this.#sync()
  }

  /** Somebody watches, or nobody does: a session without viewers costs nothing. */
  async setWatched(watched: boolean): Promise<void> {
    if (this.#watched === watched) return this.#queue
    this.#watched = watched
    // Told as `ended`; there is nobody to reject to.
    await this.#sync().catch(() => {})
  }

  /** A frame of the screencast; null where the picture is not one. */
  get screencast(): ScreencastSource | null {
    return this.#source instanceof ScreencastSource ? this.#source : null
  }

  #sync(): Promise<void> {
    const run = this.#queue.then(() => this.#bring())
    this.#queue = run.catch(() => {})
    return run
  }

  async #bring(): Promise<void> {
    clearTimeout(this.#again)
    const wanted = this.#watched ? this.#target : null
    const before = this.#source
    if (wanted === null) {
      if (before) this.#swap(null)
      return
    }
    if (before && isSame(before.target, wanted)) return
    // Chromium captures a tab once: the same tab at another size is let go first.
    if (before && before.target.tabId === wanted.tabId) this.#swap(null)
    try {
      this.#swap(await this.#open(wanted))
      this.#failures = 0
    } catch (error) {
      // A picture of another tab must not pass for this one.
      this.#swap(null)
      this.#events.ended(wanted.tabId, reasonOf(error))
      if (isStillCaptured(error)) this.#events.stuck(wanted.tabId, reasonOf(error))
      if (!(error instanceof NoTab)) this.#tryAgain()
      throw error
    }
  }

  async #open(target: CaptureTarget): Promise<Source> {
    if (target.source === 'screencast') return new ScreencastSource(target)
    const source = await this.#capture(target, () => {
      if (this.#source !== source) return
      this.#swap(null)
      this.#events.ended(target.tabId, 'the tab was closed or its capture ended')
      this.#tryAgain()
    })
    return source
  }

  async #capture(target: CaptureTarget, onEnded: () => void): Promise<Source> {
    const waits = RETRY_WAITS_MS.values()
    const brokenWaits = BROKEN_WAITS_MS.values()
    let broken = false
    for (;;) {
      try {
        return await this.#captureTab(target, onEnded)
      } catch (error) {
        // Chromium's own refusals are DOMExceptions; a tab that is not there is not waited for.
        const passing = error instanceof DOMException || isStillCaptured(error)
        broken ||= error instanceof DOMException
        const { value: wait } = (broken && isStillCaptured(error) ? brokenWaits : waits).next()
        if (!passing || wait === undefined || this.#target !== target || !this.#watched) throw error
        await new Promise((resolve) => setTimeout(resolve, wait))
      }
    }
  }

  /** Nobody else would: viewers see that there is no picture, and an agent's tab may stay the shown one for hours. */
  #tryAgain(): void {
    const wait = AGAIN_WAITS_MS[Math.min(this.#failures++, AGAIN_WAITS_MS.length - 1)]
    this.#again = setTimeout(() => void this.#sync().catch(() => {}), wait)
  }

  #swap(source: Source | null): void {
    const before = this.#source
    if (before === source) return
    this.#source = source
    this.#events.changed(source)
    before?.close()
  }
}

function isStillCaptured(error: unknown): boolean {
  return reasonOf(error).includes(STILL_CAPTURED)
}

function isSame(a: CaptureTarget, b: CaptureTarget): boolean {
  return a.tabId === b.tabId && a.source === b.source && a.width === b.width && a.height === b.height && a.scale === b.scale && a.fps === b.fps
}
