/**
 * One live browser: wires its parts together and is all that the server sees of them (contract.ts).
 * It decides nothing about who may do what; whoever calls has been admitted already.
 * Parts: chromium.ts (process), tabs.ts, input.ts, watch.ts and prompts/ (a human's turn), files.ts, pictureSource.ts.
 */
import { EventEmitter } from 'node:events'
import type {
  AuthPrompt,
  CaptureCommands,
  Dialog,
  Download,
  FileChooser,
  InputEvent,
  PageState,
  Picker,
  Quality,
  Tab as TabInfo,
  Upload,
  Viewport,
} from '@tandem/protocol'
import { CAPTURE_FLAGS } from './captureFlags.ts'
import { Chromium } from './chromium.ts'
import { Clipboard } from './clipboard.ts'
import type { Connection } from './connection.ts'
import type { BrowserEvents, LaunchOptions, LiveBrowser } from './contract.ts'
import { emulate } from './emulation.ts'
import { Files } from './files.ts'
import { Input } from './input.ts'
import { evaluateIsolated } from './isolatedWorld.ts'
import { PictureSource } from './pictureSource.ts'
import { AuthPrompts } from './prompts/authPrompts.ts'
import { Dialogs } from './prompts/dialogs.ts'
import { FileChoosers } from './prompts/fileChoosers.ts'
import { takeScreenshot, type ScreenshotOptions } from './screenshot.ts'
import type { Tab } from './tab.ts'
import { Tabs } from './tabs.ts'
import { assertUrlAllowed } from './urls.ts'
import { Watch } from './watch.ts'

/** How long a page may take to answer a copy command with a copy event. */
const COPY_TIMEOUT_MS = 400
const SELECTION = `(() => {
  const element = document.activeElement
  const isField = element && 'selectionStart' in element && element.type !== 'password'
  return (isField ? element.value.slice(element.selectionStart ?? 0, element.selectionEnd ?? 0) : '') || String(getSelection() ?? '')
})()`
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
  readonly #inputs = new Map<Tab, Input>()
  readonly #watch: Watch
  readonly #dialogs = new Dialogs()
  readonly #fileChoosers = new FileChoosers()
  readonly #authPrompts = new AuthPrompts()
  readonly #files: Files
  readonly #picture: PictureSource
  readonly #clipboard: Clipboard
  #humanDriving = false
  #closing = false
  #toldPage = ''
  /** ms since the epoch: frames from before may show what is typed into a password field. */
  #secretUntil = -Infinity

  constructor(chromium: Chromium, options: LaunchOptions) {
    const { connection } = chromium
    this.#viewport = options.viewport
    this.#chromium = chromium
    this.#schemes = options.allowedSchemes ?? []
    this.#tabs = new Tabs(connection, (opener) => this.#follows(opener))
    this.#watch = new Watch(() => this.#input?.mouse.position ?? { x: 0, y: 0 })
    this.#files = new Files(options.filesDir)
    this.#picture = new PictureSource(connection, options.viewport)
    this.#clipboard = new Clipboard(connection, () => this.#picture.targetId)
  }

  async start(): Promise<void> {
    void this.#chromium.exited.then(({ code, signal }) => this.#ended(signal ? `Chromium was ended by ${signal}` : `Chromium ended with code ${code}`))
    this.connection.events.on('closed', () => this.#ended('Chromium closed its pipe'))
    this.#forward()
    this.#tabs.events.on('opened', (tab) => this.#opened(tab))
    this.#tabs.events.on('closed', (tab) => this.#closed(tab))
    this.#tabs.events.on('active', (tab) => this.#shown(tab))
    this.#tabs.events.on('changed', () => this.#changed())
    await Promise.all([this.#tabs.start(), this.#files.start(this.connection.root), this.#picture.start()])
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

  get viewport(): Viewport {
    return this.#viewport
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
    await this.#tabs.close(tabId)
  }

  async navigate(url: string): Promise<void> {
    await this.#tabs.shown.navigate(assertUrlAllowed(url, this.#schemes))
  }

  async history(direction: 'back' | 'forward' | 'reload' | 'stop'): Promise<void> {
    await this.#tabs.shown.history(direction)
  }

  input(events: readonly InputEvent[]): void {
    const input = this.#input
    if (input) for (const event of events) input.handle(event)
  }

  releaseInput(): void {
    for (const input of this.#inputs.values()) input.releaseAll()
  }

  async setHumanDriving(driving: boolean): Promise<void> {
    this.#humanDriving = driving
    if (!driving) {
      for (const input of this.#inputs.values()) input.end()
      this.#clipboard.clear().catch(() => {})
    }
    for (const tab of this.#tabs.all) tab.session.post('Input.setInterceptDrags', { enabled: driving })
    this.#watch.set(driving)
    this.#dialogs.set(driving)
    this.#fileChoosers.set(driving)
    this.#authPrompts.set(driving)
    if (!driving) this.events.emit('cursor', 'default')
  }

  answerDialog(id: string, answer: { accept: boolean; text?: string }): Promise<void> {
    return this.#dialogs.answer(id, answer)
  }

  async answerFileChooser(id: string, files: readonly Upload[]): Promise<void> {
    await this.#fileChoosers.answer(
      id,
      files.map((file) => this.#files.uploadPath(file.id)),
    )
  }

  answerAuth(id: string, credentials: { username: string; password: string } | null): Promise<void> {
    return this.#authPrompts.answer(id, credentials)
  }

  answerPicker(id: string, values: readonly string[] | null): Promise<void> {
    return this.#watch.answer(id, values)
  }

  pending(): { dialogs: Dialog[]; fileChoosers: FileChooser[]; authPrompts: AuthPrompt[]; pickers: Picker[] } {
    return {
      dialogs: this.#dialogs.pending,
      fileChoosers: this.#fileChoosers.pending,
      authPrompts: this.#authPrompts.pending,
      pickers: this.#watch.pickers,
    }
  }

  async copy(cut: boolean): Promise<string> {
    const tab = this.#tabs.shown
    const copied = new Promise<string | null>((resolve) => {
      const timer = setTimeout(() => resolve(null), COPY_TIMEOUT_MS)
      this.#watch.events.once('copied', ({ text }) => {
        clearTimeout(timer)
        resolve(text)
      })
    })
    const selection = evaluateIsolated<string>(tab.session, tab.id, SELECTION).catch(() => '')
    if (cut || this.#humanDriving) {
      // Read first: a cut takes the selection away.
      const read = await selection
      this.#inputs.get(tab)?.copy(cut)
      return (await copied) ?? read
    }
    return selection
  }

  async setScreencast(options: { quality: Quality } | null): Promise<void> {
    this.#picture.setScreencast(options?.quality ?? null)
  }

  async adopt({ viewport, filesDir }: { viewport: Viewport; filesDir: string }): Promise<void> {
    const before = this.#viewport
    this.#viewport = viewport
    const ready: Promise<unknown>[] = [this.#files.move(this.connection.root, filesDir)]
    if (JSON.stringify(before) !== JSON.stringify(viewport)) {
      for (const tab of this.#tabs.all) {
        emulate(tab.session, viewport, this.version, before)
        this.#inputs.get(tab)?.setViewport(viewport)
        ready.push(this.#resizeWindow(tab, before, viewport))
      }
      this.#picture.setViewport(viewport)
    }
    await Promise.all(ready)
  }

  screenshot(options: ScreenshotOptions = {}): Promise<Buffer> {
    return takeScreenshot(() => this.#tabs.shown.session, options)
  }

  saveUpload(file: { name: string; mime: string; data: Buffer }): Promise<Upload> {
    return this.#files.save(file)
  }

  downloads(): Download[] {
    return this.#files.downloads
  }

  downloadPath(id: string): string {
    return this.#files.downloadPath(id)
  }

  async close(): Promise<void> {
    this.#closing = true
    this.#tabs.stop()
    await this.#chromium.close()
  }

  /** The window as `--window-size` would have made it: pages see it as outerWidth, and popups begin with it. */
  async #resizeWindow(tab: Tab, before: Viewport, { width, height }: Viewport): Promise<void> {
    if (before.width === width && before.height === height) return
    const { windowId } = await this.connection.root.send('Browser.getWindowForTarget', { targetId: tab.id })
    await this.connection.root.send('Browser.setWindowBounds', { windowId, bounds: { width, height } })
  }

  get #input(): Input | undefined {
    const { active } = this.#tabs
    return active ? this.#inputs.get(active) : undefined
  }

  /** A popup of the page that the human is on, unless it was asked for in the background. */
  #follows(opener: Tab | null): boolean {
    return this.#humanDriving && opener === this.#tabs.active && !this.#input?.mouse.wantsBackgroundTab
  }

  #opened(tab: Tab): void {
    emulate(tab.session, this.#viewport, this.version)
    this.#inputs.set(tab, new Input(tab.session, this.#viewport, (text) => this.#clipboard.write(text)))
    if (this.#humanDriving) tab.session.post('Input.setInterceptDrags', { enabled: true })
    this.#watch.add(tab)
    this.#dialogs.add(tab)
    this.#fileChoosers.add(tab)
    this.#authPrompts.add(tab)
    tab.events.on('crashed', ({ recovered }) => this.events.emit('tabCrashed', { tabId: tab.id, recovered }))
  }

  #closed(tab: Tab): void {
    this.#inputs.delete(tab)
    this.#watch.remove(tab)
    this.#dialogs.remove(tab)
    this.#fileChoosers.remove(tab)
    this.#authPrompts.remove(tab)
  }

  #shown(tab: Tab | null): void {
    // Carets, hover and :focus as in a window in front; one tab at a time, as for a person.
    for (const other of this.#tabs.all) other.session.post('Emulation.setFocusEmulationEnabled', { enabled: other === tab })
    // What is held belongs to the tab in which it was pressed.
    this.releaseInput()
    this.#watch.show(tab)
    this.#picture.show(tab)
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
    this.events.emit('crashed', { reason })
    // What is left of the process group, and the profile.
    void this.#chromium.close()
  }

  #forward(): void {
    const { events } = this
    this.#watch.events.on('cursor', (cursor) => events.emit('cursor', cursor))
    this.#watch.events.on('secretFocus', (on) => {
      this.#secretUntil = on ? Infinity : Date.now()
      events.emit('secretFocus', on)
    })
    this.#watch.events.on('copied', (copied) => events.emit('copied', copied))
    this.#watch.events.on('pickerOpened', (picker) => events.emit('pickerOpened', picker))
    this.#watch.events.on('pickerClosed', (closed) => events.emit('pickerClosed', closed))
    this.#dialogs.events.on('dialogOpened', (dialog) => events.emit('dialogOpened', dialog))
    this.#dialogs.events.on('dialogClosed', (closed) => events.emit('dialogClosed', closed))
    this.#fileChoosers.events.on('fileChooserOpened', (chooser) => events.emit('fileChooserOpened', chooser))
    this.#fileChoosers.events.on('fileChooserClosed', (closed) => events.emit('fileChooserClosed', closed))
    this.#authPrompts.events.on('authRequested', (prompt) => events.emit('authRequested', prompt))
    this.#authPrompts.events.on('authClosed', (closed) => events.emit('authClosed', closed))
    this.#files.events.on('download', (download) => events.emit('download', download))
    this.#picture.events.on('capture', (message) => events.emit('capture', message))
    this.#picture.events.on('media', (message) => events.emit('media', message))
    this.#picture.events.on('mediaConfig', (config) => events.emit('mediaConfig', config))
    this.#picture.events.on('thumbnail', (thumbnail) => {
      // What is typed into a password field belongs in no list.
      if (thumbnail.at > this.#secretUntil) events.emit('thumbnail', thumbnail)
    })
    this.#picture.events.on('captureLost', (lost) => events.emit('captureLost', lost))
  }
}
