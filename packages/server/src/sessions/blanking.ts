/** From whom the picture is hidden: while a password field has the focus in human hands, only whoever types sees the page. */
import type { Control } from '../control/control.ts'

const SECRET_REASON = 'A password is being typed; the picture is hidden until it is done.'

export class Blanking {
  readonly #control: Control
  readonly #changed: () => void
  #focused = false
  #lastActor: string | null = null

  constructor(control: Control, changed: () => void) {
    this.#control = control
    this.#changed = changed
  }

  /** Who acted last: a viewer id, or the client id of a REST client. */
  get lastActor(): string | null {
    return this.#lastActor
  }

  acted(clientId: string): void {
    if (this.#lastActor === clientId) return
    this.#lastActor = clientId
    if (this.#focused) this.#changed()
  }

  /** A password field has the focus, or no longer. */
  focus(focused: boolean): void {
    if (this.#focused === focused) return
    this.#focused = focused
    this.#changed()
  }

  /** Why the picture is hidden from this viewer, for people; null when it is not. */
  reason(viewerId: string): string | null {
    if (!this.#focused) return null
    // In mode `shared` nobody holds control: whoever acted last is the one who types.
    const typist = this.#control.mode === 'shared' ? this.#lastActor : (this.#control.holder?.clientId ?? null)
    return typist === viewerId ? null : SECRET_REASON
  }
}
