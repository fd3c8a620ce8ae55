/** The resume token over a reload: kept in the tab's storage only while the page is between two lives, so that a copied tab has none. */
import { restOf } from './live/urls.ts'

const keyOf = (url: string): string => `tandem.resume:${restOf(url).sessionUrl}`

export function takeResume(url: string): string | null {
  try {
    const key = keyOf(url)
    const token = sessionStorage.getItem(key)
    sessionStorage.removeItem(key)
    return token
  } catch {
    // No storage here (Node, or a page that may not): the viewer is then a new one.
    return null
  }
}

export function keepResume(url: string, token: string | null): void {
  try {
    if (token !== null) sessionStorage.setItem(keyOf(url), token)
  } catch {
    // As above.
  }
}
