/**
 * The DOM of one `<tandem-view>`: the fitted picture, the sign over it, the slim strip. Draws a snapshot, and says
 * which button was pressed; knows no connection. All texts go in as text, never as markup.
 */
import {
  CONNECTION_WORDS,
  connectionState,
  describeDriver,
  describeOffer,
  describeSign,
  VIEW_COLOURS,
  VIEW_CSS,
  VIEW_GLYPHS,
  whoSentence,
} from '@tandem/client'
import type { ControlOffer, LiveSnapshot, ViewGlyph } from '@tandem/client'

const ELEMENT_CSS = `
:host { ${VIEW_COLOURS} display: block; width: 100%; aspect-ratio: 16 / 9; min-height: 96px; overflow: hidden; contain: content; }
:host([hidden]) { display: none; }
${VIEW_CSS}
`
const SVG = 'http://www.w3.org/2000/svg'
const DEFAULT_VIEWPORT = { width: 1280, height: 720 }

export type FaceAction = ControlOffer['action'] | 'sound' | 'reconnect'

export class Face {
  /** Where the live picture goes. */
  readonly host: HTMLElement
  readonly #view: HTMLElement
  readonly #picture: HTMLElement
  readonly #sign: HTMLElement
  readonly #error: HTMLElement
  readonly #bar: HTMLElement
  readonly #state: HTMLElement
  readonly #who: HTMLElement
  readonly #sound: HTMLButtonElement
  readonly #button: HTMLButtonElement
  #signed = ''

  constructor(root: ShadowRoot, onAction: (action: FaceAction) => void) {
    const sheet = new CSSStyleSheet()
    sheet.replaceSync(ELEMENT_CSS)
    root.adoptedStyleSheets = [sheet]
    this.host = make('div', 'tandem-host')
    this.#picture = make('div', 'tandem-picture', this.host)
    this.#sign = make('div', 'tandem-sign')
    this.#sign.setAttribute('role', 'status')
    this.#error = make('div', 'tandem-error')
    this.#error.setAttribute('role', 'alert')
    this.#state = make('div', 'tandem-state')
    const who = make('span', '')
    this.#who = make('div', 'tandem-who', who)
    this.#who.setAttribute('aria-live', 'polite')
    this.#sound = make('button', 'tandem-icon')
    this.#sound.addEventListener('click', () => onAction('sound'))
    this.#button = make('button', 'tandem-button')
    this.#button.addEventListener('click', () => onAction(actionOf(this.#button.dataset['action'])))
    for (const button of [this.#sound, this.#button]) button.type = 'button'
    this.#bar = make('div', 'tandem-bar', this.#state, this.#who, this.#sound, this.#button)
    this.#view = make('div', 'tandem-view', make('div', 'tandem-stage', this.#picture, this.#sign), this.#error, this.#bar)
    this.#view.part.add('view')
    this.#bar.part.add('strip')
    this.#sign.addEventListener('click', (event) => {
      if (event.target instanceof HTMLButtonElement) onAction('reconnect')
    })
    root.replaceChildren(this.#view)
  }

  draw(snapshot: LiveSnapshot, strip: boolean): void {
    const { session, status, blanked, holding, muted, stream } = snapshot
    const { width, height } = session?.viewport ?? DEFAULT_VIEWPORT
    this.#picture.style.aspectRatio = `${width} / ${height}`
    // Container units instead of measuring: the box is right in the first paint and in every frame of a resize.
    this.#picture.style.width = `min(100cqw, calc(100cqh * ${width / height}))`
    const driver = describeDriver(snapshot)
    const connection = connectionState(snapshot)
    this.#view.dataset['status'] = status
    this.#view.dataset['driver'] = driver.kind
    this.#view.toggleAttribute('data-old', status !== 'live')
    this.#view.toggleAttribute('data-hidden', blanked !== null)
    this.#drawSign(snapshot)
    this.#bar.hidden = !strip
    this.#bar.style.display = strip ? '' : 'none'
    this.#state.dataset['state'] = connection
    setText(this.#state, CONNECTION_WORDS[connection])
    const sentence = holding ? 'You are in control' : whoSentence(snapshot)
    this.#who.title = sentence
    setText(this.#who.firstElementChild, sentence)
    this.#sound.style.display = stream?.audio === true && status !== 'ended' ? '' : 'none'
    label(this.#sound, muted ? 'Sound on' : 'Mute', muted ? 'muted' : 'sound')
    const offer = describeOffer(snapshot)
    this.#button.style.display = offer === null ? 'none' : ''
    if (offer === null) return
    this.#button.dataset['action'] = offer.action
    this.#button.toggleAttribute('data-quiet', offer.action === 'request')
    this.#button.disabled = !offer.enabled
    setText(this.#button, offer.label)
  }

  /** What went wrong with the last press; null clears it. */
  fail(message: string | null): void {
    setText(this.#error, message ?? '')
  }

  #drawSign(snapshot: LiveSnapshot): void {
    const sign = describeSign(snapshot)
    // Drawn anew only when it says something else: screen readers would read it out each time.
    const key = JSON.stringify(sign)
    if (key === this.#signed) return
    this.#signed = key
    this.#sign.style.display = sign === null ? 'none' : ''
    if (sign === null) return this.#sign.replaceChildren()
    this.#sign.dataset['sign'] = sign.kind
    const mark = sign.kind === 'connecting' ? make('span', 'tandem-spinner') : make('span', 'tandem-glyph', glyph(sign.kind))
    const card = make('div', 'tandem-sign-card', mark, text('tandem-sign-title', sign.title), text('tandem-sign-reason', sign.reason))
    if (sign.kind === 'stalled') {
      const button = make('button', 'tandem-button')
      button.type = 'button'
      button.textContent = 'Reconnect'
      card.append(make('div', 'tandem-sign-actions', button))
    }
    this.#sign.replaceChildren(card)
  }
}

function actionOf(value: string | undefined): FaceAction {
  return value === 'hand-back' || value === 'request' ? value : 'take'
}

function make<K extends keyof HTMLElementTagNameMap>(tag: K, className: string, ...children: Node[]): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag)
  if (className !== '') element.className = className
  element.append(...children)
  return element
}

function text(className: string, words: string): HTMLElement {
  const element = make('div', className)
  element.textContent = words
  return element
}

/** The same text again would make screen readers repeat it. */
function setText(element: Element | null, words: string): void {
  if (element !== null && element.textContent !== words) element.textContent = words
}

function glyph(of: ViewGlyph): SVGElement {
  const svg = document.createElementNS(SVG, 'svg')
  svg.setAttribute('viewBox', '0 0 24 24')
  svg.setAttribute('aria-hidden', 'true')
  const path = document.createElementNS(SVG, 'path')
  path.setAttribute('d', VIEW_GLYPHS[of])
  svg.append(path)
  return svg
}

function label(button: HTMLButtonElement, words: string, of: ViewGlyph): void {
  if (button.title === words) return
  button.title = words
  button.setAttribute('aria-label', words)
  button.replaceChildren(glyph(of))
}
