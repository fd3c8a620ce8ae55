/**
 * The CDP sessions of one client, as a tree: follows targets coming and going in the events of the client,
 * adopts what is the client's, and keeps hidden targets from it. Knows nothing of commands or of control.
 */
import type { Connection, PageStalls, SessionOwner } from '@tandem/browser'
import { ClientSession, type TargetInfo } from './clientSession.ts'

export interface ClientSessionsOptions {
  connection: Connection
  owner: SessionOwner
  isHidden: (target: TargetInfo) => boolean
  /** Absent: every page is taken to answer. */
  stalls: PageStalls | undefined
  /** Sends an event of the gateway's own. */
  tell: (session: ClientSession, event: { method: string; params: Record<string, unknown> }) => void
  /** Chromium answers nothing more for this session. */
  onEnded: (session: ClientSession) => void
}

export class ClientSessions {
  readonly #options: ClientSessionsOptions
  readonly #sessions = new Map<string, ClientSession>()
  readonly #released = new Set<string>()
  /** What the client asked for by its id: of that it is told, whether it answers or not. */
  readonly #wanted = new Set<string>()
  #root: ClientSession | null = null

  constructor(options: ClientSessionsOptions) {
    this.#options = options
  }

  /** The session that a client means when it names none; null until Chromium has made it. */
  get root(): ClientSession | null {
    return this.#root
  }

  adoptRoot(sessionId: string): ClientSession {
    this.#root = this.#adopt(new ClientSession(sessionId, null, null))
    return this.#root
  }

  get(sessionId: string): ClientSession | undefined {
    return this.#sessions.get(sessionId)
  }

  all(): Iterable<ClientSession> {
    return this.#sessions.values()
  }

  clear(): void {
    for (const { id } of this.#sessions.values()) this.#options.connection.starts.leave(id)
    this.#sessions.clear()
  }

  /** Follows an event `Target.…` of this session. False: the client must not see it. */
  track(method: string, params: Record<string, unknown>, session: ClientSession): boolean {
    const { sessionId, targetInfo, targetId, waitingForDebugger } = params
    if (method === 'Target.attachedToTarget') {
      if (typeof sessionId !== 'string' || !isTargetInfo(targetInfo)) return false
      if (this.#options.isHidden(targetInfo)) return this.#letGo(sessionId, session)
      const child = this.#adopt(new ClientSession(sessionId, session, targetInfo))
      this.#hold(child, targetInfo, waitingForDebugger === true)
      if (this.#isStalled(child)) void this.#tellLater(child, session)
      return !child.isUntold
    }
    if (method === 'Target.detachedFromTarget') {
      const child = typeof sessionId === 'string' ? this.#sessions.get(sessionId) : undefined
      if (child) this.#drop(child)
      return child !== undefined && !child.isUntold
    }
    if (targetInfo !== undefined) return !this.isHidden(targetInfo)
    return typeof targetId !== 'string' || !this.#options.isHidden({ targetId, type: '', url: '' })
  }

  isHidden(info: unknown): boolean {
    return isTargetInfo(info) && this.#options.isHidden(info)
  }

  /** Ends the client's own sessions to a page, which stays open; `returnReleased` gives it back. */
  release(targetId: string): void {
    for (const { id, parent, targetId: own } of this.#sessions.values()) {
      if (own !== targetId || !parent) continue
      this.#released.add(targetId)
      this.#options.connection.post('Target.detachFromTarget', { sessionId: id }, parent.id)
    }
  }

  /** Attaches the client again to what it was released from. It sees a new page; one that is gone meanwhile is not missed. */
  returnReleased(): void {
    for (const targetId of this.#released) this.#options.connection.post('Target.attachToTarget', { targetId, flatten: true }, this.#root?.id)
    this.#released.clear()
  }

  /** Calls `run` when everybody who holds the session's target lets it run. */
  start({ id, targetId }: ClientSession, run: () => void): void {
    if (targetId === null) return run()
    this.#options.connection.starts.ready(targetId, id, run)
  }

  /** The client attaches to this target by its id. */
  want(targetId: string): void {
    if (this.#options.stalls?.has(targetId)) this.#wanted.add(targetId)
  }

  #isStalled({ targetId, isNew }: ClientSession): boolean {
    return targetId !== null && !isNew && !this.#wanted.has(targetId) && this.#options.stalls?.has(targetId) === true
  }

  /** Clients ask a page much before they go on, and would wait for one that does not answer; they are told of it when it does. */
  async #tellLater(child: ClientSession, parent: ClientSession): Promise<void> {
    const { connection, stalls, tell } = this.#options
    const { id: sessionId, targetId } = child
    if (targetId === null) return
    child.isUntold = true
    await stalls?.over(targetId)
    // By now it has another address.
    const info = await connection.root.send('Target.getTargetInfo', { targetId }).catch(() => null)
    if (!info || this.#sessions.get(sessionId) !== child) return
    child.isUntold = false
    tell(parent, { method: 'Target.attachedToTarget', params: { sessionId, targetInfo: info.targetInfo, waitingForDebugger: false } })
  }

  #adopt(session: ClientSession): ClientSession {
    this.#sessions.set(session.id, session)
    this.#options.connection.adopt(session.id, this.#options.owner)
    return session
  }

  /** A hidden target that the client's auto-attach caught: it must neither see it nor hold it up. */
  #letGo(sessionId: string, parent: ClientSession): false {
    const { connection } = this.#options
    connection.post('Runtime.runIfWaitingForDebugger', {}, sessionId)
    connection.post('Target.detachFromTarget', { sessionId }, parent.id)
    return false
  }

  /** A page that a client comes to by way of its tab is not said to stand still; if the tab did, it does. */
  #hold(child: ClientSession, target: TargetInfo, waits: boolean): void {
    const { starts } = this.#options.connection
    const { parent } = child
    child.isNew = waits || (parent?.type === 'tab' && parent.isNew && parent.holdsChildren)
    if (child.isNew) starts.hold(target, child.id)
    if (parent?.type === 'tab') starts.knowsPage(parent.id)
  }

  /** Chromium says nothing of the sessions below one that ended. */
  #drop(session: ClientSession): void {
    for (const child of this.#sessions.values()) if (child.parent === session) this.#drop(child)
    this.#sessions.delete(session.id)
    this.#options.connection.disownSession(session.id)
    this.#options.connection.starts.leave(session.id)
    this.#options.onEnded(session)
  }
}

function isTargetInfo(value: unknown): value is TargetInfo {
  return (
    typeof value === 'object' &&
    value !== null &&
    'targetId' in value &&
    typeof value.targetId === 'string' &&
    'url' in value &&
    typeof value.url === 'string' &&
    'type' in value
  )
}
