/**
 * Text on Chromium's clipboard, written from our own hidden page (the capture page), so that no page of the
 * session is touched and pages without https can be pasted into as well. A headless Chromium has a clipboard of its own.
 */
import { TandemError } from '@tandem/protocol'
import { evaluateIn } from './isolatedWorld.ts'
import type { CdpSession, Connection } from './connection.ts'
import { within } from './waiting.ts'

const WRITE_TIMEOUT_MS = 1_000

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
  readonly #connection: Connection
  readonly #hostId: () => string | null
  #holdsText = false
  #session: { targetId: string; opened: Promise<CdpSession> } | null = null

  /** @param hostId The target to write from; null while there is none. */
  constructor(connection: Connection, hostId: () => string | null) {
    this.#connection = connection
    this.#hostId = hostId
  }

  /** Throws when Chromium does not take it within a second. */
  async write(text: string): Promise<void> {
    this.#holdsText = text !== ''
    const done = await within(WRITE_TIMEOUT_MS, this.#write(text), () => new TandemError('browser/timeout', 'The clipboard did not answer.'))
    if (!done) throw new TandemError('browser/method-failed', 'The clipboard took no text.')
  }

  /** Takes away what a human pasted, a password maybe: the next paste is the agent's. */
  async clear(): Promise<void> {
    if (this.#holdsText) await this.write('')
  }

  async #write(text: string): Promise<boolean> {
    const targetId = this.#hostId()
    if (targetId === null) throw new TandemError('media/unavailable')
    // The page may have been made anew since.
    if (this.#session?.targetId !== targetId) this.#session = { targetId, opened: this.#open(targetId) }
    return evaluateIn<boolean>(await this.#session.opened, undefined, WRITE(text), { userGesture: true })
  }

  async #open(targetId: string): Promise<CdpSession> {
    const session = await this.#connection.attach(targetId)
    // A copy command is refused to a page without focus, and a hidden page never gets any.
    await session.send('Emulation.setFocusEmulationEnabled', { enabled: true })
    return session
  }
}
