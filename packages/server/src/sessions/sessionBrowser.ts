/**
 * The browser of one session and all that begins and ends with it: the gateway for agents, what both tell, its files,
 * its cursor, the tabs that are opened again after a crash. `host.ts` keeps Chromium alive; the session hears only of
 * one that stays dead.
 */
import { EventEmitter } from 'node:events'
import type { LiveBrowser } from '@tandem/browser'
import type { Upload } from '@tandem/protocol'
import type { Control } from '../control/control.ts'
import type { Clock } from '../control/types.ts'
import { Gateway } from '../gateway/gateway.ts'
import type { Logger } from '../log.ts'
import type { Media } from '../media/media.ts'
import type { Metrics } from '../metrics.ts'
import type { Room } from '../rooms/room.ts'
import type { Audience } from './audience.ts'
import type { Blanking } from './blanking.ts'
import { forwardBrowserEvents } from './browserEvents.ts'
import { forwardGatewayEvents } from './gatewayEvents.ts'
import { BrowserHost } from './host.ts'
import { restoreTabs } from './savedTabs.ts'
import type { SessionRecord } from './sessionRecord.ts'
import type { Steps } from './steps.ts'
import type { Timeline } from './timeline.ts'
import type { Timeouts } from './timeouts.ts'
import type { Watcher, Watchers } from './watchers.ts'

/** Pages that take longer to come back than this are shown as they are. */
const RESTORE_MS = 5_000

export interface SessionBrowserOptions {
  launch(): Promise<LiveBrowser>
  clock: Clock
  log: Logger
  metrics: Metrics
  allowedSchemes: readonly string[]
  privateDir: string
  control: Control
  record: SessionRecord
  watchers: Watchers
  audience: Audience
  steps: Steps
  media: Media
  room: Room | null
  blanking: Blanking
  timeline: Timeline
  timeouts: Timeouts
  /** The session ends: what its browser does then changes nothing. */
  isEnding(): boolean
  /** The session's resource changed. */
  changed(): void
}

export class SessionBrowser {
  /** Chromium died and stays dead. */
  readonly events = new EventEmitter<{ gone: [{ reason: string }] }>()
  /** Files that viewers sent, for the page's file choosers. */
  readonly uploads = new Map<string, Upload>()
  /** The browser's downloads, and whether a human drove when each began: those are not for agents. */
  readonly downloads = new Map<string, 'human' | 'agent'>()
  readonly #options: SessionBrowserOptions
  readonly #host: BrowserHost
  #gateway: Gateway | null = null
  #cursor = 'default'

  constructor(options: SessionBrowserOptions) {
    this.#options = options
    this.#host = new BrowserHost(options.launch, options.clock)
    this.#host.events.on('up', ({ browser, restored }) => this.#up(browser, restored))
    this.#host.events.on('down', ({ reason }) => this.#down(reason))
    this.#host.events.on('gone', (gone) => this.events.emit('gone', gone))
  }

  /** @throws TandemError `browser/not-installed`, `browser/launch-failed` */
  start(restored: boolean): Promise<void> {
    return this.#host.start(restored)
  }

  /** @throws TandemError `browser/crashed`, `session/closed` */
  get live(): LiveBrowser {
    return this.#host.browser
  }

  get running(): LiveBrowser | null {
    return this.#host.running
  }

  get gateway(): Gateway | null {
    return this.#gateway
  }

  /** How many clients of the gateway answer. */
  get agents(): number {
    return this.#gateway?.clients.filter(({ silent }) => !silent).length ?? 0
  }

  get cursor(): string {
    return this.#cursor
  }

  /** For commands that may come too late: the browser is gone, which is told on its own. */
  tell(command: (browser: LiveBrowser) => Promise<unknown>): void {
    const run = async (): Promise<unknown> => command(this.live)
    run().catch((error: unknown) => this.#options.log.debug({ err: error }, 'the browser did not take a command'))
  }

  /** The gateway's clients are sent away, and no more are served until the next browser is there. */
  closeGateway(reason: string): void {
    this.#gateway?.close(reason)
    this.#gateway = null
  }

  /** Ends Chromium, one that is just being launched included. */
  close(): Promise<void> {
    return this.#host.close()
  }

  #up(browser: LiveBrowser, restored: boolean): void {
    const { control, record, watchers, audience, steps, media, blanking, timeline, timeouts, isEnding, changed } = this.#options
    // Whoever ends the session ends this browser too.
    if (isEnding()) return
    const { log, metrics, allowedSchemes, privateDir } = this.#options
    const gateway = new Gateway({ browser, control, allowedSchemes, privateDir, log, metrics })
    this.#gateway = gateway
    timeouts.used()
    forwardGatewayEvents(gateway, browser, {
      watchers,
      fenced: () => control.fenced,
      clients: (clients) => {
        timeouts.used()
        audience.setAgents(clients)
        steps.setAgents(clients)
      },
      activate: (tabId) => this.tell((current) => current.activateTab(tabId)),
    })
    forwardBrowserEvents(browser, {
      watchers,
      timeline,
      media,
      holder: () => this.#holder(),
      cursor: (cursor) => (this.#cursor = cursor),
      secretFocus: (focused) => blanking.focus(focused),
      // A browser that dies or is closed loses its tabs one by one: those are not the tabs to open again.
      tabs: (tabs) => !isEnding() && record.saveTabs(tabs),
      captureBack: () => this.#forbidQuietFrame(),
      download: (id) => void (this.downloads.has(id) || this.downloads.set(id, control.fenced ? 'human' : 'agent')),
      changed,
    })
    this.#options.room?.browserUp(browser, gateway)
    this.#forbidQuietFrame()
    const { driver } = control.info
    if (driver.kind === 'human' || driver.kind === 'both') this.tell((current) => current.setHumanDriving(true, driver.kind === 'both'))
    record.save({ status: 'active' })
    timeline.add(restored ? 'browser.restored' : 'browser.started', { version: browser.version })
    if (restored) void this.#restore(browser)
    else media.browserBack()
    changed()
  }

  /** The picture waits for the first page: a capture that begins while its tab moves to another process is broken off by Chromium, and cannot be begun again. */
  async #restore(browser: LiveBrowser): Promise<void> {
    const { clock, log, media, record } = this.#options
    const stopClock = clock.after(RESTORE_MS, () => media.browserBack())
    await restoreTabs(browser, record.row.tabs).catch((error: unknown) => log.warn({ err: error }, 'not every tab could be opened again'))
    stopClock()
    if (this.running === browser) media.browserBack()
  }

  #down(reason: string): void {
    const { record, audience, steps, media, blanking, timeline, isEnding, changed } = this.#options
    // What dies while the session ends changes nothing: a closed one stays closed.
    if (isEnding()) return
    record.save({ status: 'paused' })
    timeline.add('browser.crashed', { reason })
    this.closeGateway('the browser crashed and is being restarted')
    this.uploads.clear()
    this.downloads.clear()
    audience.setAgents([])
    steps.setAgents([])
    blanking.focus(false)
    this.#options.room?.browserDown()
    media.browserLost(`The browser crashed (${reason}) and is being restarted.`)
    changed()
  }

  /** A capture page that was just made allows it. */
  #forbidQuietFrame(): void {
    if (this.#options.record.row.quietFrame === 'off') this.tell((browser) => browser.capture.quietFrame({ allow: false }))
  }

  #holder(): Watcher | undefined {
    const { control, watchers } = this.#options
    return control.holder ? watchers.get(control.holder.clientId) : undefined
  }
}
