/**
 * How one page is laid out: what it is made to believe of its screen, and what it really is. Any client may set a size
 * of its own, and fullscreen or a screenshot may take one away, so the truth is measured whenever Chromium says that
 * the frame's size changed; what is lost without anybody's asking is set again. Knows nothing of viewers or clients.
 */
import { EventEmitter } from 'node:events'
import type { PageLayout, Viewport } from '@tandem/protocol'
import type { CdpSession, Protocol } from './connection.ts'
import { emulate, emulateSize, emulateTouch } from './emulation.ts'

/** What clients have set over the session's own; null: nothing. */
export interface ClientScreen {
  /** As the client gave it. Chromium takes a width or height of 0 for the window's. */
  size: Protocol.Emulation.SetDeviceMetricsOverrideRequest | null
  touch: boolean | null
}

/** A full-page screenshot makes the page another size for some 30 ms: that is no layout of it. */
const SETTLE_MS = 100
/** A scrollbar that is shown is no part of what is measured. */
const SCROLLBAR_PX = 20
/** A size that comes back so often against ours is what the page is laid out in. */
const MAX_REPAIRS = 3
/** The steps of desktop Chromium. */
const ZOOMS = [0.25, 1 / 3, 0.5, 2 / 3, 0.75, 0.8, 0.9, 1, 1.1, 1.25, 1.5, 1.75, 2, 2.5, 3, 4, 5]

export class Layout {
  /** `scaled`: its `factor` is another. */
  readonly events = new EventEmitter<{ changed: []; scaled: [] }>()
  readonly #session: CdpSession
  readonly #version: string
  #own: Viewport
  #client: ClientScreen | null = null
  #zoom = 1
  #told: PageLayout
  #factor = 1
  /** Of it what is no pinch. */
  #deviceZoom = 1
  #looking = false
  #again = false
  #timer: NodeJS.Timeout | undefined
  #asserting: NodeJS.Timeout | undefined
  /** In a row. */
  #misfits = 0
  #followed = false

  /** Of a page that is still paused. @param version As `Chrome/156.0.1.2`. */
  constructor(session: CdpSession, viewport: Viewport, version: string) {
    this.#session = session
    this.#version = version
    this.#own = this.#told = viewport
    emulate(session, viewport, version)
    session.on('Page.frameResized', () => this.#lookSoon())
    session.on('Page.frameNavigated', ({ frame }) => {
      if (!frame.parentId && this.#scales) this.look()
    })
    session.on('Page.loadEventFired', () => {
      if (this.#scales) this.look()
    })
    session.onDetached(() => {
      clearTimeout(this.#timer)
      clearTimeout(this.#asserting)
    })
  }

  /** The picture of the page in its own pixels: pointers are given in them. */
  get shown(): PageLayout {
    return this.#told
  }

  /** Pixels of the picture for each CSS pixel that CDP's input counts in: the page is pinched larger, or is a phone's that shows a desktop's width. */
  get factor(): number {
    return this.#factor
  }

  /** The session has another screen from now on. */
  setOwn(viewport: Viewport): void {
    const before = this.#own
    this.#own = viewport
    this.#zoom = 1
    emulate(this.#session, viewport, this.#version, before)
    this.#tell(viewport)
  }

  /** A human's pointers are mapped by it: the scale of each new document is measured, too. */
  follow(on: boolean): void {
    this.#followed = on
    if (on) this.look()
    else this.zoom(0)
  }

  /** Clients set this by themselves; what they no longer set is the session's own again. */
  setClient(client: ClientScreen | null): void {
    const before = this.#client
    const touched = this.#clientTouch
    this.#client = client
    if (client?.size) {
      this.#zoom = 1
      // Ours, too: after a screenshot Chromium sets again what the session had that asked for it.
      this.#setSize()
    } else if (before?.size) this.#restore()
    if (touched !== null && this.#clientTouch === null) emulateTouch(this.#session, this.#own.touch)
    if (client?.size || touched !== this.#clientTouch) this.#lookSoon()
  }

  /** A client ended, and what it had set ended for everybody. */
  clientEnded(): void {
    if (this.#own.touch && this.#clientTouch === null) emulateTouch(this.#session, true)
    this.#lookSoon()
  }

  /** So many steps larger or smaller, as a desktop browser zooms; 0: as it was. */
  zoom(steps: number): void {
    const at = ZOOMS.indexOf(this.#zoom)
    const next = steps === 0 ? 1 : (ZOOMS[Math.min(ZOOMS.length - 1, Math.max(0, at + steps))] ?? 1)
    if (next === this.#zoom) return
    this.#zoom = next
    this.#apply()
  }

  /**
   * Fullscreen of a captured page gives its window another size, and the page keeps ours: then the picture would show a
   * part of it. Set again, the window follows; once more, because it may still be on its way.
   */
  assert(): void {
    this.#setSize()
    clearTimeout(this.#asserting)
    this.#asserting = setTimeout(() => this.#setSize(), SETTLE_MS)
    this.#lookSoon()
  }

  /** The page says that it is shown so much larger. It is measured as well; but moves of a pinch, counted in a scale of before, would shift it. */
  scaled(scale: number): void {
    this.#setFactor(scale * this.#deviceZoom)
    this.look()
  }

  /** Measures now. */
  look(): void {
    clearTimeout(this.#timer)
    this.#again = true
    if (!this.#looking) void this.#measure()
  }

  #lookSoon(): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.look(), SETTLE_MS)
  }

  async #measure(): Promise<void> {
    this.#looking = true
    while (this.#again && !this.#session.isDetached) {
      this.#again = false
      // A page that is just being replaced is looked at again when the next one is there.
      const metrics = await this.#session.send('Page.getLayoutMetrics').catch(() => null)
      if (metrics) this.#measured(metrics.cssVisualViewport)
    }
    this.#looking = false
  }

  #measured({ clientWidth, clientHeight, scale, zoom = 1 }: Protocol.Page.VisualViewport): void {
    const measured = { width: Math.round(clientWidth * scale * zoom), height: Math.round(clientHeight * scale * zoom) }
    const expected = this.#effective
    this.#deviceZoom = zoom
    if (scale > 0) this.#setFactor(scale * zoom)
    if (isNear(measured.width, expected.width) && isNear(measured.height, expected.height)) {
      this.#misfits = 0
      return this.#tell(expected)
    }
    // Once may have been in the middle of a screenshot, which a repair would spoil.
    if (++this.#misfits === 1) return this.#lookSoon()
    if (this.#misfits <= 1 + MAX_REPAIRS) return this.#restore()
    this.#tell({ ...expected, ...measured })
  }

  #setFactor(factor: number): void {
    if (factor === this.#factor) return
    this.#factor = factor
    this.events.emit('scaled')
  }

  #tell(next: PageLayout): void {
    const before = JSON.stringify(this.#told)
    this.#told = next
    if (JSON.stringify(next) !== before) this.events.emit('changed')
  }

  /** As the page is laid out when nobody zooms. */
  get #base(): PageLayout {
    const touch = this.#clientTouch ?? this.#own.touch
    const size = this.#client?.size
    if (!size) return { ...this.#own, touch }
    const { width, height, deviceScaleFactor, mobile } = size
    return { width: width || this.#told.width, height: height || this.#told.height, scale: deviceScaleFactor || 1, mobile, touch }
  }

  get #effective(): PageLayout {
    const base = this.#base
    if (this.#zoom === 1) return base
    return { ...base, width: Math.round(base.width / this.#zoom), height: Math.round(base.height / this.#zoom), scale: base.scale * this.#zoom }
  }

  get #clientTouch(): boolean | null {
    return this.#client?.touch ?? null
  }

  #apply(): void {
    this.#setSize()
    this.#tell(this.#effective)
    this.#lookSoon()
  }

  #setSize(): void {
    const size = this.#client?.size
    const { width, height, scale } = this.#effective
    if (!size) emulateSize(this.#session, this.#effective)
    else this.#session.post('Emulation.setDeviceMetricsOverride', this.#zoom === 1 ? size : { ...size, width, height, deviceScaleFactor: scale })
  }

  /** Chromium dropped it, and would take the same again for what it has: taken away first, or the pixel ratio stays 1. */
  #restore(): void {
    this.#session.post('Emulation.clearDeviceMetricsOverride')
    this.#apply()
  }

  /** A document's scale is worth a look: somebody points at it, or it may be a phone's that shows a desktop's width. */
  get #scales(): boolean {
    return this.#followed || this.#base.mobile
  }
}

function isNear(measured: number, expected: number): boolean {
  return measured <= expected + 1 && measured >= expected - SCROLLBAR_PX
}
