/**
 * The viewer's own pointer: locked to the picture for as long as the remote page has locked its own. Browsers lock only
 * after a gesture, so a refusal asks again at the next press; whoever frees it (Escape) frees the page's too.
 */
export interface OwnPointerSink {
  /** It moved while it was locked. */
  moved(event: MouseEvent): void
  /** The human freed it. */
  escaped(): void
  /** What to tell the human; null: nothing. */
  hint(text: string | null): void
}

const CLICK_HINT = 'The page wants to lock your pointer: click it. Esc frees it again.'
const ESCAPE_HINT = 'Your pointer is locked to this page. Press Esc to free it.'

export class OwnPointer {
  readonly #element: HTMLElement
  readonly #sink: OwnPointerSink
  #wanted = false
  #wasLocked = false

  constructor(element: HTMLElement, sink: OwnPointerSink, signal: AbortSignal) {
    this.#element = element
    this.#sink = sink
    element.ownerDocument.addEventListener('pointerlockchange', () => this.#changed(), { signal })
    element.addEventListener('mousemove', (event) => this.locked && sink.moved(event), { signal })
  }

  get locked(): boolean {
    const root = this.#element.getRootNode()
    return (root instanceof ShadowRoot ? root : this.#element.ownerDocument).pointerLockElement === this.#element
  }

  /** The page has locked its pointer, and this viewer steers. */
  want(wanted: boolean): void {
    if (wanted === this.#wanted) return
    this.#wanted = wanted
    if (wanted) this.ask()
    else if (this.locked) this.#element.ownerDocument.exitPointerLock()
    this.#tell()
  }

  /** In a gesture of the human. */
  ask(): void {
    // A phone has none.
    if (!this.#wanted || this.locked || typeof this.#element.requestPointerLock !== 'function') return
    // Older browsers answer with nothing, and tell a refusal by an event.
    void Promise.resolve(this.#element.requestPointerLock()).catch(() => this.#tell())
  }

  #changed(): void {
    const { locked } = this
    const freed = this.#wasLocked && !locked && this.#wanted
    this.#wasLocked = locked
    if (locked && !this.#wanted) return this.#element.ownerDocument.exitPointerLock()
    if (freed) this.#sink.escaped()
    this.#tell()
  }

  #tell(): void {
    const canLock = typeof this.#element.requestPointerLock === 'function'
    this.#sink.hint(this.#wanted && canLock ? (this.locked ? ESCAPE_HINT : CLICK_HINT) : null)
  }
}
