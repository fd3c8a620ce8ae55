/**
 * A human's turn, seen from the pages: installs page/ in all frames of all tabs while a human drives, and
 * tells what they say: cursor, secret focus, pickers. Away from a human's turn nothing of it runs.
 */
import { randomUUID } from 'node:crypto'
import { EventEmitter } from 'node:events'
import { TandemError, type Picker } from '@tandem/protocol'
import type { CdpSession, Protocol } from './connection.ts'
import { handOverRoot } from './handOverRoot.ts'
import { evaluateIn, named, twoFrames, WORLD } from './isolatedWorld.ts'
import { SAY_BINDING, type PageMessage } from './page/message.ts'
import { watchSource, wrapSource } from './page/script.ts'
import { readPageMessage } from './pageMessage.ts'
import { PointerLock } from './pointerLock.ts'
import type { Tab } from './tab.ts'
import { within } from './waiting.ts'

/** Pickers, and frames with a secret, that are believed to be there at once. */
const MAX_SAID = 100
/** A page that does not draw is not waited for. */
const ZOOM_LISTEN_MS = 300

export interface WatchEvents {
  cursor: [string]
  secretFocus: [boolean]
  pointerLock: [boolean]
  /** Fingers made this tab's page larger or smaller. */
  scaled: [{ tab: Tab; scale: number }]
  /** Ctrl and wheel, of which this tab's page makes nothing. */
  zoom: [{ tab: Tab; deltaY: number }]
  pickerOpened: [Picker]
  pickerClosed: [{ id: string }]
}

interface OpenPicker {
  picker: Picker
  session: CdpSession
  contextId: number
  key: number
}
interface Installed {
  identifiers: Promise<string[]>
}

export class Watch {
  readonly events = new EventEmitter<WatchEvents>()
  readonly pointerLock = new PointerLock(
    (session) => this.#everywhere(session, 'globalThis.tandem?.freePointer()'),
    (locked) => this.events.emit('pointerLock', locked),
  )
  readonly #channel = `t${randomUUID()}`
  readonly #tabs = new Map<Tab, Map<CdpSession, Installed | null>>()
  readonly #pickers = new Map<string, OpenPicker>()
  /** Frames with a focused secret, by their session. */
  readonly #secrets = new Map<CdpSession, Set<string>>()
  /** Where the human's pointer is in the picture, and the picture's pixels for each of a frame, which knows only its own. */
  readonly #pointer: () => { x: number; y: number; factor: number }
  #on = false
  #shown: Tab | null = null
  #secret = false

  constructor(pointer: () => { x: number; y: number; factor: number }) {
    this.#pointer = pointer
  }

  get pickers(): Picker[] {
    return [...this.#pickers.values()].map(({ picker }) => picker)
  }

  add(tab: Tab): void {
    const sessions = new Map<CdpSession, Installed | null>()
    this.#tabs.set(tab, sessions)
    const addSession = (session: CdpSession): void => {
      session.on('Runtime.bindingCalled', (call) => this.#heard(tab, session, call))
      session.onDetached(() => {
        sessions.delete(session)
        this.pointerLock.said(tab, session, false)
        this.#forget(session)
      })
      sessions.set(session, this.#on ? this.#install(session) : null)
    }
    tab.events.on('crashed', () => tab.sessions.forEach((session) => this.pointerLock.said(tab, session, false)))
    tab.sessions.forEach(addSession)
    tab.events.on('session', addSession)
    // A frame that went away cannot say so: those that are left say again who has the focus.
    tab.events.on('documents', (session) => {
      if (this.#secrets.delete(session)) void this.#everywhere(session, 'globalThis.tandem?.report()')
      for (const [id, open] of this.#pickers) if (open.session === session) this.#close(id)
      this.#secretChanged()
    })
  }

  remove(tab: Tab): void {
    for (const session of this.#tabs.get(tab)?.keys() ?? []) this.#forget(session)
    this.#tabs.delete(tab)
  }

  show(tab: Tab | null): void {
    this.#shown = tab
    this.pointerLock.show(tab)
    this.#secretChanged()
  }

  set(on: boolean): void {
    if (on === this.#on) return
    this.#on = on
    for (const sessions of this.#tabs.values()) {
      for (const [session, installed] of sessions) {
        sessions.set(session, on ? this.#install(session) : null)
        if (!on && installed) this.#uninstall(session, installed)
      }
    }
    if (on) return
    this.pointerLock.free()
    for (const id of this.#pickers.keys()) this.#close(id)
    this.#secrets.clear()
    this.#secretChanged()
  }

  async answer(id: string, values: readonly string[] | null): Promise<void> {
    const open = this.#pickers.get(id)
    if (!open) throw new TandemError('dialog/not-found', 'No such picker: it was answered or closed already.')
    this.#close(id)
    await evaluateIn(open.session, open.contextId, `globalThis.tandem?.answer(${open.key}, ${JSON.stringify(values)})`)
  }

  /** Has all frames of a tab say what they make of ctrl and wheel; resolves when Chromium's compositor asks them, too. */
  async listenToZoom(tab: Tab, on: boolean): Promise<void> {
    const sessions = [...(this.#tabs.get(tab)?.keys() ?? [])]
    const told = Promise.all(sessions.map((session) => this.#everywhere(session, `globalThis.tandem?.zoom(${on})`)))
    const drawn = on ? told.then(() => twoFrames(tab.session, tab.id)) : told
    await within<unknown>(ZOOM_LISTEN_MS, drawn, () => new TandemError('browser/timeout')).catch(() => {})
  }

  #install(session: CdpSession): Installed {
    // Without it Chromium puts the binding into documents that are open, but not into those to come.
    session.post('Runtime.enable')
    session.post('Runtime.addBinding', { name: SAY_BINDING, executionContextName: WORLD })
    const scripts = [
      { source: named(watchSource(this.#channel)), worldName: WORLD, runImmediately: true },
      { source: wrapSource(this.#channel), runImmediately: true },
    ]
    const added = scripts.map((script) => session.send('Page.addScriptToEvaluateOnNewDocument', script))
    return {
      identifiers: Promise.all(added).then(
        (replies) => replies.map(({ identifier }) => identifier),
        () => [],
      ),
    }
  }

  #uninstall(session: CdpSession, { identifiers }: Installed): void {
    void identifiers.then((all) => all.forEach((identifier) => session.post('Page.removeScriptToEvaluateOnNewDocument', { identifier })))
    void this.#everywhere(session, 'globalThis.tandem?.stop()')
    session.post('Runtime.disable')
  }

  /** Runs in our world of all frames of a session: no other call reaches them all at once. */
  #everywhere(session: CdpSession, source: string): Promise<void> {
    return session.send('Page.addScriptToEvaluateOnNewDocument', { source: named(source), worldName: WORLD, runImmediately: true }).then(
      ({ identifier }) => session.post('Page.removeScriptToEvaluateOnNewDocument', { identifier }),
      () => {},
    )
  }

  #heard(tab: Tab, session: CdpSession, { name, payload, executionContextId }: Protocol.Runtime.BindingCalledEvent): void {
    if (name !== SAY_BINDING || !this.#on) return
    const message = readPageMessage(payload)
    if (!message) return
    switch (message.type) {
      case 'cursor':
        if (tab === this.#shown) this.events.emit('cursor', message.cursor)
        return
      case 'pointerLock':
        return this.pointerLock.said(tab, session, message.on)
      case 'host':
        return void handOverRoot(session, executionContextId, message.key)
      case 'scaled':
        return void this.events.emit('scaled', { tab, scale: message.scale })
      case 'zoom':
        return void this.events.emit('zoom', { tab, deltaY: message.deltaY })
      case 'secret': {
        const frames = this.#secrets.get(session) ?? new Set()
        if (!message.on) frames.delete(message.frame)
        else if (frames.size < MAX_SAID) frames.add(message.frame)
        if (frames.size > 0) this.#secrets.set(session, frames)
        else this.#secrets.delete(session)
        return this.#secretChanged()
      }
      case 'picker':
        return this.#open(tab, session, executionContextId, message)
      case 'pickerGone':
        for (const [id, open] of this.#pickers)
          if (open.session === session && open.contextId === executionContextId && open.key === message.key) this.#close(id)
    }
  }

  #open(tab: Tab, session: CdpSession, contextId: number, { key, at, picker }: Extract<PageMessage, { type: 'picker' }>): void {
    if (this.#pickers.size >= MAX_SAID) return
    const id = randomUUID()
    const { rect } = picker
    const { x, y, factor } = this.#pointer()
    // The frame's place in the picture, from the one point that both know.
    const offset = at ? { x: x - at.x * factor, y: y - at.y * factor } : { x: 0, y: 0 }
    const shown = { x: rect.x * factor + offset.x, y: rect.y * factor + offset.y, width: rect.width * factor, height: rect.height * factor }
    const open = { picker: { ...picker, id, tabId: tab.id, rect: shown }, session, contextId, key }
    this.#pickers.set(id, open)
    this.events.emit('pickerOpened', open.picker)
  }

  #close(id: string): void {
    if (this.#pickers.delete(id)) this.events.emit('pickerClosed', { id })
  }

  #forget(session: CdpSession): void {
    this.#secrets.delete(session)
    for (const [id, open] of this.#pickers) if (open.session === session) this.#close(id)
    this.#secretChanged()
  }

  #secretChanged(): void {
    const secret = [...this.#secrets.keys()].some((session) => this.#shown?.sessions.includes(session))
    if (secret === this.#secret) return
    this.#secret = secret
    this.events.emit('secretFocus', secret)
  }
}
