/**
 * What one client is told without having asked: Chromium's events, less what a human's turn hides, and the
 * gateway's own with which a client's picture of contexts, nodes and dialogs is made whole again. Follows
 * the sessions in clientSessions.ts; what passes is in methods.ts.
 */
import type { Connection, RawMessage } from '@tandem/browser'
import type { Control } from '../control/control.ts'
import type { AgentDownloads } from './agentDownloads.ts'
import type { ClientSession } from './clientSession.ts'
import type { ClientSessions } from './clientSessions.ts'
import { EVENTS } from './methods.ts'
import { tellsOfOurs } from './ownScripts.ts'
import { redactEvent } from './redact.ts'

export interface ClientEventsOptions {
  connection: Connection
  control: Control
  sessions: ClientSessions
  downloads: Pick<AgentDownloads, 'whenDelivered' | 'isOfHuman'>
  send: (message: string | Buffer) => void
  /** No fenced command of the client is in flight. */
  isIdle: () => boolean
}

export class ClientEvents {
  readonly #connection: Connection
  readonly #control: Control
  readonly #sessions: ClientSessions
  readonly #downloads: ClientEventsOptions['downloads']
  readonly #send: (message: string | Buffer) => void
  readonly #isIdle: () => boolean
  /** Contexts in which the client may have kept a refusal in place of a handle. */
  readonly #misled = new Map<ClientSession, Set<unknown> | 'all'>()
  #telling = false

  constructor({ connection, control, sessions, downloads, send, isIdle }: ClientEventsOptions) {
    this.#connection = connection
    this.#control = control
    this.#sessions = sessions
    this.#downloads = downloads
    this.#send = send
    this.#isIdle = isIdle
  }

  /** Chromium's own event. */
  deliver(raw: RawMessage): void {
    const { method } = raw
    const session = raw.sessionId === undefined ? undefined : this.#sessions.get(raw.sessionId)
    if (!session || method === undefined) return
    const sessionId = session === this.#sessions.root ? undefined : session.id
    if (method.startsWith('Target.') && !this.#sessions.track(method, raw.parse().params ?? {}, session)) return
    if (tellsOfOurs(method, raw)) return
    if (method.startsWith('Runtime.executionContext')) session.trackContexts(method, raw.parse().params ?? {})
    if (method === 'Debugger.paused' || method === 'Debugger.resumed') session.isPaused = method === 'Debugger.paused'
    if (method === 'Page.downloadProgress') {
      const { guid, state } = raw.parse().params ?? {}
      if (this.#downloads.isOfHuman(String(guid))) return
      // The client reads its file as soon as it hears of it.
      const delivered = state === 'completed' && this.#downloads.whenDelivered(String(guid))
      if (delivered) return void delivered.then(() => this.#send(raw.readdress(undefined, sessionId)))
    }
    if (!this.#control.fenced) return this.#send(raw.readdress(undefined, sessionId))
    const passage = EVENTS.get(method)
    if (passage && /^(Network|Fetch)\./.test(method)) noteRequest(session, raw)
    if (passage === 'pass') this.#send(raw.readdress(undefined, sessionId))
    else if (passage === 'redacted') this.#send(JSON.stringify({ method, params: redactEvent(raw.parse().params ?? {}), sessionId }))
    else this.#holdBack(method, raw, session)
  }

  /**
   * An evaluation was refused whose answer the client keeps (its own library in the page). It is told of the
   * context anew, which empties that cache: behind the refusals of all that arrived together, and long
   * before the handback, when a command on its way would meet a context that has just gone.
   */
  keptRefusal(session: ClientSession, contextId: unknown): void {
    const contexts = this.#misled.get(session)
    if (contextId === undefined || contexts === 'all') this.#misled.set(session, 'all')
    else this.#misled.set(session, (contexts ?? new Set()).add(contextId))
    this.tellContextsSoon()
  }

  /** Commands that may still be answered would be ended by it: as long as there are any, nothing is told. */
  tellContextsSoon(): void {
    if (this.#misled.size === 0 || this.#telling || !this.#isIdle()) return
    this.#telling = true
    setImmediate(() => {
      this.#telling = false
      if (this.#isIdle()) this.#tellContexts()
    })
  }

  /** A human takes the wheel: no page may stand still at a breakpoint of the client. */
  letRun(): void {
    for (const session of this.#sessions.all()) if (session.isPaused) this.#letRun(session)
  }

  #letRun(session: ClientSession): void {
    this.#connection.post('Debugger.resume', {}, session.id)
  }

  /** The agent drives again: it is told what was held back. */
  reopen(): void {
    this.#tellContexts()
    for (const session of this.#sessions.all()) for (const event of session.takeMissed()) this.tell(session, event)
  }

  #tellContexts(): void {
    for (const [session, contexts] of this.#misled) {
      if (this.#sessions.get(session.id) !== session) continue
      if (!session.hasPage) this.#tellWorker(session)
      for (const event of session.contextsAnew(contexts)) this.tell(session, event)
      // A client that waits for it asks nothing of the worker before.
      if (!session.hasPage) this.tell(session, { method: 'Inspector.workerScriptLoaded', params: {} })
    }
    this.#misled.clear()
  }

  /** A worker has one context for its life: for the client it ends, and is there again, under the same session. */
  #tellWorker({ id: sessionId, target: targetInfo, parent }: ClientSession): void {
    if (!parent || !targetInfo) return
    this.tell(parent, { method: 'Target.detachedFromTarget', params: { sessionId, targetId: targetInfo.targetId } })
    this.tell(parent, { method: 'Target.attachedToTarget', params: { sessionId, targetInfo, waitingForDebugger: false } })
  }

  /** The gateway's own event. */
  tell(session: ClientSession, event: { method: string; params: Record<string, unknown> }): void {
    this.#send(JSON.stringify({ ...event, sessionId: session === this.#sessions.root ? undefined : session.id }))
  }

  /** Notes what a dropped event changed, for the handback. */
  #holdBack(method: string, raw: RawMessage, session: ClientSession): void {
    if (method === 'Debugger.paused') this.#letRun(session)
    else if (method.startsWith('DOM.')) session.missedDom = true
    else if (method === 'Page.javascriptDialogOpening') session.heldDialog = raw.parse().params ?? null
    else if (method === 'Page.javascriptDialogClosed') {
      // One that the client was told of before the takeover must be told closed.
      if (!session.heldDialog) this.#send(raw.readdress(undefined, session.id))
      session.heldDialog = null
    } else if (method === 'Page.screencastFrame') {
      // Without the acknowledgement Chromium would send no more frames after the handback.
      this.#connection.post('Page.screencastFrameAck', { sessionId: raw.parse().params?.['sessionId'] }, session.id)
    }
  }
}

/** Its bodies are not in the events, and cannot be asked for afterwards (admission.ts). */
function noteRequest(session: ClientSession, raw: RawMessage): void {
  const requestId = raw.parse().params?.['requestId']
  if (typeof requestId === 'string') session.noteHumanRequest(requestId)
}
