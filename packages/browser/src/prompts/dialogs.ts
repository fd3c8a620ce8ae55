/**
 * alert, confirm, prompt and beforeunload. They are always followed, since any client may answer them; viewers
 * are told while a human drives, and of one that is open when a human's turn begins.
 */
import { randomUUID } from 'node:crypto'
import { EventEmitter } from 'node:events'
import { TandemError, type Dialog } from '@tandem/protocol'
import type { Tab } from '../tab.ts'
import { cut, MAX_WORDS_CHARS, toldUrl } from '../texts.ts'

interface OpenDialog {
  dialog: Dialog
  tab: Tab
  /** Viewers know of it. */
  told: boolean
}

export class Dialogs {
  readonly events = new EventEmitter<{ dialogOpened: [Dialog]; dialogClosed: [{ id: string }] }>()
  readonly #open = new Map<string, OpenDialog>()
  #on = false

  get pending(): Dialog[] {
    return [...this.#open.values()].filter(({ told }) => told).map(({ dialog }) => dialog)
  }

  add(tab: Tab): void {
    tab.session.on('Page.javascriptDialogOpening', ({ type, message, defaultPrompt = '', url }) => {
      const id = randomUUID()
      const words = { message: cut(message, MAX_WORDS_CHARS), defaultPrompt: defaultPrompt.slice(0, MAX_WORDS_CHARS), url: toldUrl(url) }
      const open = { dialog: { id, tabId: tab.id, type, ...words }, tab, told: false }
      this.#open.set(id, open)
      if (this.#on) this.#tell(open)
    })
    // Whoever answered it. A page has one dialog at a time.
    tab.session.on('Page.javascriptDialogClosed', () => this.remove(tab))
  }

  remove(tab: Tab): void {
    for (const [id, open] of this.#open) {
      if (open.tab !== tab) continue
      this.#open.delete(id)
      if (open.told) this.events.emit('dialogClosed', { id })
    }
  }

  set(on: boolean): void {
    this.#on = on
    // One that is open when the turn ends stays with the viewers: the page stands still until somebody answers it.
    if (on) for (const open of this.#open.values()) if (!open.told) this.#tell(open)
  }

  async answer(id: string, { accept, text }: { accept: boolean; text?: string }): Promise<void> {
    const open = this.#open.get(id)
    if (!open) throw new TandemError('dialog/not-found')
    await open.tab.session.send('Page.handleJavaScriptDialog', { accept, ...(text === undefined ? {} : { promptText: text }) })
  }

  #tell(open: OpenDialog): void {
    open.told = true
    this.events.emit('dialogOpened', open.dialog)
  }
}
