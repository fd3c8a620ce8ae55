/**
 * Which fields hold a secret: passwords, what is masked like one, numbers and codes of cards, one-time codes. Pages say it
 * by type, by `autocomplete`, by style, or by nothing but a name; a code in boxes of one character each by none of these.
 */

/** Serialised with watchPage.ts: nothing outside of it may be used. */
export function secretFields(): (element: unknown) => boolean {
  const HINTS = ['one-time-code', 'cc-number', 'cc-csc', 'current-password', 'new-password']
  const NAMES =
    /(?<![a-z])(?:[ct]?otp|cvv2?|cvc2?|csc|ccv|cvn|2fa|mfa)(?![a-z])|one[-_ ]?time|pass[-_ ]?(?:word|code|phrase)|(?:verification|security|auth\w*)[-_ ]?code|card[-_ ]?(?:number|num(?![a-z])|no(?![a-z]))|cc[-_ ]?(?:number|num(?![a-z])|csc)/i
  const NAMED_BY = ['name', 'id', 'aria-label', 'placeholder', 'autocomplete']
  /** Fonts that show dots in place of characters. */
  const DOTS = /text-security|password|dotsfont/i
  /** So many boxes of one character in a row are a code. */
  const BOXES = 4
  const isTyped = (element: Element): element is HTMLInputElement =>
    element instanceof HTMLInputElement && ['text', 'tel', 'number', 'search', 'password', 'email', 'url'].includes(element.type)
  const isBox = (element: Element): boolean => isTyped(element) && element.maxLength === 1
  const isInBoxes = (element: HTMLInputElement): boolean => {
    const root = element.getRootNode()
    if (!(root instanceof Document || root instanceof ShadowRoot)) return false
    const fields = [...root.querySelectorAll('input')].filter(isTyped)
    const at = fields.indexOf(element)
    const next = fields.findIndex((field, index) => index > at && !isBox(field))
    const before = fields.slice(0, at).findLastIndex((field) => !isBox(field))
    return (next < 0 ? fields.length : next) - before - 1 >= BOXES
  }
  const isNamed = (element: HTMLInputElement): boolean =>
    NAMED_BY.some((name) => NAMES.test(element.getAttribute(name) ?? '')) || [...(element.labels ?? [])].some((label) => NAMES.test(label.innerText))
  const isMasked = (element: Element): boolean => {
    const style = getComputedStyle(element)
    return !['', 'none'].includes(style.getPropertyValue('-webkit-text-security')) || DOTS.test(style.fontFamily)
  }
  const isSecret = (element: Element): boolean => {
    if (isTyped(element)) {
      const hints = (element.getAttribute('autocomplete') ?? '').toLowerCase().split(/\s+/)
      if (element.type === 'password' || hints.some((hint) => HINTS.includes(hint)) || isMasked(element)) return true
      return isNamed(element) || (isBox(element) && isInBoxes(element))
    }
    const isText = element instanceof HTMLTextAreaElement || (element instanceof HTMLElement && element.isContentEditable)
    return isText && isMasked(element)
  }
  // A field stays secret when the page shows its text ("show password").
  const known = new WeakSet<Element>()
  return (element) => {
    if (!(element instanceof Element)) return false
    if (!known.has(element) && isSecret(element)) known.add(element)
    return known.has(element)
  }
}
