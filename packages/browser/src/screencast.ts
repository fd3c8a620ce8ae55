/**
 * The JPEG screencast of the shown tab: the rung of the ladder that needs no capture page, and what the capture page is
 * fed with where tab capture does not reach. Follows the shown tab, runs while one of the two wants it. Knows nothing
 * of viewers; pictureSource.ts says what is wanted.
 */
import { EventEmitter } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { MEDIA_HEADER_BYTES, QUALITY_LIMITS, writeMediaHeader, type PageLayout, type Quality } from '@tandem/protocol'
import type { CdpSession } from './connection.ts'
import type { MediaMessage } from './contract.ts'
import { jpegSize } from './jpegSize.ts'
import type { Tab } from './tab.ts'

const JPEG_QUALITY: Record<Quality, number> = { low: 50, medium: 65, high: 80, auto: 75 }
const FEED_QUALITY = 80
/** Chromium 154 and newer: a fuller pipeline, and the last frame of a page that comes to rest. */
const FRAMES_IN_FLIGHT = 6
/** A frame's timestamp is when the display would show it, an interval after it was drawn. */
const DISPLAY_INTERVAL_MS = 1_000 / 60
/** A frame that is older than that was not overtaken: the machine's clock was set back. */
const CLOCK_SET_BACK_MS = 2_000
/** Between two documents a tab has no active page for a moment, and cannot be cast. */
const START_TRIES = 40
const START_RETRY_MS = 50

export interface ScreencastEvents {
  /** A packet for viewers. */
  media: [MediaMessage]
  /** Each frame as it came: base64, ms since the epoch. */
  frame: [{ data: string; at: number }]
}

interface Settings {
  quality: number
  maxWidth: number
  maxHeight: number
}

export class Screencast {
  readonly events = new EventEmitter<ScreencastEvents>()
  #layout: PageLayout
  #tab: Tab | null = null
  #feeds = false
  #packets: Quality | null = null
  #running: { tab: Tab; settings: string; stop: () => void } | null = null
  /** The newest packet of the shown tab, for whoever joins while the page rests. */
  #last: Buffer | null = null
  #seq = 0

  constructor(layout: PageLayout) {
    this.#layout = layout
  }

  show(tab: Tab | null, layout: PageLayout): void {
    this.#tab = tab
    this.#layout = layout
    this.#bring()
  }

  /** Frames for the capture page, while the shown tab is one that it cannot capture. */
  setFeed(feeds: boolean): void {
    this.#feeds = feeds
    this.#bring()
  }

  /** Packets for viewers; null: none. Asked for again, the newest picture comes again: a page at rest draws no other. */
  setPackets(quality: Quality | null): void {
    this.#packets = quality
    const runsOn = !this.#bring()
    if (quality !== null && runsOn && this.#last) this.#send(Buffer.from(this.#last), Date.now())
  }

  /** True: it was started anew, and its first picture is on its way. */
  #bring(): boolean {
    const wanted = this.#feeds || this.#packets !== null ? this.#tab : null
    const settings = this.#settings()
    const key = JSON.stringify(settings)
    if (wanted === (this.#running?.tab ?? null) && (!this.#running || this.#running.settings === key)) return false
    this.#running?.stop()
    this.#last = null
    this.#running = wanted && { tab: wanted, settings: key, stop: this.#start(wanted.session, settings) }
    return true
  }

  /** One cast serves both: then it is as good as the better of the two asks. */
  #settings(): Settings {
    const { width, height, scale } = this.#layout
    const [full, tall] = [Math.round(width * scale), Math.round(height * scale)]
    const quality = this.#packets ?? 'auto'
    if (this.#feeds) return { quality: Math.max(FEED_QUALITY, JPEG_QUALITY[quality]), maxWidth: full, maxHeight: tall }
    if (quality === 'auto') return { quality: JPEG_QUALITY.auto, maxWidth: full, maxHeight: tall }
    const limits = QUALITY_LIMITS[quality]
    const [maxWidth, maxHeight] = full >= tall ? [limits.width, limits.height] : [limits.height, limits.width]
    return { quality: JPEG_QUALITY[quality], maxWidth: Math.min(full, maxWidth), maxHeight: Math.min(tall, maxHeight) }
  }

  #start(session: CdpSession, settings: Settings): () => void {
    let newest = -Infinity
    const stop = session.on('Page.screencastFrame', (frame) => {
      // At once: frames that wait for a slow reader would come late, not fewer.
      session.post('Page.screencastFrameAck', { sessionId: frame.sessionId })
      const now = Date.now()
      const at = frame.metadata.timestamp === undefined ? now : Math.min(now, frame.metadata.timestamp * 1_000 - DISPLAY_INTERVAL_MS)
      // Chromium encodes several at a time, and one overtakes another: a page that came to rest would be left with an old picture.
      if (at < newest && newest - at < CLOCK_SET_BACK_MS) return
      newest = at
      this.#heard(frame.data, at)
    })
    let stopped = false
    const start = async (): Promise<void> => {
      for (let tries = 0; !stopped && !session.isDetached && tries < START_TRIES; tries++) {
        const request = { format: 'jpeg', ...settings, maxFramesInFlight: FRAMES_IN_FLIGHT, sendLastFrame: true } as const
        const started = await session.send('Page.startScreencast', request).then(
          () => true,
          () => false,
        )
        if (started) return
        await sleep(START_RETRY_MS)
      }
    }
    void start()
    return () => {
      stopped = true
      stop()
      session.post('Page.stopScreencast')
    }
  }

  #heard(data: string, at: number): void {
    this.events.emit('frame', { data, at })
    if (this.#packets === null) return
    const bytes = Buffer.allocUnsafe(MEDIA_HEADER_BYTES + Buffer.byteLength(data, 'base64'))
    bytes.write(data, MEDIA_HEADER_BYTES, 'base64')
    this.#last = bytes
    this.#send(bytes, at)
  }

  #send(bytes: Buffer, capturedAt: number): void {
    const { width, height } = jpegSize(bytes.subarray(MEDIA_HEADER_BYTES)) ?? { width: 0, height: 0 }
    writeMediaHeader(bytes, { kind: 'picture', keyFrame: true, config: 0, seq: this.#seq++, capturedAt, durationUs: 0, width, height })
    this.events.emit('media', { kind: 'picture', keyFrame: true, config: 0, bytes })
  }
}
