/**
 * Text on Chromium's clipboard, written and read by our own hidden page (the capture page), so that no page of the
 * session is touched and pages without https can be pasted into as well. Whatever puts text there in a human's turn is told:
 * a page's own call, a selection in a frame or a PDF. A headless Chromium has a clipboard of its own.
 */
import { EventEmitter } from 'node:events'
import { TandemError } from '@tandem/protocol'
import { evaluateIn } from './isolatedWorld.ts'
import type { CdpSession, Connection } from './connection.ts'
import { within } from './waiting.ts'

const WRITE_TIMEOUT_MS = 1_000
const BINDING = 'tandemCopied'
/** A viewer's socket holds no more: it would be closed as too slow. */
const MAX_COPIED_CHARS = 1_000_000

const WATCH = `globalThis.tandemCopies?.abort()
globalThis.tandemCopies = new AbortController()
navigator.clipboard.addEventListener('clipboardchange', () =>
  navigator.clipboard.readText().then((text) => text.length <= ${MAX_COPIED_CHARS} && ${BINDING}(text), () => {}), { signal: globalThis.tandemCopies.signal })`
const UNWATCH = 'globalThis.tandemCopies?.abort()'

/** `execCommand` and not `navigator.clipboard`: that wants a secure context and a permission. A copy wants a selection, which empty text has not. */
const WRITE = (text: string) => `(() => {
  const area = document.createElement('textarea')
  document.documentElement.append(area)
  area.value = 'x'
  area.select()
  area.addEventListener('copy', (event) => {
    event.clipboardData.setData('text/plain', ${JSON.stringify(text)})
    event.preventDefault()
  })
  const done = document.execCommand('copy')
  area.remove()
  return done
})()`

export class Clipboard {
  /** Never empty, and nothing that was written from here. */
  readonly events = new EventEmitter<{ copied: [{ text: string }] }>()
  readonly #connection: Connection
  readonly #hostId: () => string | null
  #holdsText = false
  #clearing: Promise<void> | null = null
  #written = ''
  #watching = false
  #session: { targetId: string; opened: Promise<CdpSession> } | null = null

  /** @param hostId The target to write from; null while there is none. */
  constructor(connection: Connection, hostId: () => string | null) {
    this.#connection = connection
    this.#hostId = hostId
  }

  /** Throws when Chromium does not take it within a second. */
  async write(text: string): Promise<void> {
    this.#holdsText = text !== ''
    this.#written = text
    const done = await within(WRITE_TIMEOUT_MS, this.#write(text), () => new TandemError('browser/timeout', 'The clipboard did not answer.'))
    if (!done) throw new TandemError('browser/method-failed', 'The clipboard took no text.')
  }

  /** Takes away what a human pasted, a password maybe: the next paste is the agent's. null: there is nothing. */
  clear(): Promise<void> | null {
    if (this.#holdsText) this.#clearing = this.write('').finally(() => (this.#clearing = null))
    return this.#clearing
  }

  /** Tells of what is copied from now on, or no longer. To be called again when the hidden page was made anew. */
  async watch(on: boolean): Promise<void> {
    this.#watching = on
    const session = await this.#host().catch(() => null)
    // Without a hidden page nothing is told.
    // Changes of the clipboard are told only to a page that somebody has touched.
    if (session) await evaluateIn(session, undefined, on ? WATCH : UNWATCH, { userGesture: true }).catch(() => {})
  }

  async renew(): Promise<void> {
    if (this.#watching) await this.watch(true)
  }

  async #write(text: string): Promise<boolean> {
    return evaluateIn<boolean>(await this.#host(), undefined, WRITE(text), { userGesture: true })
  }

  async #host(): Promise<CdpSession> {
    const targetId = this.#hostId()
    if (targetId === null) throw new TandemError('media/unavailable')
    // The page may have been made anew since.
    if (this.#session?.targetId !== targetId) this.#session = { targetId, opened: this.#open(targetId) }
    const session = this.#session
    return session.opened.catch((error: unknown) => {
      // Tried again by whoever comes next.
      if (this.#session === session) this.#session = null
      throw error
    })
  }

  async #open(targetId: string): Promise<CdpSession> {
    const session = await this.#connection.attach(targetId)
    // A copy command is refused to a page without focus, and a hidden page never gets any.
    await session.send('Emulation.setFocusEmulationEnabled', { enabled: true })
    session.on('Runtime.bindingCalled', ({ name, payload }) => name === BINDING && this.#copied(payload))
    await session.send('Runtime.enable')
    await session.send('Runtime.addBinding', { name: BINDING })
    return session
  }

  #copied(text: string): void {
    if (this.#watching && text !== '' && text !== this.#written) this.events.emit('copied', { text })
    // Who copies it again afterwards means it.
    if (text !== this.#written) this.#written = ''
  }
}
