/** What lies over the picture: the agent's pointer with its clicks, and the sign of a hidden picture. Drawn here, never in the page. */
import type { PageLayout } from '@tandem/protocol'
import { fromPage } from '../input/geometry.ts'
import type { Size } from '../input/geometry.ts'

/** An agent that does nothing needs no pointer on the picture. */
const POINTER_SHOWN_MS = 4_000
const RIPPLE_MS = 480
const ARROW = 'M3 2 L3 19 L8 14.5 L11.2 21.5 L14 20.2 L10.9 13.4 L17.5 13.2 Z'
const SVG = 'http://www.w3.org/2000/svg'

export interface AgentPointer {
  x: number
  y: number
  type: 'move' | 'down' | 'up' | 'wheel'
}

export class Overlay {
  readonly #layer: HTMLElement
  readonly #frame: () => Size | null
  readonly #pointer: HTMLElement
  readonly #label: HTMLElement
  readonly #sign: HTMLElement
  readonly #hint: HTMLElement
  #at: { x: number; y: number } | null = null
  #hide: ReturnType<typeof setTimeout> | undefined
  readonly #ripples = new Set<ReturnType<typeof setTimeout>>()

  /** @param frame The size of the frame that is shown. */
  constructor(layer: HTMLElement, frame: () => Size | null) {
    this.#layer = layer
    this.#frame = frame
    const { ownerDocument: document } = layer
    this.#pointer = document.createElement('div')
    this.#pointer.className = 'agent'
    const svg = document.createElementNS(SVG, 'svg')
    svg.setAttribute('viewBox', '0 0 22 24')
    const path = document.createElementNS(SVG, 'path')
    for (const [name, value] of Object.entries({ d: ARROW, fill: '#6d4aff', stroke: '#fff', 'stroke-width': '1.4', 'stroke-linejoin': 'round' }))
      path.setAttribute(name, value)
    svg.append(path)
    this.#label = document.createElement('span')
    this.#pointer.append(svg, this.#label)
    this.#pointer.setAttribute('aria-hidden', 'true')
    this.#sign = document.createElement('div')
    this.#sign.className = 'sign'
    this.#sign.setAttribute('role', 'status')
    this.#hint = document.createElement('div')
    this.#hint.className = 'hint'
    this.#hint.setAttribute('role', 'status')
    layer.append(this.#pointer, this.#sign, this.#hint)
  }

  agent(pointer: AgentPointer, name: string, viewport: PageLayout): void {
    this.#label.textContent = name
    // The first place is taken at once; from then on it glides.
    this.#pointer.classList.toggle('glide', this.#at !== null)
    this.#at = { x: pointer.x, y: pointer.y }
    this.place(viewport)
    this.#pointer.classList.add('shown')
    clearTimeout(this.#hide)
    this.#hide = setTimeout(() => this.#forget(), POINTER_SHOWN_MS)
    if (pointer.type === 'down') this.#ripple(pointer, viewport)
  }

  /** The host has another size, or the page another viewport. */
  place(viewport: PageLayout): void {
    if (!this.#at) return
    const { left, top } = fromPage(this.#at.x, this.#at.y, this.#box(), viewport, this.#frame())
    this.#pointer.style.transform = `translate(${left.toFixed(1)}px, ${top.toFixed(1)}px)`
  }

  /** Covers the picture and says why; null shows it again. */
  blank(reason: string | null): void {
    this.#sign.textContent = reason ?? ''
    this.#sign.classList.toggle('shown', reason !== null)
  }

  /** Says something over the picture, which stays to be seen; null: nothing. */
  hint(text: string | null): void {
    this.#hint.textContent = text ?? ''
    this.#hint.classList.toggle('shown', text !== null)
  }

  close(): void {
    clearTimeout(this.#hide)
    for (const timer of this.#ripples) clearTimeout(timer)
    this.#pointer.remove()
    this.#sign.remove()
    this.#hint.remove()
  }

  #forget(): void {
    this.#at = null
    this.#pointer.classList.remove('shown')
  }

  #ripple({ x, y }: AgentPointer, viewport: PageLayout): void {
    const { left, top } = fromPage(x, y, this.#box(), viewport, this.#frame())
    const ring = this.#layer.ownerDocument.createElement('div')
    ring.className = 'ripple'
    ring.style.left = `${left.toFixed(1)}px`
    ring.style.top = `${top.toFixed(1)}px`
    this.#layer.append(ring)
    const timer = setTimeout(() => {
      this.#ripples.delete(timer)
      ring.remove()
    }, RIPPLE_MS)
    this.#ripples.add(timer)
  }

  #box(): { left: number; top: number; width: number; height: number } {
    return { left: 0, top: 0, width: this.#layer.clientWidth, height: this.#layer.clientHeight }
  }
}
