/** Which tabs a browser had, so that they can be opened again after a crash or a restart. */
import { isWholeUrl } from '@tandem/browser'
import type { LiveBrowser } from '@tandem/browser'
import { isTandemError } from '@tandem/protocol'
import type { SavedTabs } from '../store/sessions.ts'

const MAX_SAVED_TABS = 50

/** Tabs in an agent's isolated context are left out: their cookies are gone with the context. */
export function savedTabs(browser: LiveBrowser): SavedTabs {
  const tabs = browser
    .tabs()
    .filter((tab) => !tab.isolated)
    .slice(0, MAX_SAVED_TABS)
  const active = tabs.findIndex((tab) => tab.id === browser.activeTabId)
  // A piece of an address leads elsewhere.
  return { urls: tabs.map(({ url }) => (isWholeUrl(url) ? url : 'about:blank')), active: Math.max(active, 0) }
}

/** Opens them in a browser that was just launched and has one empty tab; a page that cannot be reached does not stop the rest. */
export async function restoreTabs(browser: LiveBrowser, saved: SavedTabs): Promise<void> {
  const ids: (string | null)[] = []
  for (const [index, url] of saved.urls.entries()) {
    try {
      if (index === 0) {
        ids.push(browser.activeTabId)
        await browser.navigate(url)
      } else {
        ids.push(await browser.openTab(url))
      }
    } catch (error) {
      if (!isTandemError(error) || error.code === 'browser/crashed') throw error
      if (ids.length <= index) ids.push(null)
    }
  }
  const active = ids[saved.active]
  if (active) await browser.activateTab(active)
}
