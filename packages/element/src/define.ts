import type { TandemViewEventMap } from './events.ts'
import { TandemView } from './tandemView.ts'

/** Registers the element once; a page may load the bundle twice. */
export function defineTandemView(name = 'tandem-view'): void {
  if (customElements.get(name) === undefined) customElements.define(name, TandemView)
}

declare global {
  interface HTMLElementTagNameMap {
    'tandem-view': TandemView
  }
  interface HTMLElementEventMap extends TandemViewEventMap {}
}
