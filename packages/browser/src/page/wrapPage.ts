/**
 * The one part in the page's own world: tells of calls that open what is not in the picture.
 * Sent to Chromium as text: nothing outside of it may be used.
 */
export function wrapPage(channel: string): void {
  // A document that saw an earlier turn of a human has it already.
  const mark = Symbol.for(channel)
  if (mark in globalThis) return
  Object.defineProperty(globalThis, mark, { value: true })
  for (const prototype of [HTMLInputElement.prototype, HTMLSelectElement.prototype]) {
    const { showPicker } = prototype
    prototype.showPicker = function (this: HTMLInputElement & HTMLSelectElement) {
      const unheard = this.dispatchEvent(new CustomEvent(channel, { bubbles: true, composed: true, cancelable: true }))
      if (unheard) showPicker.call(this)
    }
  }
}
