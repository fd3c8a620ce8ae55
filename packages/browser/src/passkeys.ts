/**
 * Passkeys, which pages ask for and which nobody here can touch: every request is refused at once, as by a person who said
 * no, in all frames of a tab. Chromium's own window would wait for one unseen and take the tab's clicks and keys.
 * An agent that brings a virtual authenticator of its own answers in the tabs where it has one.
 */
import type { CdpSession } from './connection.ts'
import type { Tab } from './tab.ts'

/**
 * A key without a store whose owner never passes its check: Chromium asks it, and fails there and then. It says nothing to
 * pages about a platform's own authenticator or passkeys in fields, as on a machine with neither.
 */
const REFUSES = {
  protocol: 'ctap2',
  transport: 'usb',
  hasUserVerification: true,
  isUserVerified: false,
  automaticPresenceSimulation: true,
} as const

export class Passkeys {
  /** The authenticator in each tab; null where an agent has its own. */
  readonly #tabs = new Map<Tab, Promise<string | null> | null>()

  /** A tab that is still paused: what is added after a page has asked does not answer it. */
  add(tab: Tab): void {
    this.#refuse(tab)
  }

  remove(tab: Tab): void {
    this.#tabs.delete(tab)
  }

  /** Whose authenticators answer in this tab from now on: an agent's, or ours, which refuses. */
  set(tab: Tab, whose: 'ours' | 'agents'): void {
    const ours = this.#tabs.get(tab)
    if (ours === undefined) return
    if (whose === 'ours') {
      // Again, even if it was there: the end of another session may have taken it away.
      if (ours) void takeAway(tab.session, ours)
      this.#refuse(tab)
    } else if (ours) {
      this.#tabs.set(tab, null)
      void takeAway(tab.session, ours)
    }
  }

  #refuse(tab: Tab): void {
    const { session } = tab
    session.post('WebAuthn.enable')
    const added = session.send('WebAuthn.addVirtualAuthenticator', { options: REFUSES }).then(
      ({ authenticatorId }) => authenticatorId,
      () => null,
    )
    this.#tabs.set(tab, added)
  }
}

async function takeAway(session: CdpSession, added: Promise<string | null>): Promise<void> {
  const authenticatorId = await added
  if (authenticatorId !== null) session.post('WebAuthn.removeVirtualAuthenticator', { authenticatorId })
}
