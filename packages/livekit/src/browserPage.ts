/**
 * One page in a Chromium of its own: its frames and its sound as LiveKit wants them, its input in the dialect's terms.
 * Made by BrowserContext.newPage; BrowserSession brings it into a room. Must not know of rooms.
 */
import { EventEmitter } from 'node:events'
import { AudioFrame, VideoBufferType, VideoFrame } from '@livekit/rtc-node'
import type { BrowserEvents, LiveBrowser, RawFrame } from '@tandem/browser'
import type { InputEvent } from '@tandem/protocol'
import { cefCursor } from './cursors.ts'
import { KeyTranslator } from './keyTranslator.ts'

export interface PaintData {
  /** What changed since the paint before: x, y, width, height, in pixels of the frame. */
  dirtyRects: [x: number, y: number, width: number, height: number][]
  /** I420. One frame with one buffer for all paints of a size: copy what is to stay as it is. */
  frame: VideoFrame
  width: number
  height: number
}

export interface AudioData {
  /** Some 10 ms. */
  frame: AudioFrame
  /** ms since the epoch, when it was heard. */
  pts: number
}

export interface BrowserPageEvents {
  paint: [PaintData]
  /** While something is heard. */
  audio: [AudioData]
  /** The CSS name, and CEF's number for it. */
  cursorChanged: [cursor: string, cefCursor: number]
  urlChanged: [url: string]
  /** Chromium is gone, or its picture cannot be had any more. */
  crashed: [reason: string]
}

export interface PageOptions {
  width: number
  height: number
  framerate: number
}

export class BrowserPage extends EventEmitter<BrowserPageEvents> {
  readonly id: number
  readonly width: number
  readonly height: number
  readonly framerate: number
  readonly #browser: LiveBrowser
  readonly #keys = new KeyTranslator()
  readonly #onClosed: () => Promise<void>
  #frame: VideoFrame | null = null
  #url = ''
  #cursor = 'default'
  #closed: Promise<void> | undefined

  /** @internal Use `BrowserContext.newPage`. */
  constructor(id: number, browser: LiveBrowser, { width, height, framerate }: PageOptions, onClosed: () => Promise<void>) {
    super()
    this.id = id
    this.width = width
    this.height = height
    this.framerate = framerate
    this.#browser = browser
    this.#onClosed = onClosed
  }

  /** The newest frame; null before the first paint. Its buffer is the one of all paints. */
  get lastFrame(): VideoFrame | null {
    return this.#frame
  }

  get url(): string {
    return this.#url
  }

  /** CSS name. */
  get cursor(): string {
    return this.#cursor
  }

  /** What the page runs in, for all that this dialect has no word for. */
  get browser(): LiveBrowser {
    return this.#browser
  }

  /** @internal Frames and events from now on. Throws `media/unavailable`. */
  async start(): Promise<void> {
    const { events } = this.#browser
    events.on('rawFrame', (frame) => this.#paint(frame))
    events.on('pcm', ({ samples, sampleRate, channels, at }) => {
      this.emit('audio', { frame: new AudioFrame(samples, sampleRate, channels, samples.length / channels), pts: Math.round(at) })
    })
    events.on('cursor', (cursor) => {
      if (cursor === this.#cursor) return
      this.#cursor = cursor
      this.emit('cursorChanged', cursor, cefCursor(cursor))
    })
    events.on('page', ({ url }) => {
      if (url === null || url === this.#url) return
      this.#url = url
      this.emit('urlChanged', url)
    })
    events.on('captureLost', ({ recovered, reason }) => {
      if (recovered) this.#capture().catch((error: unknown) => this.emit('crashed', String(error)))
      else this.emit('crashed', reason)
    })
    events.on('crashed', ({ reason }) => this.emit('crashed', reason))
    this.#answerForNobody()
    // The page's cursor is watched, and lists and drags are drawn, only for somebody who drives.
    await this.#browser.setHumanDriving(true)
    await this.#capture()
  }

  /** `mouseLeave`: the pointer is outside the page from now on. */
  async sendMouseMove(x: number, y: number, mouseLeave = false): Promise<void> {
    this.#input(mouseLeave ? { type: 'mouseMove', x: -1, y: -1 } : { type: 'mouseMove', x, y, modifiers: this.#keys.modifiers })
  }

  /** `button`: 0 left, 1 middle, 2 right. `clickCount`: 2 for the second press of a double click, and so on. */
  async sendMouseClick(x: number, y: number, button = 0, mouseUp = false, clickCount = 1): Promise<void> {
    if (button !== 0 && button !== 1 && button !== 2) return
    this.#input({
      type: mouseUp ? 'mouseUp' : 'mouseDown',
      x,
      y,
      button,
      clickCount: Math.min(Math.max(1, clickCount), 3),
      modifiers: this.#keys.modifiers,
    })
  }

  /** Pixels; as CEF has it, positive is up and left, the other way round than in the DOM. */
  async sendMouseWheel(x: number, y: number, deltaX = 0, deltaY = 0): Promise<void> {
    // No -0: it is not what JSON would carry.
    this.#input({ type: 'wheel', x, y, deltaX: 0 - deltaX, deltaY: 0 - deltaY, modifiers: this.#keys.modifiers })
  }

  /** `type` as in KEY_EVENT, `modifiers` as in MODIFIER. `nativeKeyCode` is taken for the dialect's sake. */
  async sendKeyEvent(type: number, modifiers: number, windowsKeyCode: number, _nativeKeyCode = 0, character = 0): Promise<void> {
    this.#input(...this.#keys.translate({ type, modifiers, windowsKeyCode, character }))
  }

  /** Rejects with `browser/url-refused` or `browser/navigation-failed`. */
  async navigate(url: string): Promise<void> {
    await this.#browser.navigate(url)
  }

  async goBack(): Promise<void> {
    await this.#browser.history('back')
  }

  async goForward(): Promise<void> {
    await this.#browser.history('forward')
  }

  /** A page in a room always looks focused, as in a window in front. When the focus goes, held keys and buttons are let go of. */
  async sendFocusEvent(setFocus = true): Promise<void> {
    if (setFocus) return
    this.#keys.reset()
    this.#browser.releaseInput()
  }

  /** Ends its Chromium; safe to call twice. */
  aclose(): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  async #close(): Promise<void> {
    this.removeAllListeners()
    await this.#browser.close()
    await this.#onClosed()
  }

  #input(...events: InputEvent[]): void {
    if (!this.#closed) this.#browser.input(events)
  }

  async #capture(): Promise<void> {
    await this.#browser.capture.raw({ fps: this.framerate, audio: true })
  }

  #paint({ data, width, height, dirtyRects }: RawFrame): void {
    if (this.#frame?.data !== data) this.#frame = new VideoFrame(data, width, height, VideoBufferType.I420)
    this.emit('paint', { dirtyRects: dirtyRects.map((rect) => [rect.x, rect.y, rect.width, rect.height]), frame: this.#frame, width, height })
  }

  /** The dialect has no dialogs and choosers: they get the answer of somebody who only wants to go on. */
  #answerForNobody(): void {
    const { events } = this.#browser
    const answer = (answered: Promise<void>): void => void answered.catch(() => {})
    events.on('dialogOpened', ({ id, type }: BrowserEvents['dialogOpened'][0]) =>
      answer(this.#browser.answerDialog(id, { accept: type === 'alert' || type === 'beforeunload' })),
    )
    events.on('fileChooserOpened', ({ id }) => answer(this.#browser.answerFileChooser(id, [])))
    events.on('authRequested', ({ id }) => answer(this.#browser.answerAuth(id, null)))
  }
}
