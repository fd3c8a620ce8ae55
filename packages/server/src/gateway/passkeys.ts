/**
 * In which pages passkeys are an agent's: where it has a virtual authenticator. In all others the browser refuses them,
 * and in those too while a human drives: the agent could read the private key of the person's new passkey.
 * The end of any session of a page takes Chromium's whole authenticator environment of that page along, ours too, so ours is
 * set anew.
 */
import type { Connection, LiveBrowser } from '@tandem/browser'
import type { ClientSession } from './clientSession.ts'

/** Of a session that has enabled the domain; without authenticators it has none to answer with. */
interface Authenticators {
  page: string
  /** Each with whether it answers by itself, as the client wants it. */
  present: Map<string, boolean>
  /** What those will do that Chromium has not answered for yet. */
  adding: boolean[]
}

export class AgentPasskeys {
  readonly #set: LiveBrowser['setPasskeys']
  readonly #connection: Pick<Connection, 'post'>
  readonly #sessions = new Map<ClientSession, Authenticators>()
  #suspended = false

  constructor(set: LiveBrowser['setPasskeys'], connection: Pick<Connection, 'post'>) {
    this.#set = set
    this.#connection = connection
  }

  /** A client's command of the domain WebAuthn has been sent. */
  sent(method: string, params: Record<string, unknown>, session: ClientSession): void {
    const page = session.pageTargetId
    const { authenticatorId, options } = params
    const known = this.#sessions.get(session)
    if (method === 'WebAuthn.enable' && page !== null && !known) this.#sessions.set(session, { page, present: new Map(), adding: [] })
    else if (method === 'WebAuthn.addVirtualAuthenticator' && known) {
      known.adding.push(
        !(typeof options === 'object' && options !== null && 'automaticPresenceSimulation' in options && options.automaticPresenceSimulation === false),
      )
      this.#set(known.page, 'agents')
    } else if (method === 'WebAuthn.disable') this.ended(session)
    else if (method === 'WebAuthn.setAutomaticPresenceSimulation' && typeof authenticatorId === 'string')
      known?.present.set(authenticatorId, params['enabled'] === true)
    else if (method === 'WebAuthn.removeVirtualAuthenticator' && typeof authenticatorId === 'string' && known?.present.delete(authenticatorId))
      this.#refuseWithout(known.page)
  }

  /** Chromium has answered `WebAuthn.addVirtualAuthenticator`, maybe by a refusal. */
  added(session: ClientSession, authenticatorId: unknown): void {
    const known = this.#sessions.get(session)
    const present = known?.adding.shift()
    if (!known || present === undefined) return
    if (typeof authenticatorId === 'string') known.present.set(authenticatorId, present)
    else this.#refuseWithout(known.page)
  }

  /** A human takes the wheel: agents' authenticators keep what they have, and answer nothing. */
  suspend(): void {
    this.#suspended = true
    for (const [session, known] of this.#sessions) {
      if (!hasOwn(known)) continue
      const { page, present, adding } = known
      for (const [authenticatorId, on] of present) if (on) this.#setPresence(session, authenticatorId, false)
      // One whose answer nobody reads any more could not be switched off.
      if (adding.length > 0) {
        this.#connection.post('WebAuthn.disable', {}, session.id)
        this.ended(session)
      } else this.#set(page, 'ours')
    }
  }

  /** The agent drives again. */
  resume(): void {
    this.#suspended = false
    for (const [session, known] of this.#sessions) {
      if (!hasOwn(known)) continue
      const { page, present } = known
      this.#set(page, 'agents')
      for (const [authenticatorId, on] of present) if (on) this.#setPresence(session, authenticatorId, true)
    }
  }

  /** The session is gone, or has no authenticators any more. */
  ended(session: ClientSession): void {
    const page = this.#sessions.get(session)?.page ?? (session.type === 'page' ? session.pageTargetId : null)
    this.#sessions.delete(session)
    if (page !== null) this.#refuseWithout(page)
  }

  /** Nothing of ours answers while an agent's do; where none does, a request would wait unseen. */
  #refuseWithout(page: string): void {
    if (this.#suspended || ![...this.#sessions.values()].some((other) => other.page === page && hasOwn(other))) this.#set(page, 'ours')
  }

  #setPresence(session: ClientSession, authenticatorId: string, enabled: boolean): void {
    this.#connection.post('WebAuthn.setAutomaticPresenceSimulation', { authenticatorId, enabled }, session.id)
  }
}

/** It has authenticators, or will in a moment. */
function hasOwn({ present, adding }: Authenticators): boolean {
  return present.size > 0 || adding.length > 0
}
