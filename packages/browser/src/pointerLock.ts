/** Whether the page that is shown has locked the pointer, as its frames say it; and setting it free. */
import type { CdpSession } from './connection.ts'
import type { Tab } from './tab.ts'

export class PointerLock {
  readonly #free: (session: CdpSession) => void
  readonly #changed: (locked: boolean) => void
  readonly #locked = new Map<CdpSession, Tab>()
  #shown: Tab | null = null
  #told = false

  /** @param free lets go of the pointer in all frames of a session. */
  constructor(free: (session: CdpSession) => void, changed: (locked: boolean) => void) {
    this.#free = free
    this.#changed = changed
  }

  /** The shown page has it. */
  get on(): boolean {
    return this.#told
  }

  show(tab: Tab | null): void {
    // A tab that goes to the back keeps nobody's pointer.
    if (tab !== this.#shown) this.free()
    this.#shown = tab
    this.#tell()
  }

  /** A frame has locked the pointer, or let go of it. */
  said(tab: Tab, session: CdpSession, on: boolean): void {
    if (on) this.#locked.set(session, tab)
    else this.#locked.delete(session)
    this.#tell()
  }

  /** As Escape does everywhere. Answers whether it was locked. */
  free(): boolean {
    const was = this.#told
    for (const session of this.#locked.keys()) this.#free(session)
    this.#locked.clear()
    this.#tell()
    return was
  }

  #tell(): void {
    const locked = [...this.#locked.values()].some((tab) => tab === this.#shown)
    if (locked === this.#told) return
    this.#told = locked
    this.#changed(locked)
  }
}
