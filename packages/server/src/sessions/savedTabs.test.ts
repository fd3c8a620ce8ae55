import type { LiveBrowser } from '@tandem/browser'
import { expect, test } from 'vitest'
import { savedTabs } from './savedTabs.ts'

test('an address that was told in part alone is not opened again', () => {
  const tab = {
    title: '',
    faviconUrl: null,
    loading: false,
    canGoBack: false,
    canGoForward: false,
    openerId: null,
    isolated: false,
    crashed: false,
    stalled: false,
  }
  const tabs = [
    { ...tab, id: 'one', url: 'https://example.com/' },
    { ...tab, id: 'two', url: `data:text/html,${'x'.repeat(20_000)}` },
  ]
  // Of a browser these two are asked for.
  const browser = { tabs: () => tabs, activeTabId: 'two' } as unknown as LiveBrowser
  expect(savedTabs(browser)).toEqual({ urls: ['https://example.com/', 'about:blank'], active: 1 })
})
