/**
 * The picture in a host element: surface, sound, overlay and the hidden textarea, in a shadow root, so that
 * it works in any page with no framework and no style sheet. Owns the DOM alone; picture.ts gives it streams and
 * frames, liveView.ts facts, input.ts listens on it. Everything it made is gone after `close`.
 */
import type { PageLayout, Transport } from '@tandem/protocol'
import type { PaintedFrame, VideoStream } from '../players/player.ts'
import { frameSize } from '../input/frameSize.ts'
import type { Size } from '../input/geometry.ts'
import { PictureInput } from '../input/input.ts'
import type { InputTarget } from '../input/input.ts'
import { Overlay } from './overlay.ts'
import type { AgentPointer } from './overlay.ts'
import { STAGE_CSS } from './styles.ts'
import { Surface } from './surface.ts'

export interface StageTarget extends Omit<InputTarget, 'pointerHint'> {
  /** A frame of a stream is on the screen. */
  videoFrame(source: VideoStream, now: number, metadata: VideoFrameCallbackMetadata): void
}

/** What of the snapshot the stage shows. */
export interface StageView {
  steering: boolean
  cursor: string
  pointerLocked: boolean
  blanked: string | null
  /** The picture is not live: it must not look as if it were. */
  stale: boolean
  muted: boolean
  viewport: PageLayout | null
}

export class Stage {
  readonly input: PictureInput
  readonly #host: HTMLElement
  readonly #root: ShadowRoot
  readonly #box: HTMLElement
  readonly #surface: Surface
  readonly #overlay: Overlay
  readonly #audio: HTMLAudioElement
  readonly #resize: ResizeObserver
  #viewport: PageLayout | null = null
  #closed = false

  constructor(host: HTMLElement, target: StageTarget) {
    this.#host = host
    const { ownerDocument: document } = host
    // A shadow root cannot be taken off again: a second attach finds the first one's.
    this.#root = host.shadowRoot ?? host.attachShadow({ mode: 'open' })
    const style = document.createElement('style')
    style.textContent = STAGE_CSS
    this.#box = document.createElement('div')
    this.#box.className = 'surface'
    this.#box.part.add('surface')
    this.#audio = document.createElement('audio')
    this.#audio.muted = true
    this.#audio.autoplay = true
    const area = document.createElement('textarea')
    area.setAttribute('aria-label', 'Keyboard input for the remote page')
    area.autocapitalize = 'off'
    area.autocomplete = 'off'
    area.spellcheck = false
    area.disabled = true
    area.tabIndex = -1
    this.#box.append(this.#audio, area)
    this.#root.replaceChildren(style, this.#box)
    this.#surface = new Surface(this.#box, (source, now, metadata) => target.videoFrame(source, now, metadata))
    const frame = (): Size | null => frameSize(this.element)
    this.#overlay = new Overlay(this.#box, frame)
    this.input = new PictureInput(this.#box, area, { ...target, pointerHint: (text) => this.#overlay.hint(text) }, frame)
    this.#resize = new ResizeObserver(() => this.#viewport && this.#overlay.place(this.#viewport))
    this.#resize.observe(host)
  }

  /** The element that shows the picture at the moment; null before the first frame. */
  get element(): HTMLVideoElement | HTMLCanvasElement | null {
    return this.#surface.element
  }

  /** It shows a picture of the rung that is preferred. */
  get hasFrame(): boolean {
    return this.#surface.ready
  }

  prefer(transport: Transport): void {
    this.#surface.prefer(transport)
  }

  show(transport: Transport, source: VideoStream | null): void {
    this.#surface.show(transport, source)
  }

  paint(frame: PaintedFrame): void {
    this.#surface.paint(frame)
  }

  sound(stream: MediaStream | null): void {
    this.#audio.srcObject = stream
    if (stream) this.#audio.play().catch(() => {})
  }

  /** Resolves with whether sound may play: browsers want a gesture first. */
  async mute(muted: boolean): Promise<boolean> {
    this.#audio.muted = muted
    if (muted) return false
    // Without a stream there is nothing to refuse yet, and `play` would wait for one.
    if (this.#audio.srcObject === null) return true
    try {
      await this.#audio.play()
      return true
    } catch (error) {
      this.#audio.muted = true
      return error instanceof DOMException && error.name === 'AbortError'
    }
  }

  agent(pointer: AgentPointer, name: string): void {
    if (this.#viewport) this.#overlay.agent(pointer, name, this.#viewport)
  }

  update(view: StageView): void {
    this.#viewport = view.viewport
    if (view.viewport) this.#overlay.place(view.viewport)
    this.#overlay.blank(view.blanked)
    this.#box.classList.toggle('stale', view.stale)
    // The page chooses the shape only while this viewer's pointer is the page's.
    this.#box.style.cursor = view.steering ? safeCursor(view.cursor) : ''
    this.input.enable(view.steering)
    this.input.lock(view.pointerLocked)
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#resize.disconnect()
    this.input.close()
    this.#overlay.close()
    this.#surface.close()
    this.#audio.srcObject = null
    // Another stage may have taken the host over meanwhile.
    if (this.#box.parentNode === this.#root) this.#root.replaceChildren()
  }

  get host(): HTMLElement {
    return this.#host
  }
}

/** Keywords only: a cursor's image would be loaded from an address that the page chose. */
export function safeCursor(cursor: string): string {
  const keyword = cursor.split(',').at(-1)?.trim() ?? ''
  return /^[a-z-]{2,20}$/.test(keyword) ? keyword : 'default'
}
