/** What a browser tells, passed on: to the viewers as live events, to the timeline, to the session where it must act. */
import { cut } from '@tandem/browser'
import type { LiveBrowser } from '@tandem/browser'
import type { LiveEvent, LiveEventData } from '@tandem/protocol'
import type { Media } from '../media/media.ts'
import type { SavedTabs } from '../store/sessions.ts'
import { savedTabs } from './savedTabs.ts'
import type { Timeline } from './timeline.ts'
import type { Watcher, Watchers } from './watchers.ts'

/** Of each address in the timeline, which keeps thousands of entries. */
const KEPT_URL_CHARS = 2_000

export interface BrowserListener {
  watchers: Watchers
  timeline: Timeline
  media: Media
  holder(): Watcher | undefined
  cursor(cursor: string): void
  secretFocus(focused: boolean): void
  tabs(tabs: SavedTabs): void
  /** The capture page was made anew. */
  captureBack(): void
  /** A download began or moved on. */
  download(id: string): void
  changed(): void
}

export function forwardBrowserEvents(browser: LiveBrowser, to: BrowserListener): void {
  const { events } = browser
  const { watchers, timeline } = to
  const forward =
    <E extends LiveEvent>(event: E) =>
    (data: LiveEventData<E>): void =>
      watchers.broadcast(event, data)
  events.on('tabs', forward('tab.listChanged'))
  events.on('dialogOpened', forward('dialog.opened'))
  events.on('dialogClosed', forward('dialog.closed'))
  events.on('fileChooserOpened', forward('fileChooser.opened'))
  events.on('fileChooserClosed', forward('fileChooser.closed'))
  events.on('authRequested', forward('auth.requested'))
  events.on('authClosed', forward('auth.closed'))
  events.on('pickerOpened', forward('picker.opened'))
  events.on('pickerClosed', forward('picker.closed'))
  events.on('download', (download) => {
    to.download(download.id)
    watchers.broadcast('download.changed', download)
  })
  events.on('tabs', () => to.tabs(savedTabs(browser)))
  let toldPage = ''
  events.on('page', (page) => {
    const told = `${page.state} ${page.url}`
    // Titles and loading states are left out of the timeline.
    if (page.state !== 'loading' && told !== toldPage) {
      toldPage = told
      timeline.add('tab.page', { state: page.state, url: page.url && cut(page.url, KEPT_URL_CHARS), title: page.title })
    }
    to.changed()
  })
  events.on('layout', () => to.changed())
  events.on('cursor', (cursor) => {
    to.cursor(cursor)
    watchers.broadcast('cursor.changed', { cursor })
  })
  events.on('pointerLock', (locked) => watchers.broadcast('pointer.lockChanged', { locked }))
  events.on('download', (download) => {
    if (download.state !== 'in-progress') timeline.add(`browser.download-${download.state}`, { ...download, url: cut(download.url, KEPT_URL_CHARS) })
  })
  // What was copied belongs to whoever copied it.
  events.on('copied', ({ text }) => to.holder()?.send('clipboard.copied', { text }))
  events.on('secretFocus', (focused) => to.secretFocus(focused))
  events.on('capture', (message) => to.media.handle(message))
  events.on('media', (message) => to.media.packet(message))
  events.on('mediaConfig', (config) => to.media.configure(config))
  events.on('thumbnail', (thumbnail) => to.media.thumbnails.keep(thumbnail))
  events.on('tabCrashed', ({ tabId, recovered }) => timeline.add('tab.crashed', { tab_id: tabId, recovered }))
  events.on('tabRefused', ({ limit }) => timeline.add('tab.refused', { limit }))
  events.on('captureLost', ({ recovered, reason }) => {
    timeline.add('browser.capture-lost', { recovered, reason })
    to.media.captureLost(`The capture page was lost (${reason}).`, recovered)
    if (recovered) to.captureBack()
  })
}
