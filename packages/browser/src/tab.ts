/**
 * One page target: its own session and those of its cross-process frames, its address, title, history and
 * loading state, navigation. Knows nothing of other tabs, viewers or who drives; `tabs.ts` owns it, and the
 * watchers of a human's turn (watch.ts, prompts/) hang themselves on each of its sessions.
 */
import { EventEmitter } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { TandemError, type PageState, type Tab as TabInfo } from '@tandem/protocol'
import type { CdpSession, Protocol } from './connection.ts'
import { nextHead, type Head } from './pageHead.ts'
import { Pulse, STALLED_AFTER_MS } from './pulse.ts'
import { cut, MAX_TITLE_CHARS, toldUrl } from './texts.ts'
import { whenever, within } from './waiting.ts'

export const NAVIGATION_TIMEOUT_MS = 30_000
/** A renderer that dies again so soon after its recovery dies of its page. */
const CRASH_AGAIN_MS = 10_000
/** Stopped, or overtaken by another navigation. */
const ABORTED = 'net::ERR_ABORTED'

/** Half a second: whoever asked for it waits. */
const COMMIT_TRIES = 20
/** Some 12 s, with waits that grow: nobody waits, and on a busy machine a commit takes seconds. */
const HEAD_TRIES = 60
const COMMIT_RETRY_MS = 25
const COMMIT_RETRY_MAX_MS = 250

export interface TabEvents {
  changed: []
  /** A cross-process frame joined; its session is not resumed before the listeners return. */
  session: [CdpSession]
  /** A frame of this session shows another document, or is gone. */
  documents: [CdpSession]
  crashed: [{ recovered: boolean }]
  /** The page fills the screen, or no more. */
  fullscreen: []
}

export class Tab {
  readonly id: string
  readonly session: CdpSession
  readonly isolated: boolean
  readonly contextId: string | null
  readonly openerId: string | null
  readonly events = new EventEmitter<TabEvents>()
  readonly pulse: Pulse
  readonly #sessions = new Set<CdpSession>()
  readonly #frames = new Set<string>()
  #url: string
  #title: string
  #icon: string | null = null
  /** Counts documents: what an earlier one still says is not heard. */
  #document = 0
  #loading = false
  #failure: PageState['error'] = null
  #history: { currentIndex: number; entries: Protocol.Page.NavigationEntry[] } = { currentIndex: 0, entries: [] }
  #mainFrameId: string
  #crashed = false
  /** The page waits for somebody's answer. */
  #asks = false
  #recoveredAt = -Infinity
  readonly #ready: Promise<void>
  /** Navigations under way to another document, ours and those that Chromium tells of. */
  #asked = 0
  /** Counts the times that somebody stopped what was under way. */
  #stops = 0
  #started = false

  constructor(session: CdpSession, info: Protocol.Target.TargetInfo, isolated: boolean) {
    this.id = info.targetId
    this.session = session
    this.isolated = isolated
    this.contextId = info.browserContextId ?? null
    this.openerId = info.openerId ?? null
    this.#url = info.url
    this.#title = cut(info.title, MAX_TITLE_CHARS)
    // A page target has the id of its main frame.
    this.#mainFrameId = info.targetId
    this.#sessions.add(session)
    this.pulse = new Pulse(session, () => this.#hasDocument())
    this.pulse.events.on('changed', () => this.events.emit('changed'))
    session.on('Page.javascriptDialogOpening', () => (this.#asks = true))
    session.on('Page.javascriptDialogClosed', () => (this.#asks = false))
    this.#listen(session)
    session.post('Inspector.enable')
    this.#attachFrames(session)
    this.#ready = this.#prepare().catch(() => {})
    session.on('Inspector.targetCrashed', () => this.#crash())
    session.on('Page.frameStartedNavigating', ({ frameId }) => {
      if (frameId === this.#mainFrameId) this.#started = true
    })
    session.on('Page.frameStartedLoading', ({ frameId }) => this.#setLoading(frameId, true))
    session.on('Page.frameStoppedLoading', ({ frameId }) => this.#setLoading(frameId, false))
    session.on('Page.navigatedWithinDocument', ({ frameId, url }) => {
      if (frameId === this.#mainFrameId) this.#moved(url)
    })
    session.on('Page.frameNavigated', ({ frame }) => {
      if (!frame.parentId) this.#committed(frame)
    })
  }

  /** A navigation may overtake the commands that a new page is readied with; then its commit was not told. */
  async #prepare(): Promise<void> {
    await this.session.send('Page.enable')
    const { frame } = (await this.session.send('Page.getFrameTree')).frameTree
    if (this.#document === 0) this.#committed(frame)
  }

  /** Where the first address never answers there is none, and clients that are told of the page wait for it. */
  async #hasDocument(): Promise<void> {
    await this.#ready
    if (this.#isEmpty) await whenever(this.session, 'Page.frameNavigated', ({ frame }) => !frame.parentId)
  }

  get #isEmpty(): boolean {
    return this.#url === '' || this.#url === ':'
  }

  /** Another document is expected, from a server that has not answered yet. */
  get isOnItsWay(): boolean {
    return this.#loading || this.#isEmpty
  }

  get #isStalled(): boolean {
    return this.pulse.isStalled && !this.#asks && !this.#crashed
  }

  get info(): TabInfo {
    const { currentIndex, entries } = this.#history
    return {
      id: this.id,
      url: toldUrl(this.#url),
      title: this.#title,
      faviconUrl: this.#icon,
      loading: this.#loading,
      canGoBack: currentIndex > 0,
      canGoForward: currentIndex < entries.length - 1,
      openerId: this.openerId,
      isolated: this.isolated,
      crashed: this.#crashed,
      stalled: this.#isStalled,
    }
  }

  get pageState(): PageState {
    const rest = { url: toldUrl(this.#url), title: this.#title, tab_id: this.id }
    if (this.#isStalled)
      return { state: 'stalled', ...rest, error: { kind: 'stalled', message: 'The page does not answer. Wait, reload it or close its tab.' } }
    const error = this.#crashed ? { kind: 'crashed', message: 'The page crashed. Reload it.' } : this.#failure
    return { state: error ? 'errored' : this.#loading ? 'loading' : 'loaded', ...rest, error }
  }

  hasFrame(frameId: string): boolean {
    return frameId === this.id || frameId === this.#mainFrameId || this.#frames.has(frameId)
  }

  /** The main session first, then those of cross-process frames. */
  get sessions(): readonly CdpSession[] {
    return [...this.#sessions]
  }

  /** Resolves when the navigation is committed, or has become a download. */
  async navigate(url: string): Promise<void> {
    this.#asked++
    try {
      await this.#limited(this.#navigate(url), url)
    } finally {
      this.#asked--
    }
  }

  async #navigate(url: string): Promise<void> {
    const assertWanted = this.#untilStopped(url)
    await this.#free()
    await this.#ready
    assertWanted()
    for (let tries = 1; ; tries++) {
      const outcome = this.#watchNavigation()
      try {
        const { errorText, loaderId, isDownload } = await this.session.send('Page.navigate', { url })
        if (errorText === ABORTED && !isDownload) throw stopped(url)
        if (errorText && !isDownload)
          throw new TandemError('browser/navigation-failed', `${url} could not be opened: ${errorText}.`, { url, reason: errorText })
        // Within a document (a fragment) there is no loader and nothing to wait for; else the reply overtakes the commit.
        if (isDownload || !loaderId || (await outcome.of(loaderId)) === 'committed') return
        // Empty tabs share a process, and Chromium ends it with any of them, under the page that was to appear in it: once more.
        if (tries === 2) throw new TandemError('browser/navigation-failed', `${url} crashed while it was opened.`, { url, reason: 'crashed' })
      } finally {
        outcome.stop()
      }
    }
  }

  async history(direction: 'back' | 'forward' | 'reload' | 'stop'): Promise<void> {
    if (direction === 'stop') {
      this.#stops++
      await this.#limited(this.session.send('Page.stopLoading'), this.#url)
      return
    }
    if (direction === 'reload') {
      await this.reload()
      return
    }
    const assertWanted = this.#untilStopped(this.#url)
    await this.#free()
    assertWanted()
    const { currentIndex, entries } = await this.#persist(() => this.session.send('Page.getNavigationHistory'))
    const entry = entries[currentIndex + (direction === 'back' ? -1 : 1)]
    if (!entry) throw new TandemError('browser/navigation-failed', `There is no page to go ${direction} to.`)
    const committed = this.#nextCommit()
    await this.#limited(Promise.all([this.#persist(() => this.session.send('Page.navigateToHistoryEntry', { entryId: entry.id })), committed]), entry.url)
  }

  async reload(): Promise<void> {
    const assertWanted = this.#untilStopped(this.#url)
    await this.#free()
    assertWanted()
    const committed = this.#nextCommit()
    await this.#limited(Promise.all([this.#persist(() => this.session.send('Page.reload', {})), committed]), this.#url)
  }

  /** What it answers throws once somebody has stopped the tab since: a stop is also of what Chromium has not been asked for yet. */
  #untilStopped(url: string): () => void {
    const before = this.#stops
    return () => {
      if (this.#stops !== before) throw stopped(url)
    }
  }

  /**
   * A renderer that is busy for good takes no new document of its site: what it runs is ended, and where that does not help
   * the renderer. Before the navigation, because behind one that waits for it neither is possible.
   */
  async #free(): Promise<void> {
    if (this.#asks || this.#crashed) return
    // One that is merely busy loses no work: it has as long as before it is called stalled.
    await this.pulse.settled()
    if (!this.pulse.isStalled) return
    // On its way to another document a page answers nobody.
    this.session.post('Page.stopLoading')
    this.session.post('Runtime.terminateExecution')
    const answered = this.pulse.ask().then(() => true)
    if (await Promise.race([answered, sleep(STALLED_AFTER_MS, false, { ref: false })])) return
    const crashed = whenever(this.session, 'Inspector.targetCrashed', () => true)
    this.#asked++
    try {
      this.session.post('Page.crash')
      await within(
        STALLED_AFTER_MS,
        crashed,
        () => new TandemError('browser/navigation-failed', 'The page does not answer. Close its tab.', { reason: 'stalled' }),
      )
    } finally {
      this.#asked--
    }
  }

  /** Collects what happens from now on, so that nothing is missed between a command and its reply. */
  #watchNavigation(): { of: (loaderId: string) => Promise<'committed' | 'crashed'>; stop: () => void } {
    const commits = new Set<string>()
    let crashed = false
    let notice = (): void => {}
    const stops = [
      this.session.on('Page.frameNavigated', ({ frame }) => {
        if (!frame.parentId) commits.add(frame.loaderId)
        notice()
      }),
      this.session.on('Inspector.targetCrashed', () => {
        crashed = true
        notice()
      }),
    ]
    const of = (loaderId: string): Promise<'committed' | 'crashed'> =>
      new Promise((resolve) => {
        notice = () => {
          if (commits.has(loaderId)) resolve('committed')
          else if (crashed) resolve('crashed')
        }
        notice()
      })
    return { of, stop: () => stops.forEach((stop) => stop()) }
  }

  /** Rejects when the page asks whether to leave, and whoever answers stays. */
  #nextCommit(): Promise<void> {
    return new Promise((resolve, reject) => {
      const end = (settle: () => void): void => {
        for (const stop of stops) stop()
        settle()
      }
      let asked = false
      const stays = () =>
        new TandemError('browser/navigation-failed', 'The page asked whether to leave it, and it is not left.', { url: this.#url, reason: ABORTED })
      const stops = [
        this.session.on('Page.frameNavigated', ({ frame }) => void (frame.parentId || end(resolve))),
        this.session.on('Page.navigatedWithinDocument', ({ frameId }) => void (frameId === this.#mainFrameId && end(resolve))),
        this.session.on('Page.javascriptDialogOpening', ({ type }) => void (asked = type === 'beforeunload')),
        this.session.on('Page.javascriptDialogClosed', ({ result }) => void (asked && !result && end(() => reject(stays())))),
        this.session.onDetached(() => end(() => reject(new TandemError('browser/tab-not-found', 'The tab was closed in the meantime.')))),
      ]
    })
  }

  async #limited<T>(work: Promise<T>, url: string): Promise<T> {
    return within(NAVIGATION_TIMEOUT_MS, work, () => {
      this.session.post('Page.stopLoading')
      return new TandemError('browser/navigation-failed', `${url} did not answer within ${NAVIGATION_TIMEOUT_MS / 1000} s.`, { url, reason: 'timeout' })
    })
  }

  #listen(session: CdpSession): void {
    session.on('Page.frameNavigated', () => this.events.emit('documents', session))
    session.on('Page.frameAttached', ({ frameId }) => this.#frames.add(frameId))
    session.on('Page.frameDetached', ({ frameId, reason }) => {
      // One that moves to another process is still there.
      if (reason === 'remove') this.#frames.delete(frameId)
      this.events.emit('documents', session)
    })
    session.on('Target.attachedToTarget', ({ sessionId, targetInfo, waitingForDebugger }) => {
      const child = session.connection.session(sessionId)
      if (targetInfo.type === 'iframe') this.#adopt(child)
      // Whatever it is, it waits for us as well.
      if (waitingForDebugger) child.post('Runtime.runIfWaitingForDebugger')
    })
  }

  #adopt(frame: CdpSession): void {
    this.#sessions.add(frame)
    frame.onDetached(() => {
      this.#sessions.delete(frame)
      this.events.emit('documents', frame)
    })
    this.#listen(frame)
    frame.post('Page.enable')
    this.#attachFrames(frame)
    this.events.emit('session', frame)
  }

  /** Paused at their start, so that the watchers are in place before a frame's first script. */
  #attachFrames(session: CdpSession): void {
    session.post('Target.setAutoAttach', { autoAttach: true, waitForDebuggerOnStart: true, flatten: true, filter: [{ type: 'iframe' }, { exclude: true }] })
  }

  #setLoading(frameId: string, loading: boolean): void {
    if (frameId !== this.#mainFrameId || loading === this.#loading) return
    this.#loading = loading
    if (!loading) this.#started = false
    this.events.emit('changed')
  }

  #committed(frame: Protocol.Page.Frame): void {
    this.#mainFrameId = frame.id
    this.#crashed = false
    this.#started = false
    this.#icon = null
    this.#title = ''
    void this.#followHead()
    this.#failure = frame.unreachableUrl ? { kind: 'unreachable', message: `${frame.unreachableUrl} could not be opened.` } : null
    // An error page has an address of its own; people and agents want the one that failed.
    this.#moved(frame.unreachableUrl ?? frame.url + (frame.urlFragment ?? ''))
  }

  #moved(url: string): void {
    this.#url = url
    this.events.emit('changed')
    void this.#readHistory()
  }

  async #readHistory(): Promise<void> {
    try {
      this.#history = await this.#persist(() => this.session.send('Page.getNavigationHistory'))
      this.events.emit('changed')
    } catch {
      // The tab is closing: nobody goes back in it.
    }
  }

  /** A page's renderer tells of its commit a moment before the browser process has made it the page: then commands fail, and work a moment later. */
  async #persist<T>(work: () => Promise<T>, most = COMMIT_TRIES): Promise<T> {
    for (let tries = 1; ; tries++) {
      try {
        return await work()
      } catch (error) {
        if (tries === most || this.session.isDetached) throw error
        await sleep(most === COMMIT_TRIES ? COMMIT_RETRY_MS : Math.min(tries * COMMIT_RETRY_MS, COMMIT_RETRY_MAX_MS))
      }
    }
  }

  async #followHead(): Promise<void> {
    const followed = ++this.#document
    const isOld = (): boolean => followed !== this.#document || this.session.isDetached
    let known: Head = { title: '', icon: null, fullscreen: false }
    while (!isOld()) {
      // The document may go away in the meantime: the next one has a loop of its own.
      const head = await this.#persist(async () => (isOld() ? null : nextHead(this.session, this.#mainFrameId, known)), HEAD_TRIES).catch(() => null)
      if (!head || isOld()) return
      if (head.fullscreen !== known.fullscreen) this.events.emit('fullscreen')
      known = head
      this.#title = head.title || cut(this.#url, MAX_TITLE_CHARS)
      this.#icon = head.icon
      this.events.emit('changed')
    }
  }

  #crash(): void {
    // On the way to another document the old one's process may end, which is no crash; a reload would end the navigation.
    if (this.#crashed || this.#asked > 0 || this.#started) return
    const recovered = performance.now() - this.#recoveredAt > CRASH_AGAIN_MS
    this.#crashed = true
    this.#loading = false
    this.events.emit('crashed', { recovered })
    this.events.emit('changed')
    if (!recovered) return
    this.#recoveredAt = performance.now()
    this.session.post('Page.reload', {})
  }
}

function stopped(url: string): TandemError {
  return new TandemError('browser/navigation-failed', `Opening ${url} was stopped.`, { url, reason: ABORTED })
}
