/**
 * HTTP authentication for pages that a human opens. Chromium asks for it only of requests that are intercepted,
 * so documents are, while a human drives; an agent's own interception in its own session goes on beside it.
 */
import { randomUUID } from 'node:crypto'
import { EventEmitter } from 'node:events'
import { TandemError, type AuthPrompt } from '@tandem/protocol'
import type { CdpSession } from '../connection.ts'
import type { Tab } from '../tab.ts'

interface OpenPrompt {
  prompt: AuthPrompt
  session: CdpSession
  requestId: string
}

export class AuthPrompts {
  readonly events = new EventEmitter<{ authRequested: [AuthPrompt]; authClosed: [{ id: string }] }>()
  readonly #tabs = new Set<Tab>()
  readonly #open = new Map<string, OpenPrompt>()
  #on = false

  get pending(): AuthPrompt[] {
    return [...this.#open.values()].map(({ prompt }) => prompt)
  }

  add(tab: Tab): void {
    this.#tabs.add(tab)
    const addSession = (session: CdpSession): void => {
      session.on('Fetch.requestPaused', ({ requestId }) => session.post('Fetch.continueRequest', { requestId }))
      session.on('Fetch.authRequired', ({ requestId, authChallenge: { origin, realm, source } }) => {
        const prompt = { id: randomUUID(), tabId: tab.id, origin, realm, isProxy: source === 'Proxy' }
        this.#open.set(prompt.id, { prompt, session, requestId })
        this.events.emit('authRequested', prompt)
      })
      session.onDetached(() => this.#forget((open) => open.session === session))
      if (this.#on) enable(session)
    }
    tab.sessions.forEach(addSession)
    tab.events.on('session', addSession)
    // The page went on without an answer.
    tab.events.on('documents', (session) => this.#forget((open) => open.session === session))
  }

  remove(tab: Tab): void {
    this.#tabs.delete(tab)
    this.#forget(({ prompt }) => prompt.tabId === tab.id)
  }

  set(on: boolean): void {
    if (on === this.#on) return
    this.#on = on
    for (const tab of this.#tabs) {
      for (const session of tab.sessions) {
        if (on) enable(session)
        // Whatever is paused goes on by itself.
        else session.post('Fetch.disable')
      }
    }
    if (!on) this.#forget(() => true)
  }

  async answer(id: string, credentials: { username: string; password: string } | null): Promise<void> {
    const open = this.#open.get(id)
    if (!open) throw new TandemError('dialog/not-found', 'No such request for a password: it was answered or closed already.')
    this.#forget((candidate) => candidate === open)
    const authChallengeResponse = credentials ? ({ response: 'ProvideCredentials', ...credentials } as const) : ({ response: 'CancelAuth' } as const)
    await open.session.send('Fetch.continueWithAuth', { requestId: open.requestId, authChallengeResponse })
  }

  #forget(matches: (open: OpenPrompt) => boolean): void {
    for (const [id, open] of this.#open) {
      if (!matches(open)) continue
      this.#open.delete(id)
      this.events.emit('authClosed', { id })
    }
  }
}

function enable(session: CdpSession): void {
  session.post('Fetch.enable', { handleAuthRequests: true, patterns: [{ urlPattern: '*', resourceType: 'Document' }] })
}
