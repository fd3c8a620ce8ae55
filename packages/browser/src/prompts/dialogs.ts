/**
 * alert, confirm, prompt and beforeunload. They are always followed, since any client may answer them. While a human
 * drives viewers are told at once. A dialog of the agent's turn is the agent's for a while; then viewers are told as well,
 * and whoever takes the wheel can answer it. One that no client hears of stands in everybody's way: it is closed.
 */
import { randomUUID } from 'node:crypto'
import { EventEmitter } from 'node:events'
import { TandemError, type Dialog } from '@tandem/protocol'
import type { Tab } from '../tab.ts'
import { cut, MAX_WORDS_CHARS, toldUrl } from '../texts.ts'

/** How long an agent may take over a dialog before people are told of it. */
const AGENT_MS = 3_000
/** How long one waits for somebody that nobody hears of but people who only watch. */
const UNHEARD_MS = 10_000

interface OpenDialog {
  dialog: Dialog
  tab: Tab
  /** Viewers know of it. */
  told: boolean
  timer: ReturnType<typeof setTimeout> | undefined
}

export class Dialogs {
  readonly events = new EventEmitter<{ dialogOpened: [Dialog]; dialogClosed: [{ id: string }] }>()
  readonly #open = new Map<string, OpenDialog>()
  #on = false
  #isHeard: (tabId: string) => boolean = () => false

  get pending(): Dialog[] {
    return [...this.#open.values()].filter(({ told }) => told).map(({ dialog }) => dialog)
  }

  /** Says whether a client is told of the dialogs of a tab, and so may answer them. */
  setAudience(isHeard: (tabId: string) => boolean): void {
    this.#isHeard = isHeard
  }

  /** The dialog before this tab. */
  open(tab: Tab): Dialog | null {
    return [...this.#open.values()].find((open) => open.tab === tab)?.dialog ?? null
  }

  add(tab: Tab): void {
    tab.session.on('Page.javascriptDialogOpening', ({ type, message, defaultPrompt = '', url }) => {
      const id = randomUUID()
      const words = { message: cut(message, MAX_WORDS_CHARS), defaultPrompt: defaultPrompt.slice(0, MAX_WORDS_CHARS), url: toldUrl(url) }
      const open: OpenDialog = { dialog: { id, tabId: tab.id, type, ...words }, tab, told: false, timer: undefined }
      this.#open.set(id, open)
      if (this.#on) this.#tell(open)
      else this.#leave(open)
    })
    // Whoever answered it. A page has one dialog at a time.
    tab.session.on('Page.javascriptDialogClosed', () => this.remove(tab))
  }

  remove(tab: Tab): void {
    for (const [id, open] of this.#open) {
      if (open.tab !== tab) continue
      clearTimeout(open.timer)
      this.#open.delete(id)
      if (open.told) this.events.emit('dialogClosed', { id })
    }
  }

  set(on: boolean): void {
    this.#on = on
    for (const open of this.#open.values()) {
      clearTimeout(open.timer)
      // One that is open when the turn ends stays with the viewers: the page stands still until somebody answers it.
      if (on) this.#tell(open)
      else this.#leave(open)
    }
  }

  async answer(id: string, { accept, text }: { accept: boolean; text?: string }): Promise<void> {
    const open = this.#open.get(id)
    if (!open) throw new TandemError('dialog/not-found')
    await open.tab.session.send('Page.handleJavaScriptDialog', { accept, ...(text === undefined ? {} : { promptText: text }) })
  }

  #tell(open: OpenDialog): void {
    if (open.told) return
    open.told = true
    this.events.emit('dialogOpened', open.dialog)
  }

  /** To the agent, or to whoever takes the wheel in time. */
  #leave(open: OpenDialog): void {
    if (this.#isHeard(open.tab.id)) {
      open.timer = setTimeout(() => this.#tell(open), AGENT_MS)
      return
    }
    this.#tell(open)
    // As Playwright does where nobody listens: the page may be left, all else gets no.
    const accept = open.dialog.type === 'beforeunload'
    open.timer = setTimeout(() => void this.answer(open.dialog.id, { accept }).catch(() => {}), UNHEARD_MS)
  }
}
