/** Title and icon of a document, and whether it fills the screen: CDP has no event for them, so the document itself is asked to answer when they change. */
import type { CdpSession } from './connection.ts'
import { evaluateIsolated } from './isolatedWorld.ts'
import { MAX_ICON_CHARS, MAX_TITLE_CHARS } from './texts.ts'

export interface Head {
  title: string
  icon: string | null
  fullscreen: boolean
}

/** Looks at the head alone: a busy body would wake it for nothing. */
const HEAD = (known: Head) => `new Promise((resolve) => {
  const known = ${JSON.stringify(known)}
  const icon = () => {
    const links = document.querySelectorAll('link[rel~="icon" i]')
    if (links.length > 0 && links[links.length - 1].href.length <= ${MAX_ICON_CHARS}) return links[links.length - 1].href
    return location.protocol.startsWith('http') ? new URL('/favicon.ico', location.href).href : null
  }
  const observer = new MutationObserver(check)
  let watched = null
  function watch() {
    const next = document.head ?? document
    if (next === watched) return
    observer.disconnect()
    observer.observe(next, { childList: true, subtree: true, characterData: true, attributes: next === document.head, attributeFilter: next === document.head ? ['href', 'rel'] : undefined })
    watched = next
  }
  function check() {
    watch()
    const now = { title: document.title.slice(0, ${MAX_TITLE_CHARS}), icon: icon(), fullscreen: document.fullscreenElement !== null }
    if (now.title === known.title && now.icon === known.icon && now.fullscreen === known.fullscreen) return
    observer.disconnect()
    document.removeEventListener('fullscreenchange', check)
    resolve(now)
  }
  document.addEventListener('fullscreenchange', check)
  check()
})`

/** Resolves when title, icon or fullscreen is another than the known one; rejects when the document goes away. */
export function nextHead(session: CdpSession, frameId: string, known: Head): Promise<Head> {
  return evaluateIsolated<Head>(session, frameId, HEAD(known))
}
