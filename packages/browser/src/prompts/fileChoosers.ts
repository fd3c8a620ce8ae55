/** File choosers: intercepted while a human drives, in every frame; otherwise they are the agent's own. */
import { randomUUID } from 'node:crypto'
import { EventEmitter } from 'node:events'
import { TandemError, type FileChooser } from '@tandem/protocol'
import type { CdpSession, Protocol } from '../connection.ts'
import type { Tab } from '../tab.ts'
import { MAX_WORDS_CHARS } from '../texts.ts'

interface OpenChooser {
  chooser: FileChooser
  session: CdpSession
  backendNodeId: number
}

export class FileChoosers {
  readonly events = new EventEmitter<{ fileChooserOpened: [FileChooser]; fileChooserClosed: [{ id: string }] }>()
  readonly #tabs = new Set<Tab>()
  readonly #open = new Map<string, OpenChooser>()
  #on = false

  get pending(): FileChooser[] {
    return [...this.#open.values()].map(({ chooser }) => chooser)
  }

  add(tab: Tab): void {
    this.#tabs.add(tab)
    const addSession = (session: CdpSession): void => {
      session.on('Page.fileChooserOpened', (event) => void this.#opened(tab, session, event))
      session.onDetached(() => this.#forget((open) => open.session === session))
      if (this.#on) session.post('Page.setInterceptFileChooserDialog', { enabled: true })
    }
    tab.sessions.forEach(addSession)
    tab.events.on('session', addSession)
    tab.events.on('documents', (session) => this.#forget((open) => open.session === session))
  }

  remove(tab: Tab): void {
    this.#tabs.delete(tab)
    this.#forget(({ chooser }) => chooser.tabId === tab.id)
  }

  set(on: boolean): void {
    if (on === this.#on) return
    this.#on = on
    for (const tab of this.#tabs) for (const session of tab.sessions) session.post('Page.setInterceptFileChooserDialog', { enabled: on })
    if (!on) this.#forget(() => true)
  }

  /** A folder is asked for, and not its files. */
  wantsFolder(id: string): boolean {
    return this.#open.get(id)?.chooser.directory ?? false
  }

  /** @param paths Files on this machine, or one folder; none cancels. */
  async answer(id: string, paths: readonly string[]): Promise<void> {
    const open = this.#open.get(id)
    if (!open) throw new TandemError('dialog/not-found', 'No such file chooser: it was answered or closed already.')
    const { session, backendNodeId } = open
    this.#forget((candidate) => candidate === open)
    if (paths.length > 0) {
      await session.send('DOM.setFileInputFiles', { files: [...paths], backendNodeId })
      return
    }
    const { object } = await session.send('DOM.resolveNode', { backendNodeId })
    const functionDeclaration = "function () { this.dispatchEvent(new Event('cancel', { bubbles: true })) }"
    await session.send('Runtime.callFunctionOn', { objectId: object.objectId, functionDeclaration })
  }

  async #opened(tab: Tab, session: CdpSession, { mode, backendNodeId }: Protocol.Page.FileChooserOpenedEvent): Promise<void> {
    // `showOpenFilePicker` and its kin: they take no files from us, and Chromium has refused them to the page already.
    if (!this.#on || backendNodeId === undefined) return
    const { accept, directory } = await readAttributes(session, backendNodeId).catch(() => ({ accept: null, directory: false }))
    if (!this.#on || session.isDetached) return
    const chooser = { id: randomUUID(), tabId: tab.id, multiple: directory || mode === 'selectMultiple', directory, accept }
    this.#open.set(chooser.id, { chooser, session, backendNodeId })
    this.events.emit('fileChooserOpened', chooser)
  }

  #forget(matches: (open: OpenChooser) => boolean): void {
    for (const [id, open] of this.#open) {
      if (!matches(open)) continue
      this.#open.delete(id)
      this.events.emit('fileChooserClosed', { id })
    }
  }
}

/** The event's mode does not tell of a folder. */
async function readAttributes(session: CdpSession, backendNodeId: number): Promise<{ accept: string | null; directory: boolean }> {
  const { node } = await session.send('DOM.describeNode', { backendNodeId })
  const { attributes = [] } = node
  const value = (name: string): string | null => {
    const at = attributes.findIndex((each, index) => index % 2 === 0 && each === name)
    return at < 0 ? null : (attributes[at + 1] ?? '')
  }
  return { accept: value('accept')?.slice(0, MAX_WORDS_CHARS) ?? null, directory: value('webkitdirectory') !== null }
}
