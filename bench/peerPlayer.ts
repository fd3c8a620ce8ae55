/**
 * Plays agent-browser's stream in the viewer page as its own dashboard does: JSON over a WebSocket, JPEG in
 * base64, painted into a canvas; a press on the canvas goes back as `input_mouse`. Protocol:
 * https://agent-browser.dev/streaming
 */
import { bitmapLuma, PAGE_HEIGHT, PAGE_WIDTH, wallClock, type OnFrame, type Region } from './decode.ts'
import type { Player, Traffic } from './player.ts'

interface Tap {
  region: Region
  onFrame: OnFrame
  scratch: OffscreenCanvas
}

const BUTTONS = ['left', 'middle', 'right'] as const

export class PeerPlayer implements Player {
  readonly firstFrame: Promise<number>
  readonly #socket: WebSocket
  readonly #canvas = document.createElement('canvas')
  readonly #context: CanvasRenderingContext2D
  readonly #taps = new Set<Tap>()
  #firstFrame: (at: number) => void = () => {}
  #lastSeq = -1
  #received = 0
  #frames = 0
  #skipped = 0

  constructor(url: string, host: HTMLElement) {
    this.firstFrame = new Promise((resolve) => (this.#firstFrame = resolve))
    const context = this.#canvas.getContext('2d')
    if (!context) throw new Error('No canvas context.')
    this.#context = context
    this.#canvas.width = PAGE_WIDTH
    this.#canvas.height = PAGE_HEIGHT
    host.append(this.#canvas)
    for (const [type, eventType] of [
      ['mousedown', 'mousePressed'],
      ['mouseup', 'mouseReleased'],
    ] as const) {
      this.#canvas.addEventListener(type, (event) => this.#mouse(event, eventType))
    }
    this.#socket = new WebSocket(url)
    this.#socket.addEventListener('message', ({ data }) => void this.#receive(String(data)))
  }

  tapDecoded(region: Region, onFrame: OnFrame): () => void {
    const tap = { region, onFrame, scratch: new OffscreenCanvas(1, 1) }
    this.#taps.add(tap)
    return () => this.#taps.delete(tap)
  }

  tapShown(): null {
    return null
  }

  traffic(): Promise<Traffic> {
    return Promise.resolve({
      received: this.#received,
      sent: 0,
      payload: this.#received,
      details: { codec: 'JPEG', frames: this.#frames, skipped: this.#skipped },
    })
  }

  close(): void {
    this.#socket.close()
    this.#canvas.remove()
  }

  #mouse(event: MouseEvent, eventType: string): void {
    event.preventDefault()
    const { left, top, width, height } = this.#canvas.getBoundingClientRect()
    const x = ((event.clientX - left) * PAGE_WIDTH) / width
    const y = ((event.clientY - top) * PAGE_HEIGHT) / height
    this.#socket.send(JSON.stringify({ type: 'input_mouse', eventType, x, y, button: BUTTONS[event.button] ?? 'none', clickCount: 1 }))
  }

  async #receive(text: string): Promise<void> {
    // Text of base64 and ASCII JSON: characters are bytes.
    this.#received += text.length
    const message: { type: string; seq?: number; data?: string } = JSON.parse(text)
    if (message.type !== 'frame' || message.data === undefined) return
    const seq = message.seq ?? this.#lastSeq + 1
    const bytes = Uint8Array.from(atob(message.data), (character) => character.charCodeAt(0))
    const bitmap = await createImageBitmap(new Blob([bytes], { type: 'image/jpeg' }))
    const at = wallClock()
    try {
      if (this.#socket.readyState !== WebSocket.OPEN) return
      if (new URL(this.#socket.url).searchParams.get('pacing') === 'ack') this.#socket.send(JSON.stringify({ type: 'ack', seq }))
      // Bitmaps decode in parallel: one that was overtaken is not painted.
      if (seq < this.#lastSeq) return void this.#skipped++
      this.#lastSeq = seq
      this.#frames++
      this.#context.drawImage(bitmap, 0, 0, PAGE_WIDTH, PAGE_HEIGHT)
      this.#firstFrame(at)
      for (const { region, onFrame, scratch } of this.#taps) onFrame(at, bitmapLuma(bitmap, region, scratch))
    } finally {
      bitmap.close()
    }
  }
}
