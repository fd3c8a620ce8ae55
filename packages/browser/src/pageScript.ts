/**
 * What runs in every frame while a human drives: sent to Chromium as source text, so nothing outside a function
 * may be used in it. `watchPage` lives in our isolated world and tells Node by the binding `tandemSay`;
 * `wrapPage` is the one part in the page's own world, for calls that no event announces.
 */
import type { Picker } from '@tandem/protocol'

export const SAY_BINDING = 'tandemSay'

/** What a frame says. */
export type PageMessage =
  | { type: 'cursor'; cursor: string }
  | { type: 'secret'; frame: string; on: boolean }
  | { type: 'copied'; text: string }
  | { type: 'picker'; key: number; at: { x: number; y: number } | null; picker: Omit<Picker, 'id' | 'tabId'> }
  | { type: 'pickerGone'; key: number }

/** The watcher's handle in the isolated world, `globalThis.tandem`. */
export interface PageWatcher {
  start(): void
  stop(): void
  /** Says again whether a secret field has the focus. */
  report(): void
  /** Sets a picker's value, as the page would see it from a user; null leaves it. */
  answer(key: number, values: string[] | null): void
}

/** @param channel Name of the events by which `wrapPage` reaches this world; nobody else knows it. */
export function watchPage(channel: string): void {
  const scope = globalThis as { tandem?: PageWatcher; tandemSay?: (text: string) => void }
  if (scope.tandem) return scope.tandem.start()
  const say = (message: PageMessage): void => scope.tandemSay?.(JSON.stringify(message))
  const frame = String(Math.random())
  let listening: AbortController | undefined

  // --- cursor ---
  let cursor = ''
  const isText = (x: number, y: number, element: Element): boolean => {
    if (getComputedStyle(element).userSelect === 'none') return false
    const node = document.caretPositionFromPoint(x, y)?.offsetNode
    if (node?.nodeType !== Node.TEXT_NODE) return false
    const range = document.createRange()
    range.selectNodeContents(node)
    return [...range.getClientRects()].some((rect) => x >= rect.left && x <= rect.right && y >= rect.top && y <= rect.bottom)
  }
  const cursorAt = (event: MouseEvent): string => {
    const [element] = event.composedPath()
    if (!(element instanceof Element)) return 'default'
    // Of a list with pictures the last word counts: a picture would be fetched by the viewer.
    const style = getComputedStyle(element).cursor.split(',').at(-1)?.trim() ?? 'auto'
    if (style !== 'auto') return style
    const editable = element instanceof HTMLElement && element.isContentEditable
    return editable || isText(event.clientX, event.clientY, element) ? 'text' : 'default'
  }
  const onMove = (event: MouseEvent): void => {
    const next = cursorAt(event)
    if (next === cursor) return
    cursor = next
    say({ type: 'cursor', cursor })
  }

  // --- secrets ---
  // A field stays secret when the page shows its text ("show password").
  const secrets = new WeakSet<Element>()
  const isSecret = (element: unknown): boolean => {
    if (!(element instanceof HTMLInputElement)) return false
    const hints = (element.getAttribute('autocomplete') ?? '').toLowerCase().split(/\s+/)
    const secret =
      element.type === 'password' || hints.some((hint) => ['one-time-code', 'cc-number', 'cc-csc', 'current-password', 'new-password'].includes(hint))
    if (secret) secrets.add(element)
    return secret || secrets.has(element)
  }
  let secret = false
  const setSecret = (on: boolean): void => {
    if (on === secret) return
    secret = on
    say({ type: 'secret', frame, on })
  }
  const focused = (): Element | null => {
    let element = document.activeElement
    while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement
    return element
  }

  // --- pickers ---
  const PICKERS = ['date', 'time', 'datetime-local', 'month', 'week', 'color']
  const open = new Map<number, HTMLInputElement | HTMLSelectElement>()
  let lastKey = 0
  const tellPicker = (control: HTMLInputElement | HTMLSelectElement, at: { x: number; y: number } | null): void => {
    if ([...open.values()].includes(control)) return
    const key = ++lastKey
    open.set(key, control)
    const { x, y, width, height } = control.getBoundingClientRect()
    const isSelect = control instanceof HTMLSelectElement
    const options = isSelect
      ? [...control.options].map((option) => ({
          value: option.value,
          label: option.label,
          disabled: option.disabled || (option.parentElement instanceof HTMLOptGroupElement && option.parentElement.disabled),
          selected: option.selected,
        }))
      : null
    say({
      type: 'picker',
      key,
      at,
      picker: {
        type: isSelect ? 'select' : (control.type as Picker['type']),
        value: control.value,
        min: isSelect ? null : control.min || null,
        max: isSelect ? null : control.max || null,
        rect: { x, y, width, height },
        options,
        multiple: isSelect && control.multiple,
      },
    })
  }
  const closePickers = (): void => {
    for (const key of open.keys()) say({ type: 'pickerGone', key })
    open.clear()
  }

  // --- lists ---
  // Chromium paints a list in the page when the control has the look `base-select`: it gets it for as long as the
  // list is open, and keeps its own measures and colours meanwhile.
  const KEPT = [
    'width',
    'height',
    'min-height',
    'padding',
    'border',
    'border-radius',
    'background-color',
    'color',
    'font',
    'box-sizing',
    'margin',
    'letter-spacing',
  ] as const
  const LIST = `select::picker(select) { appearance: base-select; border: 1px solid #8f8f9d; border-radius: 4px; background: Canvas; color: CanvasText; box-shadow: 0 2px 8px rgb(0 0 0 / 30%) }
    select::picker-icon { font-size: 0.5em }`
  const paintsLists = CSS.supports('appearance', 'base-select')
  const sheets = new WeakMap<Document | ShadowRoot, CSSStyleSheet>()
  const isList = (select: HTMLSelectElement): boolean => !select.multiple && select.size <= 1
  const openList = (select: HTMLSelectElement, at: { x: number; y: number } | null): void => {
    // The page gave it this look itself: Chromium paints the list anyway.
    if (!paintsLists) return tellPicker(select, at)
    const root = select.getRootNode()
    if (!(root instanceof Document || root instanceof ShadowRoot)) return
    let sheet = sheets.get(root)
    if (!sheet) {
      sheet = new CSSStyleSheet()
      sheet.replaceSync(LIST)
      sheets.set(root, sheet)
    }
    const style = getComputedStyle(select)
    const kept = KEPT.map((name) => [name, style.getPropertyValue(name)] as const)
    const before = select.getAttribute('style')
    for (const [name, value] of kept) select.style.setProperty(name, value, 'important')
    // Where the page leaves the look to the system, the text is in the middle, a little in from the edge.
    if (style.appearance !== 'none') {
      select.style.setProperty('padding-inline', '4px', 'important')
      select.style.setProperty('align-items', 'center', 'important')
      // The system paints a field here, although the computed colour is that of a button.
      if (style.backgroundColor === 'rgb(239, 239, 239)') {
        select.style.setProperty('background-color', 'Field', 'important')
        select.style.setProperty('border-radius', '2px', 'important')
      }
    }
    select.style.setProperty('white-space', 'nowrap', 'important')
    select.style.setProperty('column-gap', '2px', 'important')
    select.style.setProperty('appearance', 'base-select', 'important')
    root.adoptedStyleSheets.push(sheet)
    const restore = (): void => {
      if (before === null) select.removeAttribute('style')
      else select.setAttribute('style', before)
      const at = root.adoptedStyleSheets.indexOf(sheet)
      if (at >= 0) root.adoptedStyleSheets.splice(at, 1)
    }
    try {
      select.showPicker()
    } catch {
      restore()
      return tellPicker(select, at)
    }
    // No event tells of a list that was closed without a choice.
    const check = (): void => {
      if (select.isConnected && select.matches(':open')) requestAnimationFrame(check)
      else restore()
    }
    requestAnimationFrame(check)
  }

  const needsPicker = (element: unknown): element is HTMLInputElement =>
    element instanceof HTMLInputElement && PICKERS.includes(element.type) && !element.disabled && (!element.readOnly || element.type === 'color')
  const needsList = (element: unknown): element is HTMLSelectElement =>
    element instanceof HTMLSelectElement && isList(element) && !element.disabled && getComputedStyle(element).appearance !== 'base-select'
  /** The calendar sign is at the end of the field; elsewhere a click only puts the caret into a part. */
  const isOnSign = (input: HTMLInputElement, x: number): boolean => {
    const rect = input.getBoundingClientRect()
    const { direction, paddingLeft, paddingRight, fontSize } = getComputedStyle(input)
    const size = Number.parseFloat(fontSize) * 1.7
    return direction === 'rtl' ? x < rect.left + Number.parseFloat(paddingLeft) + size : x > rect.right - Number.parseFloat(paddingRight) - size
  }
  const hasTouch = navigator.maxTouchPoints > 0
  const onMouseDown = (event: MouseEvent): void => {
    closePickers()
    const [element] = event.composedPath()
    if (event.button !== 0 || !needsList(element) || element.matches(':open')) return
    // Stops the list that is not in the picture, and the focus with it.
    event.preventDefault()
    element.focus()
    // The page's own listeners come first: they may still fill the list.
    setTimeout(() => openList(element, { x: event.clientX, y: event.clientY }))
  }
  const onClick = (event: MouseEvent): void => {
    const [element] = event.composedPath()
    if (!needsPicker(element)) return
    if (element.type !== 'color' && !hasTouch && event.detail > 0 && !isOnSign(element, event.clientX)) return
    event.preventDefault()
    element.focus()
    tellPicker(element, event.detail > 0 ? { x: event.clientX, y: event.clientY } : null)
  }
  const onKey = (event: KeyboardEvent): void => {
    const [element] = event.composedPath()
    const opens = event.key === 'F4' || event.key === ' ' || (event.altKey && (event.key === 'ArrowDown' || event.key === 'ArrowUp'))
    if (needsPicker(element) && element.type !== 'color' && opens) {
      event.preventDefault()
      tellPicker(element, null)
    } else if (needsList(element) && !element.matches(':open') && (opens || event.key === 'Enter')) {
      event.preventDefault()
      openList(element, null)
    }
  }

  const watcher: PageWatcher = {
    start() {
      if (listening) return
      listening = new AbortController()
      const { signal } = listening
      const early = { signal, capture: true }
      cursor = ''
      addEventListener('mousemove', onMove, early)
      // The pointer comes from another frame, which has set its own shape meanwhile.
      addEventListener('mouseover', (event) => event.relatedTarget ?? (cursor = ''), early)
      addEventListener('focusin', (event) => setSecret(isSecret(event.composedPath()[0])), early)
      addEventListener('focusout', (event) => setSecret(isSecret(event.relatedTarget)), early)
      addEventListener('pagehide', () => setSecret(false), early)
      addEventListener('mousedown', onMouseDown, early)
      // After the page's own listeners, which may prevent it, so added last of all.
      const afterPage = (type: 'contextmenu' | 'copy' | 'cut', handle: (event: Event) => void): void =>
        addEventListener(type, () => addEventListener(type, handle, { once: true }), early)
      // A menu of Chromium's own is not in the picture.
      afterPage('contextmenu', (event) => event.preventDefault())
      // After those of the element; pages stop clicks on their way up more often than they prevent them.
      const afterElement = (type: 'click' | 'keydown', handle: (event: Event) => void): void =>
        addEventListener(
          type,
          (event) => event.composedPath()[0]?.addEventListener(type, (late) => late.defaultPrevented || handle(late), { once: true }),
          early,
        )
      afterElement('click', (event) => event instanceof MouseEvent && onClick(event))
      afterElement('keydown', (event) => event instanceof KeyboardEvent && onKey(event))
      const onCopy = (event: Event): void => {
        if (!(event instanceof ClipboardEvent)) return
        const text = event.defaultPrevented ? event.clipboardData?.getData('text/plain') : selectedText()
        if (text) say({ type: 'copied', text })
      }
      afterPage('copy', onCopy)
      afterPage('cut', onCopy)
      addEventListener(
        channel,
        (event) => {
          if (!(event instanceof CustomEvent)) return
          if (typeof event.detail === 'string') say({ type: 'copied', text: event.detail })
          const [element] = event.composedPath()
          if (needsPicker(element)) tellPicker(element, null)
          else if (needsList(element)) openList(element, null)
          else return
          event.preventDefault()
        },
        early,
      )
      setSecret(isSecret(focused()))
    },
    stop() {
      listening?.abort()
      listening = undefined
      secret = false
      open.clear()
    },
    report() {
      secret = false
      if (listening) setSecret(isSecret(focused()))
    },
    answer(key, values) {
      const control = open.get(key)
      open.delete(key)
      if (!control || values === null) return
      if (control instanceof HTMLSelectElement) for (const option of control.options) option.selected = values.includes(option.value)
      else control.value = values[0] ?? ''
      control.dispatchEvent(new Event('input', { bubbles: true, composed: true }))
      control.dispatchEvent(new Event('change', { bubbles: true }))
    },
  }
  const selectedText = (): string => {
    const element = focused()
    const field = element instanceof HTMLInputElement || element instanceof HTMLTextAreaElement ? element : null
    // A password is never copied, by whatever way.
    const inField = field && field.type !== 'password' ? field.value.slice(field.selectionStart ?? 0, field.selectionEnd ?? 0) : ''
    return inField || (getSelection()?.toString() ?? '')
  }
  scope.tandem = watcher
  watcher.start()
}

/** In the page's world: tells of calls that open what is not in the picture or write to the clipboard. */
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
  if (!('clipboard' in navigator)) return
  const { writeText } = Clipboard.prototype
  Clipboard.prototype.writeText = async function (text) {
    await writeText.call(this, text)
    dispatchEvent(new CustomEvent(channel, { detail: String(text) }))
  }
}
