/**
 * A human's turn: the input of all tabs and, while a human drives, what the pages show and ask of people (cursor,
 * pickers, copied text, secrets, dialogs, file choosers, passwords). While the agent drives alone these are its own.
 * Which tabs there are, and which is shown, it is told by `browser.ts`; who may drive is decided before.
 */
import type { EventEmitter } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import type { InputEvent } from '@tandem/protocol'
import type { Clipboard } from './clipboard.ts'
import type { CdpSession } from './connection.ts'
import type { BrowserEvents, LiveBrowser } from './contract.ts'
import { Input } from './input.ts'
import { evaluateIsolated } from './isolatedWorld.ts'
import type { Layout } from './layout.ts'
import { AuthPrompts } from './prompts/authPrompts.ts'
import { Dialogs } from './prompts/dialogs.ts'
import { FileChoosers } from './prompts/fileChoosers.ts'
import type { Pause } from './screenshot.ts'
import type { Tab } from './tab.ts'
import { Watch } from './watch.ts'

/** How long a page may take to put something on the clipboard after a copy command. */
const COPY_TIMEOUT_MS = 400
/** A picture that takes longer holds up nobody any more: its page hangs, or is very large. */
const PICTURE_LIMIT_MS = 500
const SELECTION = `(() => {
  const element = document.activeElement
  const isField = element && 'selectionStart' in element && element.type !== 'password'
  return (isField ? element.value.slice(element.selectionStart ?? 0, element.selectionEnd ?? 0) : '') || String(getSelection() ?? '')
})()`

export interface HumanTurnOptions {
  /** The browser's: what people are to know is told there. */
  events: EventEmitter<BrowserEvents>
  clipboard: Clipboard
}

export class HumanTurn {
  readonly dialogs = new Dialogs()
  readonly fileChoosers = new FileChoosers()
  readonly authPrompts = new AuthPrompts()
  readonly watch: Watch
  readonly #options: HumanTurnOptions
  readonly #inputs = new Map<Tab, Input>()
  #shown: Tab | null = null
  #driving = false
  #secretUntil = -Infinity

  constructor(options: HumanTurnOptions) {
    this.#options = options
    this.watch = new Watch(() => ({ x: 0, y: 0, ...this.#input?.mouse.position, factor: this.#input?.layout.factor ?? 1 }))
    this.#forward()
  }

  /** ms since the epoch: frames from before may show what is typed into a password field. */
  get secretUntil(): number {
    return this.#secretUntil
  }

  /** Does a popup of this tab come to the front? One of the page that the human is on, unless it was asked for in the background. */
  follows(opener: Tab | null): boolean {
    return this.#driving && opener === this.#shown && !this.#input?.mouse.wantsBackgroundTab
  }

  pending(): ReturnType<LiveBrowser['pending']> {
    return {
      dialogs: this.dialogs.pending,
      fileChoosers: this.fileChoosers.pending,
      authPrompts: this.authPrompts.pending,
      pickers: this.watch.pickers,
    }
  }

  /** A tab that is still paused. */
  add(tab: Tab, layout: Layout): void {
    const input = new Input(tab.session, {
      layout,
      writeClipboard: (text) => this.#options.clipboard.write(text),
      listenToZoom: (on) => this.watch.listenToZoom(tab, on),
    })
    this.#inputs.set(tab, input)
    if (this.#driving) tab.session.post('Input.setInterceptDrags', { enabled: true })
    this.watch.add(tab)
    this.dialogs.add(tab)
    this.fileChoosers.add(tab)
    this.authPrompts.add(tab)
  }

  remove(tab: Tab): void {
    this.#inputs.delete(tab)
    this.watch.remove(tab)
    this.dialogs.remove(tab)
    this.fileChoosers.remove(tab)
    this.authPrompts.remove(tab)
  }

  /** Input goes to this tab from now on. */
  show(tab: Tab | null): void {
    this.#shown = tab
    // What is held belongs to the tab in which it was pressed.
    void this.releaseInput()
    this.watch.show(tab)
  }

  /** Of what a human leaves nothing is the agent's: neither what is held nor what was pasted. Resolves when that is done; null: nothing was left. */
  leave(): Promise<void> | null {
    return together([this.releaseInput(), this.#options.clipboard.clear()?.catch(() => {}) ?? null])
  }

  /** It begins, or is over: then nothing of what is still on its way follows. */
  set(driving: boolean): void {
    const { clipboard, events } = this.#options
    this.#driving = driving
    if (!driving) {
      for (const input of this.#inputs.values()) input.end()
      for (const tab of this.#inputs.keys()) tab.sessions.forEach(forgetConsole)
    }
    void clipboard.watch(driving)
    for (const tab of this.#inputs.keys()) tab.session.post('Input.setInterceptDrags', { enabled: driving })
    this.watch.set(driving)
    this.dialogs.set(driving)
    this.fileChoosers.set(driving)
    this.authPrompts.set(driving)
    if (!driving) events.emit('cursor', 'default')
  }

  input(events: readonly InputEvent[]): void {
    const input = this.#input
    if (!input) return
    for (const event of events) {
      // The first Escape frees the pointer and is not the page's, as in any browser.
      if (event.type !== 'keyDown' || event.key !== 'Escape' || !this.watch.pointerLock.free()) input.handle(event)
    }
  }

  /** Resolves when the pages have been told; null: nothing was held. */
  releaseInput(): Promise<void> | null {
    return together([...this.#inputs.values()].map((input) => input.releaseAll()))
  }

  /** The selection's text in this tab; `cut` also removes it. */
  async copy(tab: Tab, cut: boolean): Promise<string> {
    const selection = evaluateIsolated<string>(tab.session, tab.id, SELECTION).catch(() => '')
    if (!cut && !this.#driving) return selection
    const { events } = this.#options.clipboard
    const { promise: copied, resolve } = Promise.withResolvers<string | null>()
    const hear = ({ text }: { text: string }): void => resolve(text)
    const timer = setTimeout(() => resolve(null), COPY_TIMEOUT_MS)
    events.on('copied', hear)
    try {
      // Read first: a cut takes the selection away.
      const read = await selection
      this.#inputs.get(tab)?.copy(cut)
      return (await copied) ?? read
    } finally {
      clearTimeout(timer)
      events.off('copied', hear)
    }
  }

  /** A picture of this tab is taken: what a human does in it from now on waits for its end. Null where nobody drives. */
  pauseInput(tabId: string): Pause | null {
    const [, input] = this.#driving ? ([...this.#inputs].find(([tab]) => tab.id === tabId) ?? []) : []
    if (!input) return null
    const end = input.hold()
    const limit = sleep(PICTURE_LIMIT_MS, undefined, { ref: false })
    void limit.then(end)
    return { atRest: Promise.race([input.handled, limit]), end }
  }

  get #input(): Input | undefined {
    return this.#shown ? this.#inputs.get(this.#shown) : undefined
  }

  #forward(): void {
    const { events } = this.#options
    this.watch.events.on('cursor', (cursor) => events.emit('cursor', cursor))
    this.watch.events.on('secretFocus', (on) => {
      this.#secretUntil = on ? Infinity : Date.now()
      events.emit('secretFocus', on)
    })
    this.watch.events.on('pointerLock', (locked) => {
      for (const input of this.#inputs.values()) input.mouse.lock(locked && input === this.#input)
      events.emit('pointerLock', locked)
    })
    this.#options.clipboard.events.on('copied', (copied) => events.emit('copied', copied))
    this.watch.events.on('scaled', ({ tab, scale }) => this.#inputs.get(tab)?.layout.scaled(scale))
    this.watch.events.on('zoom', ({ tab, deltaY }) => this.#inputs.get(tab)?.zoom.unhandled(deltaY))
    this.watch.events.on('pickerOpened', (picker) => events.emit('pickerOpened', picker))
    this.watch.events.on('pickerClosed', (closed) => events.emit('pickerClosed', closed))
    this.dialogs.events.on('dialogOpened', (dialog) => events.emit('dialogOpened', dialog))
    this.dialogs.events.on('dialogClosed', (closed) => events.emit('dialogClosed', closed))
    this.fileChoosers.events.on('fileChooserOpened', (chooser) => events.emit('fileChooserOpened', chooser))
    this.fileChoosers.events.on('fileChooserClosed', (closed) => events.emit('fileChooserClosed', closed))
    this.authPrompts.events.on('authRequested', (prompt) => events.emit('authRequested', prompt))
    this.authPrompts.events.on('authClosed', (closed) => events.emit('authClosed', closed))
  }
}

/** Chromium tells all that a page has said to whoever asks later: what it said to a human is not for agents. */
function forgetConsole(session: CdpSession): void {
  session.post('Runtime.discardConsoleEntries')
  session.post('Log.clear')
}

/** Resolves when all of it is done; null: there is nothing to wait for. */
function together(works: readonly (Promise<void> | null)[]): Promise<void> | null {
  const waits = works.filter((work) => work !== null)
  return waits.length > 0 ? Promise.all(waits).then(() => {}) : null
}
