/**
 * The list of a `<select>`, in the page. Chromium paints it there when the control has the look `base-select`: it gets
 * that for as long as the list is open, and keeps its own measures and colours meanwhile.
 */

/** Serialised with watchPage.ts: nothing outside of it may be used. Answers false when the list cannot be painted. */
export function openList(select: HTMLSelectElement): boolean {
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
  if (!CSS.supports('appearance', 'base-select')) return false
  const root = select.getRootNode()
  // Taken out of the page meanwhile.
  if (!(root instanceof Document || root instanceof ShadowRoot)) return true
  const sheet = new CSSStyleSheet()
  sheet.replaceSync(LIST)
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
    return false
  }
  // No event tells of a list that was closed without a choice.
  const check = (): void => {
    if (select.isConnected && select.matches(':open')) requestAnimationFrame(check)
    else restore()
  }
  requestAnimationFrame(check)
  return true
}
