/** One still picture of a page, in device pixels. */
import { setTimeout as delay } from 'node:timers/promises'
import { isTandemError } from '@tandem/protocol'
import type { CdpSession } from './connection.ts'

const ATTEMPTS = 5
const RETRY_MS = 100
const JPEG_QUALITY = 80

export interface ScreenshotOptions {
  format?: 'png' | 'jpeg'
  /** Of a JPEG, 0 to 100. */
  quality?: number
  /** Scaled down to so many pixels; absent: device pixels of the page. */
  width?: number
}

/** `session`: of the tab that is shown by then. Rejects with `browser/method-failed`. */
export async function takeScreenshot(session: () => CdpSession, { format = 'png', quality = JPEG_QUALITY, width }: ScreenshotOptions): Promise<Buffer> {
  for (let attempt = 1; ; attempt++) {
    try {
      const page = session()
      const clip = width === undefined ? undefined : await scaledTo(page, width)
      const { data } = await page.send('Page.captureScreenshot', { format, clip, ...(format === 'jpeg' ? { quality } : {}) })
      return Buffer.from(data, 'base64')
    } catch (error) {
      // While a navigation puts a new page in place of the old one there is no picture of either.
      if (attempt === ATTEMPTS || !isTandemError(error) || error.code !== 'browser/method-failed') throw error
      await delay(RETRY_MS)
    }
  }
}

/** The visible part of the page. */
async function scaledTo(page: CdpSession, width: number): Promise<{ x: number; y: number; width: number; height: number; scale: number }> {
  const { cssVisualViewport: shown } = await page.send('Page.getLayoutMetrics')
  return { x: shown.pageX, y: shown.pageY, width: shown.clientWidth, height: shown.clientHeight, scale: Math.min(1, width / shown.clientWidth) }
}
