/**
 * Still pictures of the page that is shown, in device pixels. For the time that one takes Chromium lays a page out at a scale of
 * its own, counts pointers and fingers by that, and puts back what it found when it began: so they are taken one after the other,
 * and what a human does waits meanwhile. Never a scaled one (`clip`), which everybody who watches would see.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { isTandemError } from '@tandem/protocol'
import type { CdpSession } from './connection.ts'
import { twoFrames } from './isolatedWorld.ts'

const ATTEMPTS = 5
const RETRY_MS = 100
const JPEG_QUALITY = 80
/** One that takes longer keeps no other one waiting: its page hangs. */
const TURN_MS = 2_000
/** A page that takes longer to handle what came before a picture is not waited for. */
const SETTLE_MS = 150

export interface ScreenshotOptions {
  format?: 'png' | 'jpeg'
  /** Of a JPEG, 0 to 100. */
  quality?: number
}

export interface Pause {
  /** The page has handled what a human did until now. */
  atRest: Promise<unknown>
  end(): void
}

export interface ScreenshotsOptions {
  shown(): { id: string; session: CdpSession }
  keepDrawing(tabId: string): () => void
  /** Null: no human acts there. */
  pauseInput(tabId: string): Pause | null
}

export class Screenshots {
  readonly #options: ScreenshotsOptions
  #last: Promise<unknown> = Promise.resolve()

  constructor(options: ScreenshotsOptions) {
    this.#options = options
  }

  /** Of the tab that is shown by then. Rejects with `browser/method-failed`. */
  take(options: ScreenshotOptions): Promise<Buffer> {
    const taken = this.#last.then(() => this.#take(options))
    this.#last = Promise.race([taken, sleep(TURN_MS, undefined, { ref: false })]).catch(() => {})
    return taken
  }

  async #take(options: ScreenshotOptions): Promise<Buffer> {
    const { shown, keepDrawing, pauseInput } = this.#options
    const { id, session } = shown()
    const [drawn, pause] = [keepDrawing(id), pauseInput(id)]
    const settled = (): Promise<unknown> => Promise.race([twoFrames(session, id).catch(() => {}), sleep(SETTLE_MS, undefined, { ref: false })])
    try {
      await pause?.atRest
      if (pause) await settled()
      return await takeScreenshot(() => shown().session, options)
    } finally {
      drawn()
      if (pause) void settled().then(() => pause.end())
    }
  }
}

async function takeScreenshot(session: () => CdpSession, { format = 'png', quality = JPEG_QUALITY }: ScreenshotOptions): Promise<Buffer> {
  for (let attempt = 1; ; attempt++) {
    try {
      const page = session()
      const { data } = await page.send('Page.captureScreenshot', { format, ...(format === 'jpeg' ? { quality } : {}) })
      return Buffer.from(data, 'base64')
    } catch (error) {
      // While a navigation puts a new page in place of the old one there is no picture of either.
      if (attempt === ATTEMPTS || !isTandemError(error) || error.code !== 'browser/method-failed') throw error
      await sleep(RETRY_MS)
    }
  }
}
