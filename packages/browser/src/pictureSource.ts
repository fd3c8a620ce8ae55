/**
 * Keeps a picture coming: opens the capture page, opens it anew when it is lost, tells it which tab to show, and
 * feeds it a screencast of tabs that tab capture cannot reach (an agent's isolated contexts).
 * Knows nothing of viewers and peers; `capturePage.ts` is the page itself.
 */
import { EventEmitter } from 'node:events'
import { RAW_OUTLET, ROOM_OUTLET, SHARED_ENCODE, TandemError, type CaptureCommands, type CaptureMessage, type PageLayout, type Quality } from '@tandem/protocol'
import { CapturePage, captureExtensionDir } from './capturePage.ts'
import type { Connection } from './connection.ts'
import { toMonotonic, type MediaSocketEvents } from './mediaSocket.ts'
import { holdOneFrame } from './quietFrame.ts'
import type { Thumbnail } from './contract.ts'
import { Screencast } from './screencast.ts'
import type { Tab } from './tab.ts'
import { ThumbnailFeed } from './thumbnailFeed.ts'

/** A capture page that dies this often, this fast, dies of itself. */
const MAX_LOSSES = 3
const LOSSES_WITHIN_MS = 30_000
/** Agents may set any size. */
const MAX_PICTURE_PX = 4 * 3_840
/** A zoomed page is laid out in whole pixels. */
const ZOOM_ROUNDS_PX = 1

export interface PictureEvents extends Omit<MediaSocketEvents, 'closed'> {
  capture: [CaptureMessage]
  captureLost: [{ recovered: boolean; reason: string }]
}

export class PictureSource {
  readonly events = new EventEmitter<PictureEvents>()
  readonly commands: CaptureCommands
  readonly #connection: Connection
  readonly #fps: number | undefined
  #layout: PageLayout
  #page: CapturePage | null = null
  #tab: Tab | null = null
  readonly #screencast: Screencast
  readonly #thumbnails = new ThumbnailFeed(({ data, at }) => this.#page?.commands.shrink({ data, timestamp: toMonotonic(at) }))
  readonly #watchers = new Set<string>()
  #lossTimes: number[] = []

  constructor(connection: Connection, layout: PageLayout, fps?: number) {
    this.#connection = connection
    this.#fps = fps
    this.#layout = layout
    this.#screencast = new Screencast(layout)
    this.#screencast.events.on('media', (message) => this.events.emit('media', message))
    this.#screencast.events.on('frame', (frame) => {
      if (this.#feeds) this.#page?.commands.frame({ data: frame.data, timestamp: toMonotonic(frame.at) })
      // Whoever watches by another way sees the frames of which the capture page makes them by itself.
      else if (this.#watchers.size === 0) this.#thumbnails.see(frame)
    })
    const page = async (): Promise<CaptureCommands> => {
      if (!this.#page) throw new TandemError('media/unavailable', 'The picture is being prepared. Try again in a second.')
      return this.#page.commands
    }
    this.commands = {
      show: async (params) => (await page()).show(params),
      frame: (params) => this.#page?.commands.frame(params),
      expect: async (params) => (await page()).expect(params),
      connect: async (params) => {
        this.#watch(params.peerId, true)
        await (await page()).connect(params)
      },
      answer: async (params) => (await page()).answer(params),
      candidate: async (params) => (await page()).candidate(params),
      restart: async (params) => (await page()).restart(params),
      pause: async (params) => {
        this.#watch(params.peerId, !params.paused)
        await (await page()).pause(params)
      },
      blank: async (params) => (await page()).blank(params),
      disconnect: async (params) => {
        this.#watch(params.peerId, false)
        await (await page()).disconnect(params)
      },
      quietFrame: async (params) => (await page()).quietFrame(params),
      quality: async (params) => (await page()).quality(params),
      encode: async (params) => {
        await (await page()).encode(params)
        this.#watch(SHARED_ENCODE, params !== null)
      },
      raw: async (params) => {
        await (await page()).raw(params)
        this.#watch(RAW_OUTLET, params !== null)
      },
      keyFrame: async () => (await page()).keyFrame(),
      prepareRoom: async () => (await page()).prepareRoom(),
      room: async (params) => {
        await (await page()).room(params)
        this.#watch(ROOM_OUTLET, params !== null)
      },
      roomSend: async (params) => (await page()).roomSend(params),
      roomAudience: async (params) => (await page()).roomAudience(params),
      ping: async () => (await page()).ping(),
    }
  }

  /** The capture page's target, while there is one. */
  get targetId(): string | null {
    return this.#page?.targetId ?? null
  }

  /** Opens the capture page; a failure is told as `captureLost` and does not throw: the rest of a session works without a picture. */
  async start(): Promise<void> {
    await this.#open().catch((error: unknown) => this.events.emit('captureLost', { recovered: false, reason: textOf(error) }))
  }

  /** Shows this tab from now on. */
  show(tab: Tab | null, layout: PageLayout): void {
    this.#tab = tab
    this.#layout = layout
    this.#thumbnails.reset()
    this.#screencast.show(tab, layout)
    this.#feed()
    if (tab && this.#page) void this.#show(tab, this.#page)
  }

  /** The shown tab is laid out so from now on. A page that is only zoomed has the same picture: a capture begins anew for no less than another one. */
  resize(layout: PageLayout): void {
    if (isSamePicture(layout, this.#layout)) return
    this.#layout = layout
    this.#screencast.show(this.#tab, layout)
    if (this.#tab && this.#page) void this.#show(this.#tab, this.#page)
  }

  /** Packets of the JPEG screencast for viewers, with or without a capture page; null: none. */
  setScreencast(quality: Quality | null): void {
    if (quality === null) this.#thumbnails.reset()
    this.#screencast.setPackets(quality)
  }

  /** Has a thumbnail made of a picture of the shown tab; where there is no capture page to do it, the picture is the thumbnail. */
  shrink(picture: Thumbnail): void {
    if (this.#page) this.#page.commands.shrink({ data: picture.jpeg.toString('base64'), timestamp: toMonotonic(picture.at) })
    else this.events.emit('thumbnail', picture)
  }

  async #open(): Promise<void> {
    const page = await CapturePage.open(this.#connection, captureExtensionDir())
    this.#page = page
    page.events.on('message', (message) => this.#heard(message))
    page.media.events.on('media', (message) => this.events.emit('media', message))
    page.media.events.on('mediaConfig', (config) => this.events.emit('mediaConfig', config))
    page.media.events.on('rawFrame', (frame) => this.events.emit('rawFrame', frame))
    page.media.events.on('pcm', (sound) => this.events.emit('pcm', sound))
    page.media.events.on('thumbnail', (thumbnail) => this.events.emit('thumbnail', thumbnail))
    page.events.on('lost', (reason) => void this.#lost(reason))
    if (this.#tab) await this.#show(this.#tab, page)
  }

  async #show(tab: Tab, page: CapturePage): Promise<void> {
    const { width, height } = this.#layout
    const scale = Math.min(this.#layout.scale, MAX_PICTURE_PX / Math.max(width, height))
    const source = tab.isolated ? 'screencast' : 'tab'
    try {
      await page.commands.show({ tabId: tab.id, source, width, height, scale, fps: this.#fps })
    } catch (error) {
      if (tab !== this.#tab || page !== this.#page) return
      this.events.emit('capture', { type: 'log', level: 'error', message: `The tab cannot be shown: ${textOf(error)}` })
      this.events.emit('capture', { type: 'ended', tabId: tab.id, reason: textOf(error) })
    }
  }

  #watch(peerId: string, watching: boolean): void {
    if (watching) this.#watchers.add(peerId)
    else this.#watchers.delete(peerId)
    this.#feed()
  }

  /** Feeds the capture page while the shown tab is one that needs it and somebody watches: every frame costs a JPEG. */
  #feed(): void {
    this.#screencast.setFeed(this.#feeds)
    if (this.#watchers.size > 0) this.#thumbnails.reset()
  }

  get #feeds(): boolean {
    return this.#tab?.isolated === true && this.#watchers.size > 0
  }

  #heard(message: CaptureMessage): void {
    if (message.type === 'stuck') void this.#renew(message.reason)
    if (message.type === 'quietFrameWanted' && this.#tab?.id === message.tabId) {
      holdOneFrame(this.#tab.session).catch(() => {})
    }
    this.events.emit('capture', message)
  }

  async #lost(reason: string): Promise<void> {
    this.#forget()
    if (this.#connection.closed) return
    const now = performance.now()
    this.#lossTimes = [...this.#lossTimes.filter((at) => now - at < LOSSES_WITHIN_MS), now]
    if (this.#lossTimes.length > MAX_LOSSES) {
      this.events.emit('captureLost', { recovered: false, reason: `${reason}; it was lost ${this.#lossTimes.length} times in a row` })
      return
    }
    await this.#again(reason)
  }

  /** Chromium would capture the tab for this page no more; for one that is made anew it does. */
  async #renew(reason: string): Promise<void> {
    const page = this.#page
    if (!page) return
    this.#forget()
    await page.close()
    await this.#again(reason)
  }

  /** The page is gone, and its peers with it. */
  #forget(): void {
    this.#page = null
    this.#watchers.clear()
    this.#feed()
  }

  async #again(reason: string): Promise<void> {
    try {
      await this.#open()
    } catch (error) {
      // Its sockets close before Chromium has noticed that the page's process is gone: the next page may be given the same one.
      return this.#lost(`${reason}; ${textOf(error)}`)
    }
    this.events.emit('captureLost', { recovered: true, reason })
  }
}

function isSamePicture(a: PageLayout, b: PageLayout): boolean {
  const differs = (x: number, y: number): boolean => Math.abs(x * a.scale - y * b.scale) > ZOOM_ROUNDS_PX * Math.max(a.scale, b.scale)
  return !differs(a.width, b.width) && !differs(a.height, b.height)
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
