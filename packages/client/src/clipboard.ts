/** The viewer's own clipboard. Writing needs a recent gesture and a secure context; where it is refused, the caller says so. */
export async function writeClipboard(text: Promise<string>): Promise<boolean> {
  try {
    // Safari counts the gesture only when the write itself begins in it: the text may come later.
    if (typeof ClipboardItem !== 'undefined' && navigator.clipboard !== undefined) {
      const blob = text.then((value) => new Blob([value], { type: 'text/plain' }))
      await navigator.clipboard.write([new ClipboardItem({ 'text/plain': blob })])
      return true
    }
  } catch {
    // Refused, or promises in items are unknown here: the older ways below.
  }
  const value = await text
  try {
    await navigator.clipboard.writeText(value)
    return true
  } catch {
    return copyByCommand(value)
  }
}

/** Plain http on a LAN has no navigator.clipboard. */
function copyByCommand(value: string): boolean {
  if (typeof document === 'undefined') return false
  const listener = (event: ClipboardEvent): void => {
    event.clipboardData?.setData('text/plain', value)
    event.preventDefault()
    event.stopImmediatePropagation()
  }
  document.addEventListener('copy', listener, { capture: true })
  const done = document.execCommand('copy')
  document.removeEventListener('copy', listener, { capture: true })
  return done
}
