/**
 * One live browser: wires its parts together and is all that the server sees of them (contract.ts).
 * It decides nothing about who may do what; whoever calls has been admitted already.
 * Parts: chromium.ts (process), tabs.ts, humanTurn.ts (input, and what pages ask of people), uploads.ts, downloads.ts, pictureSource.ts.
 */
import { EventEmitter } from 'node:events'
import { join } from 'node:path'
import type { CaptureCommands, Download, InputEvent, PageLayout, PageState, Quality, Tab as TabInfo, Upload, Viewport } from '@tandem/protocol'
import { askToClose } from './askToClose.ts'
import { CAPTURE_FLAGS } from './captureFlags.ts'
import { Chromium } from './chromium.ts'
import { Clipboard } from './clipboard.ts'
import type { Connection } from './connection.ts'
import type { BrowserEvents, LaunchOptions, LiveBrowser } from './contract.ts'
import { Downloads } from './downloads.ts'
import { Drawing } from './drawing.ts'
import { HumanTurn } from './humanTurn.ts'
import { Layout, type ClientScreen } from './layout.ts'
import { Passkeys } from './passkeys.ts'
import { PictureSource } from './pictureSource.ts'
import { Screenshots, type ScreenshotOptions } from './screenshot.ts'
import type { Tab } from './tab.ts'
import { Stalls } from './stalls.ts'
import { MAX_TABS, Tabs } from './tabs.ts'
import { Uploads, type UploadedFile } from './uploads.ts'
import { assertUrlAllowed } from './urls.ts'

const NO_PAGE: PageState = { state: 'loading', url: null, title: null, tab_id: null, error: null }

/** Starts a Chromium with its tabs, its picture and everything else ready. Throws `browser/not-installed` or `browser/launch-failed`. */
export async function launchBrowser(options: LaunchOptions): Promise<LiveBrowser> {
  const { width, height } = options.viewport
  const chromium = await Chromium.launch({ ...options, windowSize: { width, height }, flags: CAPTURE_FLAGS })
  const browser = new StreamedBrowser(chromium, options)
  try {
    await browser.start()
    return browser
  } catch (error) {
    await browser.close()
    throw error
  }
}

class StreamedBrowser implements LiveBrowser {
  readonly events = new EventEmitter<BrowserEvents>()
  #viewport: Viewport
  readonly #chromium: Chromium
  readonly #schemes: readonly string[]
  readonly #tabs: Tabs
  readonly #layouts = new Map<Tab, Layout>()
  /** By target: a client may be told of a page before we are. */
  readonly #clientScreens = new Map<string, ClientScreen>()
  readonly downloadSource: Downloads
  readonly #uploads: Uploads
  readonly stalls: Stalls
  readonly #picture: PictureSource
  readonly #clipboard: Clipboard
  readonly #turn: HumanTurn
  readonly #passkeys = new Passkeys()
  #oneFocus = false
  readonly #drawing: Drawing
  readonly #screenshots: Screenshots
  #closing = false
  #toldPage = ''

  constructor(chromium: Chromium, options: LaunchOptions) {
    const { connection } = chromium
    this.#viewport = options.viewport
    this.#chromium = chromium
    this.#schemes = options.allowedSchemes ?? []
    this.#tabs = new Tabs(connection, (opener) => this.#turn.follows(opener))
    this.downloadSource = new Downloads(join(options.filesDir, 'downloads'), this.#tabs)
    this.#uploads = new Uploads(join(options.filesDir, 'uploads'))
    this.#screenshots = new Screenshots({
      shown: () => this.#tabs.shown,
      keepDrawing: (tabId) => this.#drawing.keep(tabId),
      pauseInput: (tabId) => this.#turn.pauseInput(tabId),
    })
    this.#drawing = new Drawing({ attach: (tabId) => connection.attach(tabId), isShown: (tabId) => tabId === this.activeTabId })
    this.stalls = new Stalls(connection.root, () => this.#tabs.all)
    this.#picture = new PictureSource(connection, options.viewport, options.captureFps)
    this.#clipboard = new Clipboard(connection, () => this.#picture.targetId)
    this.#turn = new HumanTurn({ events: this.events, clipboard: this.#clipboard })
  }

  async start(): Promise<void> {
    void this.#chromium.exited.then(({ code, signal }) => this.#ended(signal ? `Chromium was ended by ${signal}` : `Chromium ended with code ${code}`))
    this.connection.events.on('closed', () => this.#ended('Chromium closed its pipe'))
    this.#forward()
    this.#tabs.events.on('opened', (tab) => this.#opened(tab))
    this.#tabs.events.on('closed', (tab) => this.#closed(tab))
    this.#tabs.events.on('active', (tab) => this.#shown(tab))
    this.#tabs.events.on('refused', () => this.events.emit('tabRefused', { limit: MAX_TABS }))
    this.#tabs.events.on('changed', () => this.#changed())
    await Promise.all([this.#tabs.start(), this.downloadSource.start(this.connection.root), this.#picture.start()])
  }

  get connection(): Connection {
    return this.#chromium.connection
  }

  get pid(): number {
    return this.#chromium.pid
  }

  get version(): string {
    return this.#chromium.version
  }

  get capture(): CaptureCommands {
    return this.#picture.commands
  }

  get viewport(): PageLayout {
    return this.#layout(this.#tabs.active)?.shown ?? this.#viewport
  }

  inPicture(tabId: string, { x, y }: { x: number; y: number }): { x: number; y: number } {
    const factor = this.#layout(this.#tabs.all.find(({ id }) => id === tabId))?.factor ?? 1
    return { x: x * factor, y: y * factor }
  }

  setClientScreen(tabId: string, screen: ClientScreen | null): void {
    if (screen) this.#clientScreens.set(tabId, screen)
    else this.#clientScreens.delete(tabId)
    this.#layout(this.#tabs.all.find(({ id }) => id === tabId))?.setClient(screen)
  }

  clientEnded(): void {
    for (const layout of this.#layouts.values()) layout.clientEnded()
    this.#focus()
  }

  get pointerLocked(): boolean {
    return this.#turn.watch.pointerLock.on
  }

  get activeTabId(): string | null {
    return this.#tabs.active?.id ?? null
  }

  isHiddenTarget(targetId: string): boolean {
    return targetId === this.#picture.targetId
  }

  tabs(): TabInfo[] {
    return this.#tabs.list
  }

  get isFull(): boolean {
    return this.#tabs.isFull
  }

  pageState(): PageState {
    return this.#tabs.active?.pageState ?? NO_PAGE
  }

  async openTab(url = 'about:blank'): Promise<string> {
    const allowed = assertUrlAllowed(url, this.#schemes)
    // Opened empty and then navigated: the tab is there at once, whatever the address does.
    const tab = await this.#tabs.open('about:blank')
    this.#tabs.show(tab.id)
    if (allowed !== 'about:blank') tab.navigate(allowed).catch(() => {})
    return tab.id
  }

  async activateTab(tabId: string): Promise<void> {
    this.#tabs.show(tabId)
  }

  async closeTab(tabId: string): Promise<void> {
    const tab = this.#tabs.get(tabId)
    if (await askToClose(tab, () => this.#turn.dialogs.open(tab))) await this.#tabs.close(tabId)
  }

  async navigate(url: string): Promise<void> {
    await this.#tabs.shown.navigate(assertUrlAllowed(url, this.#schemes))
  }

  async history(direction: 'back' | 'forward' | 'reload' | 'stop'): Promise<void> {
    await this.#tabs.shown.history(direction)
  }

  input(events: readonly InputEvent[]): void {
    this.#turn.input(events)
  }

  releaseInput(): Promise<void> | null {
    return this.#turn.releaseInput()
  }

  leaveTurn(): Promise<void> | null {
    return this.#turn.leave()
  }

  async setHumanDriving(driving: boolean, besideAgent = false): Promise<void> {
    this.#oneFocus = driving && !besideAgent
    this.#focus()
    this.#turn.set(driving)
    for (const layout of this.#layouts.values()) layout.follow(driving)
    if (!driving) await this.#turn.leave()
  }

  setDialogAudience(isHeard: (tabId: string) => boolean): void {
    this.#turn.dialogs.setAudience(isHeard)
  }

  answerDialog(id: string, answer: { accept: boolean; text?: string }): Promise<void> {
    return this.#turn.dialogs.answer(id, answer)
  }

  async answerFileChooser(id: string, files: readonly Upload[]): Promise<void> {
    const ids = files.map((file) => file.id)
    const isFolder = ids.length > 0 && this.#turn.fileChoosers.wantsFolder(id)
    await this.#turn.fileChoosers.answer(id, isFolder ? [await this.#uploads.folder(ids)] : ids.map((each) => this.#uploads.path(each)))
  }

  answerAuth(id: string, credentials: { username: string; password: string } | null): Promise<void> {
    return this.#turn.authPrompts.answer(id, credentials)
  }

  answerPicker(id: string, values: readonly string[] | null): Promise<void> {
    return this.#turn.watch.answer(id, values)
  }

  setPasskeys(tabId: string, whose: 'ours' | 'agents'): void {
    const tab = this.#tabs.all.find(({ id }) => id === tabId)
    if (tab) this.#passkeys.set(tab, whose)
  }

  pending(): ReturnType<LiveBrowser['pending']> {
    return this.#turn.pending()
  }

  async copy(cut: boolean): Promise<string> {
    return this.#turn.copy(this.#tabs.shown, cut)
  }

  async setScreencast(options: { quality: Quality } | null): Promise<void> {
    this.#picture.setScreencast(options?.quality ?? null)
  }

  async adopt({ viewport, filesDir }: { viewport: Viewport; filesDir: string }): Promise<void> {
    const before = this.#viewport
    this.#viewport = viewport
    this.#uploads.move(join(filesDir, 'uploads'))
    const ready: Promise<unknown>[] = [this.downloadSource.move(this.connection.root, join(filesDir, 'downloads'))]
    if (JSON.stringify(before) !== JSON.stringify(viewport)) {
      for (const tab of this.#tabs.all) {
        this.#layout(tab)?.setOwn(viewport)
        ready.push(this.#resizeWindow(tab, before, viewport))
      }
    }
    await Promise.all(ready)
  }

  keepDrawing(tabId: string): () => void {
    const [drawn, pause] = [this.#drawing.keep(tabId), this.#turn.pauseInput(tabId)]
    return () => {
      drawn()
      pause?.end()
    }
  }

  screenshot(options: ScreenshotOptions = {}): Promise<Buffer> {
    return this.#screenshots.take(options)
  }

  async drawThumbnail(): Promise<void> {
    const at = Date.now()
    this.#picture.shrink({ jpeg: await this.screenshot({ format: 'jpeg' }), at })
  }

  saveUpload(file: UploadedFile): Promise<Upload> {
    return this.#uploads.save(file)
  }

  downloads(): Download[] {
    return this.downloadSource.list
  }

  downloadPath(id: string): string {
    return this.downloadSource.path(id)
  }

  async close(): Promise<void> {
    this.#closing = true
    this.#tabs.stop()
    this.stalls.stop()
    await this.#chromium.close()
  }

  /** The window as `--window-size` would have made it: pages see it as outerWidth, and popups begin with it. */
  async #resizeWindow(tab: Tab, before: Viewport, { width, height }: Viewport): Promise<void> {
    if (before.width === width && before.height === height) return
    const { windowId } = await this.connection.root.send('Browser.getWindowForTarget', { targetId: tab.id })
    await this.connection.root.send('Browser.setWindowBounds', { windowId, bounds: { width, height } })
  }

  #opened(tab: Tab): void {
    const layout = new Layout(tab.session, this.#viewport, this.version)
    this.#layouts.set(tab, layout)
    layout.setClient(this.#clientScreens.get(tab.id) ?? null)
    tab.events.on('fullscreen', () => layout.assert())
    layout.events.on('changed', () => tab === this.#tabs.active && this.#laidOut(layout))
    this.#turn.add(tab, layout)
    this.#passkeys.add(tab)
    tab.events.on('crashed', ({ recovered }) => this.events.emit('tabCrashed', { tabId: tab.id, recovered }))
  }

  #closed(tab: Tab): void {
    this.#layouts.delete(tab)
    this.#turn.remove(tab)
    this.#passkeys.remove(tab)
  }

  #shown(tab: Tab | null): void {
    if (this.#oneFocus) this.#focus()
    else if (tab) focus(tab, true)
    this.#turn.show(tab)
    this.#picture.show(tab, this.viewport)
    this.events.emit('layout', this.viewport)
  }

  #laidOut(layout: Layout): void {
    this.#picture.resize(layout.shown)
    this.events.emit('layout', layout.shown)
  }

  #layout(tab: Tab | null | undefined): Layout | undefined {
    return tab ? this.#layouts.get(tab) : undefined
  }

  /** One tab at a time for a person. An agent works in several by turns, and each goes on to believe that it is in front: none hears of a blur or a focus. */
  #focus(): void {
    for (const tab of this.#tabs.all) focus(tab, !this.#oneFocus || tab === this.#tabs.active)
  }

  #changed(): void {
    this.events.emit('tabs', { tabs: this.tabs(), activeTabId: this.activeTabId })
    const page = this.pageState()
    const told = JSON.stringify(page)
    if (told === this.#toldPage) return
    this.#toldPage = told
    this.events.emit('page', page)
  }

  #ended(reason: string): void {
    if (this.#closing) return
    this.#closing = true
    this.#tabs.stop()
    this.stalls.stop()
    this.events.emit('crashed', { reason })
    // What is left of the process group, and the profile.
    void this.#chromium.close()
  }

  #forward(): void {
    const { events } = this
    this.downloadSource.events.on('download', (download) => events.emit('download', download))
    this.#picture.events.on('capture', (message) => events.emit('capture', message))
    this.#picture.events.on('media', (message) => events.emit('media', message))
    this.#picture.events.on('mediaConfig', (config) => events.emit('mediaConfig', config))
    this.#picture.events.on('rawFrame', (frame) => events.emit('rawFrame', frame))
    this.#picture.events.on('pcm', (sound) => events.emit('pcm', sound))
    this.#picture.events.on('thumbnail', (thumbnail) => {
      // What is typed into a password field belongs in no list.
      if (thumbnail.at > this.#turn.secretUntil) events.emit('thumbnail', thumbnail)
    })
    this.#picture.events.on('captureLost', (lost) => {
      events.emit('captureLost', lost)
      void this.#clipboard.renew()
    })
  }
}

/** Carets, hover and :focus as in a window in front. */
function focus(tab: Tab, enabled: boolean): void {
  tab.session.post('Emulation.setFocusEmulationEnabled', { enabled })
}
