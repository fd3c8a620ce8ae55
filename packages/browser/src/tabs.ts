/**
 * All tabs of one Chromium and which of them is shown: finds page targets, readies them before their first
 * script runs, follows popups while a human drives, and keeps at least one open.
 * Knows nothing of pictures or input; `browser.ts` tells the others when the active tab changes.
 */
import { EventEmitter } from 'node:events'
import { TandemError, type Tab as TabInfo } from '@tandem/protocol'
import type { Connection, CdpSession, Protocol } from './connection.ts'
import { Tab } from './tab.ts'

/** Each costs a renderer: a page that opens one after the other must not take the machine. */
export const MAX_TABS = 50

export interface TabsEvents {
  changed: []
  /** Another tab is shown; null for the moment in which there is none. */
  active: [Tab | null]
  /** A new tab, still paused: what is posted to its session now, is there before its first script. */
  opened: [Tab]
  closed: [Tab]
  /** There are as many as may be: one more was closed. Told once until there is room again. */
  refused: []
}

export class Tabs {
  readonly events = new EventEmitter<TabsEvents>()
  /** Asked of each tab that a page opens: does it come to the front, as for a human it does in any browser? */
  #follow: (opener: Tab | null) => boolean
  readonly #connection: Connection
  readonly #tabs = new Map<string, Tab>()
  readonly #waiting = new Map<string, PromiseWithResolvers<Tab>>()
  /** Being closed because they were too many. */
  readonly #refused = new Set<string>()
  #toldRefused = false
  #defaultContextId: string | undefined
  #active: Tab | null = null
  #ending = false

  constructor(connection: Connection, follow: (opener: Tab | null) => boolean) {
    this.#connection = connection
    this.#follow = follow
  }

  /** Attaches to all pages, now and later. Resolves when the first is there. */
  async start(): Promise<void> {
    const { root } = this.#connection
    root.on('Target.attachedToTarget', ({ sessionId, targetInfo, waitingForDebugger }) => {
      const session = this.#connection.session(sessionId)
      if (isTab(targetInfo)) this.#add(session, targetInfo)
      if (waitingForDebugger) this.#start(session, targetInfo, sessionId)
      else this.#tabs.get(targetInfo.targetId)?.pulse.run()
    })
    // The context in which Chromium opens its first window: whatever has another was made by an agent.
    const { targetInfos } = await root.send('Target.getTargets')
    this.#defaultContextId = targetInfos.find(isTab)?.browserContextId
    await root.send('Target.setAutoAttach', { autoAttach: true, waitForDebuggerOnStart: true, flatten: true, filter: [{ type: 'page' }, { exclude: true }] })
    if (!this.#active) await this.open('about:blank')
  }

  /** From now on a closed tab is not replaced. */
  stop(): void {
    this.#ending = true
  }

  get active(): Tab | null {
    return this.#active
  }

  get all(): readonly Tab[] {
    return [...this.#tabs.values()]
  }

  get list(): TabInfo[] {
    return this.all.map((tab) => tab.info)
  }

  get(tabId: string): Tab {
    const tab = this.#tabs.get(tabId)
    if (!tab) throw new TandemError('browser/tab-not-found')
    return tab
  }

  /** The shown tab. Throws `browser/tab-not-found` in the moment between two. */
  get shown(): Tab {
    if (!this.#active) throw new TandemError('browser/tab-not-found', 'No tab is open at the moment; one is being opened.')
    return this.#active
  }

  /** The context in which Chromium opened its first window. */
  get defaultContextId(): string | undefined {
    return this.#defaultContextId
  }

  /** Of the tab that has this frame; null when there is none any more. */
  contextOf(frameId: string): string | null {
    return this.all.find((tab) => tab.hasFrame(frameId))?.contextId ?? null
  }

  get isFull(): boolean {
    return this.#tabs.size >= MAX_TABS
  }

  /** Opens a tab in the default context; resolves when it is in the list. It is not shown by itself. @throws TandemError `browser/tab-limit` */
  async open(url: string): Promise<Tab> {
    if (this.isFull) throw new TandemError('browser/tab-limit')
    const { targetId } = await this.#connection.root.send('Target.createTarget', { url })
    const tab = this.#tabs.get(targetId)
    if (tab) return tab
    // Pages were faster.
    if (this.#refused.has(targetId)) throw new TandemError('browser/tab-limit')
    const waiting = Promise.withResolvers<Tab>()
    this.#waiting.set(targetId, waiting)
    return waiting.promise
  }

  async close(tabId: string): Promise<void> {
    await this.#connection.root.send('Target.closeTarget', { targetId: this.get(tabId).id })
  }

  /** Shows a tab; answers false when it is the one that is shown. */
  show(tabId: string): boolean {
    const tab = this.get(tabId)
    if (tab === this.#active) return false
    this.#setActive(tab)
    return true
  }

  /** It is ready for us; agents that hold it say for themselves when it is for them. */
  #start(session: CdpSession, target: Protocol.Target.TargetInfo, sessionId: string): void {
    const { starts } = this.#connection
    starts.hold(target, sessionId)
    session.onDetached(() => starts.leave(sessionId))
    starts.ready(target.targetId, sessionId, () => {
      session.post('Runtime.runIfWaitingForDebugger')
      this.#tabs.get(target.targetId)?.pulse.run()
    })
  }

  #setActive(tab: Tab | null): void {
    this.#active = tab
    // Chromium's own front tab goes with it: a tab behind it has no focus and paints at its leisure.
    if (tab) this.#connection.root.post('Target.activateTarget', { targetId: tab.id })
    this.events.emit('active', tab)
    this.events.emit('changed')
  }

  #add(session: CdpSession, info: Protocol.Target.TargetInfo): void {
    // Auto-attach announces a target again to a second session of ours; the first one stays.
    if (this.#tabs.has(info.targetId)) return
    if (this.isFull) return this.#refuse(session, info.targetId)
    const tab = new Tab(session, info, info.browserContextId !== this.#defaultContextId)
    this.#tabs.set(tab.id, tab)
    tab.events.on('changed', () => this.events.emit('changed'))
    session.onDetached(() => this.#remove(tab))
    this.events.emit('opened', tab)
    this.#waiting.get(tab.id)?.resolve(tab)
    this.#waiting.delete(tab.id)
    if (!this.#active || (tab.openerId !== null && this.#follow(this.#tabs.get(tab.openerId) ?? null))) this.#setActive(tab)
    else this.events.emit('changed')
  }

  #refuse(session: CdpSession, targetId: string): void {
    this.#refused.add(targetId)
    session.onDetached(() => this.#refused.delete(targetId))
    // Let run first: the process of a page that is closed while it waits to be let run, its opener's too, may stand still for ever.
    session
      .send('Runtime.runIfWaitingForDebugger')
      .finally(() => this.#connection.root.post('Target.closeTarget', { targetId }))
      .catch(() => {})
    this.#waiting.get(targetId)?.reject(new TandemError('browser/tab-limit'))
    this.#waiting.delete(targetId)
    if (this.#toldRefused) return
    this.#toldRefused = true
    this.events.emit('refused')
  }

  #remove(tab: Tab): void {
    const neighbour = this.#neighbour(tab)
    this.#tabs.delete(tab.id)
    this.#toldRefused = false
    if (this.#ending) return
    this.events.emit('closed', tab)
    if (this.#active === tab) this.#setActive(neighbour)
    else this.events.emit('changed')
    // Chromium without a page would end, and a session without one shows nothing.
    if (this.#tabs.size === 0) this.open('about:blank').catch(() => {})
  }

  /** Where to go when this tab closes: to its opener, else to the tab after it, else to the one before. */
  #neighbour(tab: Tab): Tab | null {
    const opener = tab.openerId === null ? undefined : this.#tabs.get(tab.openerId)
    const all = this.all
    const at = all.indexOf(tab)
    return opener ?? all[at + 1] ?? all[at - 1] ?? null
  }
}

/** Pages of people and agents; not the capture page, other extensions' pages or pages prepared ahead. */
function isTab({ type, subtype, url }: Protocol.Target.TargetInfo): boolean {
  return type === 'page' && !subtype && !url.startsWith('chrome-extension://') && !url.startsWith('devtools://')
}
