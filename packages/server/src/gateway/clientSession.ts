import { HeldInput } from './heldInput.ts'
import { Switches } from './switches.ts'

/** What the gateway knows of one CDP session of a client: its target, its contexts, what was held back. */
export interface TargetInfo {
  targetId: string
  type: string
  url: string
}

/** More than Chromium keeps the bodies of. */
const MAX_HUMAN_REQUESTS = 10_000

/** Sessions whose script contexts a client keeps a picture of, and which can be told anew. */
const PAGE_TYPES = new Set(['page', 'iframe', 'webview'])

export class ClientSession {
  readonly id: string
  readonly parent: ClientSession | null
  readonly target: TargetInfo | null
  readonly targetId: string | null
  readonly type: string
  readonly input = new HeldInput()
  readonly switches = new Switches()
  /** The client has looked or acted through it: its set-up is over. */
  settled = false
  /** It stood still when the client came to it: nobody had worked in it before. */
  isNew = false
  /** The client does not know of it yet: its page does not answer. */
  isUntold = false
  /** What it attaches to by itself stands still until the client lets it run. */
  holdsChildren = false
  /** The client is told of the page's dialogs, and so may answer them. */
  hearsDialogs = false
  /** A dialog that opened while the fence was up; the client is told at the handback, if it is still open. */
  heldDialog: Record<string, unknown> | null = null
  /** Scripts of the page stand still at a breakpoint of the client. */
  isPaused = false
  /** DOM events were dropped: node ids of the client mean nothing any more. */
  missedDom = false
  readonly #contexts = new Map<unknown, unknown>()
  /** Requests that were under way while a human drove: their bodies are the human's. */
  readonly #humanRequests = new Set<string>()

  constructor(id: string, parent: ClientSession | null, target: TargetInfo | null) {
    this.id = id
    this.parent = parent
    this.target = target
    this.targetId = target?.targetId ?? null
    this.type = target?.type ?? 'browser'
  }

  /** The client may prepare the target as it likes, whoever drives. */
  get isBeingSetUp(): boolean {
    return this.isNew && !this.settled
  }

  /** A client follows its contexts as they come and go; a worker's lasts as long as the worker. */
  get hasPage(): boolean {
    return PAGE_TYPES.has(this.type)
  }

  /** The page that it belongs to: a frame's or worker's is its parent's. */
  get pageTargetId(): string | null {
    return this.type === 'page' ? this.targetId : (this.parent?.pageTargetId ?? null)
  }

  noteHumanRequest(requestId: string): void {
    this.#humanRequests.add(requestId)
    const [oldest] = this.#humanRequests
    if (oldest !== undefined && this.#humanRequests.size > MAX_HUMAN_REQUESTS) this.#humanRequests.delete(oldest)
  }

  isHumanRequest(requestId: string): boolean {
    return this.#humanRequests.has(requestId)
  }

  /** Keeps count of the script contexts that live; called for each Runtime.executionContext… event. */
  trackContexts(method: string, params: Record<string, unknown>): void {
    if (method === 'Runtime.executionContextsCleared') this.#contexts.clear()
    else if (method === 'Runtime.executionContextDestroyed') this.#contexts.delete(params['executionContextId'])
    else {
      const context = params['context']
      if (typeof context === 'object' && context !== null && 'id' in context) this.#contexts.set(context.id, context)
    }
  }

  /** The events with which a client forgets these contexts, and what it keeps of them, and learns them anew. */
  *contextsAnew(which: ReadonlySet<unknown> | 'all'): Generator<{ method: string; params: Record<string, unknown> }> {
    const told = [...this.#contexts].filter(([id]) => which === 'all' || which.has(id))
    if (this.hasPage) for (const [executionContextId] of told) yield { method: 'Runtime.executionContextDestroyed', params: { executionContextId } }
    for (const [, context] of told) yield { method: 'Runtime.executionContextCreated', params: { context } }
  }

  /** The events in place of those that were dropped. */
  *takeMissed(): Generator<{ method: string; params: Record<string, unknown> }> {
    if (this.missedDom) yield { method: 'DOM.documentUpdated', params: {} }
    if (this.heldDialog) yield { method: 'Page.javascriptDialogOpening', params: this.heldDialog }
    this.missedDom = false
    this.heldDialog = null
  }
}
