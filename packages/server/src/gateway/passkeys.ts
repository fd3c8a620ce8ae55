/**
 * In which pages passkeys are an agent's: where it has a virtual authenticator. In all others the browser refuses them.
 * The end of a session takes Chromium's whole authenticator environment of its page along, ours too, so ours is set anew.
 */
import type { LiveBrowser } from '@tandem/browser'
import type { ClientSession } from './clientSession.ts'

export class AgentPasskeys {
  readonly #set: LiveBrowser['setPasskeys']
  readonly #pages = new Map<ClientSession, string>()

  constructor(set: LiveBrowser['setPasskeys']) {
    this.#set = set
  }

  /** A client's command of the domain WebAuthn has been sent. */
  sent(method: string, session: ClientSession): void {
    const page = session.pageTargetId
    if (method === 'WebAuthn.addVirtualAuthenticator' && page !== null) {
      this.#pages.set(session, page)
      this.#set(page, 'agents')
    } else if (method === 'WebAuthn.disable') this.ended(session)
  }

  /** The session is gone, or has no authenticators any more. */
  ended(session: ClientSession): void {
    const page = this.#pages.get(session)
    if (page === undefined || !this.#pages.delete(session)) return
    if (![...this.#pages.values()].includes(page)) this.#set(page, 'ours')
  }
}
