/**
 * `<tandem-view>`: one live session in any page, with no framework. Owns its LiveView from the moment that it is in
 * the document with an address until it is taken out: then it says goodbye, and control goes back. Attributes are
 * the configuration, properties mirror them; what happens comes as `tandem-status` and `tandem-control`.
 * Neighbours: face.ts draws, events.ts says what the page hears.
 */
import { liveUrl, LiveView, TandemError } from '@tandem/client'
import type { HandbackOutcome, LiveSnapshot, LiveViewOptions, Quality } from '@tandem/client'
import { controlOf, statusOf } from './events.ts'
import type { TandemViewEventMap } from './events.ts'
import { Face } from './face.ts'
import type { FaceAction } from './face.ts'

type TransportChoice = NonNullable<LiveViewOptions['transport']>
const TRANSPORT_CHOICES: readonly TransportChoice[] = ['auto', 'webrtc', 'relay', 'room', 'websocket', 'jpeg', 'screenshots']
const QUALITY_CHOICES: readonly Quality[] = ['auto', 'low', 'medium', 'high']

/** Pages that are rendered on a server import the element there too, where there is no DOM: it only must not fail. */
const Base: typeof HTMLElement = typeof HTMLElement === 'undefined' ? (class {} as typeof HTMLElement) : HTMLElement

export class TandemView extends Base {
  static readonly observedAttributes = ['src', 'session', 'token', 'transport', 'quality', 'controls', 'muted', 'name']
  readonly #face: Face
  #view: LiveView | null = null
  #leave: (() => void) | null = null
  #told = { status: '', control: '' }
  #planned = false
  #url: string | null = null

  constructor() {
    super()
    this.#face = new Face(this.attachShadow({ mode: 'open' }), (action) => this.#act(action))
  }

  /** The live view behind the element, for all that it does not offer itself; null while it is not connected. */
  get liveView(): LiveView | null {
    return this.#view
  }

  get snapshot(): LiveSnapshot | null {
    return this.#view?.snapshot ?? null
  }

  get status(): LiveSnapshot['status'] {
    return this.snapshot?.status ?? 'ended'
  }

  /** This view has the wheel. */
  get holding(): boolean {
    return this.snapshot?.holding ?? false
  }

  /** Takes the wheel; rejects with control/not-holder or control/conflict when somebody else has it. */
  takeControl(options: { force?: boolean } = {}): Promise<void> {
    return this.#live().takeControl(options.force ?? false)
  }

  /** Asks whoever has it. */
  requestControl(): Promise<void> {
    return this.#live().requestControl()
  }

  handBack(outcome: HandbackOutcome = 'done', note?: string): Promise<void> {
    return this.#live().handBack(outcome, note)
  }

  /** Makes the connection anew, at once. */
  reconnect(): void {
    this.#view?.reconnect()
  }

  connectedCallback(): void {
    this.#plan()
  }

  disconnectedCallback(): void {
    // Being moved is being taken out and put back in one turn: it costs no connection.
    this.#plan()
  }

  attributeChangedCallback(name: string, before: string | null, now: string | null): void {
    if (before === now) return
    if (name === 'src' || name === 'session' || name === 'token') return this.#plan()
    const view = this.#view
    if (view === null) return
    if (name === 'transport') view.setTransport(this.transport)
    else if (name === 'quality') view.setQuality(this.quality)
    else if (name === 'muted') void view.setMuted(this.muted)
    else if (name === 'name' && now !== null && now !== '') view.rename(now).catch((error: unknown) => this.#failed(error))
    else this.#draw()
  }

  get src(): string {
    return this.getAttribute('src') ?? ''
  }
  set src(value: string) {
    this.setAttribute('src', value)
  }

  get session(): string | null {
    return this.getAttribute('session')
  }
  set session(value: string | null) {
    this.#set('session', value)
  }

  get token(): string | null {
    return this.getAttribute('token')
  }
  set token(value: string | null) {
    this.#set('token', value)
  }

  get name(): string | null {
    return this.getAttribute('name')
  }
  set name(value: string | null) {
    this.#set('name', value)
  }

  get transport(): TransportChoice {
    return TRANSPORT_CHOICES.find((choice) => choice === this.getAttribute('transport')) ?? 'auto'
  }
  set transport(value: TransportChoice) {
    this.setAttribute('transport', value)
  }

  get quality(): Quality {
    return QUALITY_CHOICES.find((choice) => choice === this.getAttribute('quality')) ?? 'auto'
  }
  set quality(value: Quality) {
    this.setAttribute('quality', value)
  }

  /** The strip with the connection, who drives and the control button. */
  get controls(): boolean {
    return this.hasAttribute('controls') && this.getAttribute('controls') !== 'none'
  }
  set controls(value: boolean) {
    this.toggleAttribute('controls', value)
  }

  /** Without it the sound comes on at the first press in the view: browsers want a gesture. */
  get muted(): boolean {
    return this.hasAttribute('muted')
  }
  set muted(value: boolean) {
    this.toggleAttribute('muted', value)
  }

  #set(name: string, value: string | null): void {
    if (value === null) this.removeAttribute(name)
    else this.setAttribute(name, value)
  }

  /** Connects, connects elsewhere or says goodbye, once for all changes of one turn. */
  #plan(): void {
    if (this.#planned) return
    this.#planned = true
    queueMicrotask(() => {
      this.#planned = false
      const url = this.isConnected ? liveUrl({ server: this.src || location.origin, session: this.session, token: this.token }) : null
      if (url === this.#url && (url === null) === (this.#view === null)) return
      this.#close()
      this.#url = url
      if (url !== null) this.#open(url)
    })
  }

  #open(url: string): void {
    const view = new LiveView({ url, name: this.name ?? undefined, transport: this.transport, quality: this.quality })
    const detach = view.attach(this.#face.host)
    const unsubscribe = view.subscribe(() => this.#changed())
    const sound = (): void => void (!this.muted && view.snapshot.muted && view.setMuted(false))
    this.addEventListener('pointerdown', sound, { once: true })
    this.#view = view
    this.#leave = () => {
      this.removeEventListener('pointerdown', sound)
      unsubscribe()
      detach()
      view.close()
    }
    this.#changed()
  }

  #close(): void {
    this.#leave?.()
    this.#leave = this.#view = null
    this.#told = { status: '', control: '' }
    this.#face.fail(null)
  }

  #changed(): void {
    const { snapshot } = this
    if (snapshot === null) return
    this.#draw()
    this.#tell('status', 'tandem-status', statusOf(snapshot))
    this.#tell('control', 'tandem-control', controlOf(snapshot))
  }

  #tell<K extends keyof TandemViewEventMap>(slot: 'status' | 'control', type: K, detail: TandemViewEventMap[K]['detail']): void {
    const key = JSON.stringify(detail)
    if (key === this.#told[slot]) return
    this.#told[slot] = key
    this.dispatchEvent(new CustomEvent(type, { detail, bubbles: true, composed: true }))
  }

  #draw(): void {
    if (this.#view !== null) this.#face.draw(this.#view.snapshot, this.controls)
  }

  #live(): LiveView {
    if (this.#view === null) throw new TandemError('server/overloaded', 'This view is not connected: put it into the document with `src` and `session`.')
    return this.#view
  }

  #act(action: FaceAction): void {
    const view = this.#view
    if (view === null) return
    this.#face.fail(null)
    const work = {
      take: () => view.takeControl(),
      request: () => view.requestControl(),
      'hand-back': () => view.handBack(),
      sound: () => view.setMuted(!view.snapshot.muted),
      reconnect: async () => view.reconnect(),
    }
    work[action]().catch((error: unknown) => this.#failed(error))
  }

  #failed(error: unknown): void {
    this.#face.fail(error instanceof Error ? error.message : String(error))
  }
}
