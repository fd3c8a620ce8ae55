/** What runs in the viewer's page: one LiveView over the whole window (or a box of it), and ways to look at its picture. */
import { LiveView } from '@tandem/client'
import type { LiveSnapshot, LiveViewOptions } from '@tandem/client'

interface Box {
  left: number
  top: number
  width: number
  height: number
}

let peers = 0
/** Counts how often the client makes a peer: once, if it survives what happens to it. */
globalThis.RTCPeerConnection = class extends RTCPeerConnection {
  constructor(configuration?: RTCConfiguration) {
    super(configuration)
    peers++
  }
}

class ViewerPage {
  #view: LiveView | null = null
  #host: HTMLElement | null = null
  #detach: (() => void) | null = null
  readonly canvas = new OffscreenCanvas(1, 1)

  get view(): LiveView {
    if (!this.#view) throw new Error('mount first')
    return this.#view
  }

  get host(): HTMLElement {
    if (!this.#host) throw new Error('mount first')
    return this.#host
  }

  peersMade(): number {
    return peers
  }

  mount(options: LiveViewOptions, box: Box | null): void {
    const host = document.createElement('div')
    const { left, top, width, height } = box ?? { left: 0, top: 0, width: innerWidth, height: innerHeight }
    host.style.cssText = `position:absolute;left:${left}px;top:${top}px;width:${width}px;height:${height}px`
    document.body.append(host)
    this.#host = host
    this.#view = new LiveView(options)
    this.attach()
  }

  attach(): void {
    this.#detach = this.view.attach(this.host)
  }

  detach(): void {
    this.#detach?.()
  }

  until(expression: string, timeoutMs: number): Promise<LiveSnapshot> {
    const holds = new Function('s', `return ${expression}`)
    return new Promise((resolve, reject) => {
      const check = (): void => {
        if (!holds(this.view.snapshot)) return
        undo()
        clearTimeout(timer)
        resolve(this.view.snapshot)
      }
      const undo = this.view.subscribe(check)
      const timer = setTimeout(() => {
        undo()
        reject(new Error('time is over'))
      }, timeoutMs)
      check()
    })
  }

  async call(method: string, args: unknown[]): Promise<unknown> {
    // Tests name methods of the LiveView; one that does not exist fails here.
    const target = this.view as unknown as Record<string, (...args: unknown[]) => unknown>
    try {
      return await target[method]?.apply(this.view, args)
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : 'error'
      throw new Error(`${code}: ${error instanceof Error ? error.message : String(error)}`)
    }
  }

  pixel(x: number, y: number): [number, number, number] | null {
    const { pictureElement: picture } = this.view
    const viewport = this.view.snapshot.session?.viewport
    if (!picture || !viewport) return null
    const isVideo = picture instanceof HTMLVideoElement
    const [width, height] = isVideo ? [picture.videoWidth, picture.videoHeight] : [picture.width, picture.height]
    if (width === 0) return null
    const context = this.canvas.getContext('2d', { willReadFrequently: true })
    if (!context) return null
    const [left, top] = [Math.round((x / viewport.width) * width), Math.round((y / viewport.height) * height)]
    context.drawImage(picture, left, top, 1, 1, 0, 0, 1, 1)
    const [r = 0, g = 0, b = 0] = context.getImageData(0, 0, 1, 1).data
    return [r, g, b]
  }

  /** Null once a frame has the colour; else what was seen last. */
  untilPixel(x: number, y: number, colour: number[], timeoutMs: number): Promise<[number, number, number] | 'no frame' | null> {
    const deadline = performance.now() + timeoutMs
    return new Promise((resolve) => {
      const look = (): void => {
        const seen = this.pixel(x, y)
        if (seen?.every((value, index) => Math.abs(value - (colour[index] ?? 0)) < 48)) return resolve(null)
        if (performance.now() > deadline) return resolve(seen ?? 'no frame')
        setTimeout(look, 20)
      }
      look()
    })
  }

  /** The middle of what is nearest to this one of the colours in the frame that is shown now, as a place in the window; null: nothing is. */
  spot(colours: readonly number[][], which: number): { x: number; y: number } | null {
    const { pictureElement: picture } = this.view
    if (!picture) return null
    const [width, height] = picture instanceof HTMLVideoElement ? [picture.videoWidth, picture.videoHeight] : [picture.width, picture.height]
    if (width === 0) return null
    this.canvas.width = width
    this.canvas.height = height
    const context = this.canvas.getContext('2d', { willReadFrequently: true })
    if (!context) return null
    context.drawImage(picture, 0, 0)
    const { data } = context.getImageData(0, 0, width, height)
    const sum = { x: 0, y: 0, count: 0 }
    for (let y = 2; y < height; y += 4) {
      for (let x = 2; x < width; x += 4) {
        const at = (y * width + x) * 4
        const far = colours.map((colour) => colour.reduce((sum, value, index) => sum + Math.abs(value - (data[at + index] ?? 0)), 0))
        if (far.indexOf(Math.min(...far)) !== which) continue
        sum.x += x + 0.5
        sum.y += y + 0.5
        sum.count++
      }
    }
    if (sum.count < 20) return null
    const box = this.host.getBoundingClientRect()
    const scale = Math.min(box.width / width, box.height / height)
    return {
      x: box.left + (box.width - width * scale) / 2 + (sum.x / sum.count) * scale,
      y: box.top + (box.height - height * scale) / 2 + (sum.y / sum.count) * scale,
    }
  }

  /** The frame has the page's proportions: it is none of before another size. */
  get isOfPage(): boolean {
    const { pictureElement: picture } = this.view
    const viewport = this.view.snapshot.session?.viewport
    if (!picture || !viewport) return false
    const [width, height] = picture instanceof HTMLVideoElement ? [picture.videoWidth, picture.videoHeight] : [picture.width, picture.height]
    return height > 0 && Math.abs((width / height) * (viewport.height / viewport.width) - 1) < 0.01
  }

  /** The same as soon as a frame of the page as it is has this colour and those that it is `among`; null when none has in time. */
  async find(colours: readonly number[][], which: number, among: readonly number[], timeoutMs: number): Promise<{ x: number; y: number } | null> {
    const late = performance.now() + timeoutMs
    for (;;) {
      // An agent's screenshot of a part is that part alone in a frame or two, for everybody who watches.
      const found = this.isOfPage && among.every((other) => this.spot(colours, other)) ? this.spot(colours, which) : null
      if (found || performance.now() > late) return found
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }

  place(x: number, y: number): { x: number; y: number } {
    const viewport = this.view.snapshot.session?.viewport
    if (!viewport) throw new Error('no session yet')
    const box = this.host.getBoundingClientRect()
    const scale = Math.min(box.width / viewport.width, box.height / viewport.height)
    return { x: box.left + (box.width - viewport.width * scale) / 2 + x * scale, y: box.top + (box.height - viewport.height * scale) / 2 + y * scale }
  }
}

declare global {
  var viewer: ViewerPage
}

globalThis.viewer = new ViewerPage()

// `#<options as JSON>` mounts by itself: what a test evaluates counts as a gesture, and this does not.
if (location.hash.length > 1) globalThis.viewer.mount(JSON.parse(decodeURIComponent(location.hash.slice(1))), null)
