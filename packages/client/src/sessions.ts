/**
 * Sessions by REST: made, watched, driven, shared. One method a route, nothing kept between calls. Errors are
 * TandemErrors with the server's code; every call takes an AbortSignal. Neighbour: tandem.ts.
 */
import type {
  AgentSession,
  CreateSession,
  Download,
  Handback,
  HandbackOutcome,
  HumanRequestResult,
  InputEvent,
  LiveKitInfo,
  Mode,
  PageState,
  SessionList,
  Step,
  TimelineEntry,
  Upload,
  ViewerToken,
  ViewerTokenListed,
  WatcherInfo,
} from '@tandem/protocol'
import { isTandemError, TandemError } from '@tandem/protocol'
import type { CallOptions, Rest } from './rest.ts'

/** A session as its creator gets it: only admins create, and they may drive, watch and share it. */
export type NewSession = AgentSession & Required<Pick<AgentSession, 'cdp' | 'live' | 'view_url'>>

export interface ListOptions extends CallOptions {
  limit?: number
  cursor?: string
  status?: 'active' | 'paused' | 'closed' | 'open' | 'all'
}

export interface HumanRequestOptions extends CallOptions {
  reason: string
  instructions?: string
  timeout_ms?: number
}

export interface TokenOptions {
  /** Default `view`. */
  role?: 'view' | 'control' | 'agent'
  /** Default a day. */
  expires_in_s?: number
  name?: string
  /** Lets in whoever opens it first, who may reload and reconnect; everybody else is refused with auth/used. */
  single_use?: boolean
}

export interface Kicked {
  viewer_id: string
  /** The share link that the viewer came by, and whether it still lets people in; null: it came by a key or a login. */
  link: { id: string; name: string | null; works: boolean } | null
}

/** How long one look at a session waits before the next: the wait for a handback is a person's time, not a frame's. */
const LOOK_EVERY_MS = 300
const HUMAN_REQUEST_MS = 600_000
const LONGEST_WAIT_MS = 240_000

export class Sessions {
  readonly #rest: Rest

  constructor(rest: Rest) {
    this.#rest = rest
  }

  /** Starts a browser; resolves when it is there (its page may still load). */
  create(body: CreateSession = {}, options: CallOptions = {}): Promise<NewSession> {
    return this.#rest.json('POST', ROOT, { body, ...options })
  }

  list({ signal, ...query }: ListOptions = {}): Promise<SessionList> {
    return this.#rest.json('GET', ROOT, { query, ...(signal ? { signal } : {}) })
  }

  get(id: string, options: CallOptions = {}): Promise<AgentSession> {
    return this.#rest.json('GET', at(id), options)
  }

  /** Closes session and browser; may be called twice. */
  async close(id: string, options: CallOptions = {}): Promise<void> {
    await this.#rest.send('DELETE', at(id), options)
  }

  /** Takes the wheel under a `client_id` of the caller's; resolves when granted. */
  takeover(id: string, body: { client_id: string; name?: string; force?: boolean }, options: CallOptions = {}): Promise<AgentSession> {
    return this.#rest.json('POST', at(id, '/takeover'), { body, ...options })
  }

  handback(id: string, body: { client_id?: string; outcome?: HandbackOutcome; note?: string } = {}, options: CallOptions = {}): Promise<AgentSession> {
    return this.#rest.json('POST', at(id, '/handback'), { body, ...options })
  }

  setMode(id: string, mode: Mode, options: CallOptions = {}): Promise<AgentSession> {
    return this.#rest.json('POST', at(id, '/mode'), { body: { mode }, ...options })
  }

  input(id: string, events: InputEvent[], body: { client_id?: string; epoch?: number } = {}, options: CallOptions = {}): Promise<unknown> {
    return this.#rest.json('POST', at(id, '/input-event'), { body: { ...body, events }, ...options })
  }

  navigate(id: string, url: string, body: { client_id?: string } = {}, options: CallOptions = {}): Promise<{ page_state: PageState | null }> {
    return this.#rest.json('POST', at(id, '/navigate'), { body: { ...body, url }, ...options })
  }

  history(
    id: string,
    direction: 'back' | 'forward' | 'reload',
    body: { client_id?: string } = {},
    options: CallOptions = {},
  ): Promise<{ page_state: PageState | null }> {
    return this.#rest.json('POST', at(id, '/history'), { body: { ...body, direction }, ...options })
  }

  pageState(id: string, options: CallOptions = {}): Promise<{ page_state: PageState | null }> {
    return this.#rest.json('GET', at(id, '/page-state'), options)
  }

  /** The active tab as a picture. */
  async screenshot(id: string, { format, quality, signal }: CallOptions & { format?: 'png' | 'jpeg'; quality?: number } = {}): Promise<Uint8Array> {
    const response = await this.#rest.send('GET', at(id, '/screenshot'), { query: { format, quality }, ...(signal ? { signal } : {}) })
    return new Uint8Array(await response.arrayBuffer())
  }

  timeline(id: string, { signal, ...query }: CallOptions & { after?: number; limit?: number } = {}): Promise<{ data: TimelineEntry[]; has_more: boolean }> {
    return this.#rest.json('GET', at(id, '/timeline'), { query, ...(signal ? { signal } : {}) })
  }

  /**
   * How to join the session's LiveKit room, with a fresh token (24 h). As a caller who may only watch: to subscribe alone.
   * @throws TandemError `room/unavailable` (no LiveKit server), `room/not-active` (closed or paused), `room/secret-unreadable`
   */
  livekitToken(id: string, options: CallOptions = {}): Promise<LiveKitInfo> {
    return this.#rest.json('POST', at(id, '/livekit-token'), options)
  }

  /** A share link and its token, which is shown only here. */
  createToken(id: string, body: TokenOptions = {}, options: CallOptions = {}): Promise<ViewerToken> {
    return this.#rest.json('POST', at(id, '/viewer-tokens'), { body, ...options })
  }

  /** The links that work, with when each was first opened and how many watch through it now. */
  listTokens(id: string, options: CallOptions = {}): Promise<{ data: ViewerTokenListed[] }> {
    return this.#rest.json('GET', at(id, '/viewer-tokens'), options)
  }

  /** Whoever watches or drives through that link is disconnected at once. */
  async revokeToken(id: string, tokenId: string, options: CallOptions = {}): Promise<void> {
    await this.#rest.send('DELETE', at(id, `/viewer-tokens/${encodeURIComponent(tokenId)}`), options)
  }

  /** Who watches, from where, by which link, and what each measured last. */
  viewers(id: string, options: CallOptions = {}): Promise<{ data: WatcherInfo[] }> {
    return this.#rest.json('GET', at(id, '/viewers'), options)
  }

  /** Sends a viewer away for good. A link for several goes on working, as the answer says, unless it is revoked as well. */
  kick(id: string, viewerId: string, { revoke = false, ...options }: CallOptions & { revoke?: boolean } = {}): Promise<Kicked> {
    return this.#rest.json('DELETE', at(id, `/viewers/${encodeURIComponent(viewerId)}`), { query: { revoke: String(revoke) }, ...options })
  }

  /** Where the last small picture is; needs the credential, or in a page of the server the cookie. */
  thumbnailUrl(id: string): string {
    return this.#rest.url(at(id, '/thumbnail'))
  }

  /** Asks the viewers for a human and waits for the answer; rejects with human-request/timeout when none comes. */
  async humanRequest(id: string, { signal, timeout_ms = HUMAN_REQUEST_MS, ...body }: HumanRequestOptions): Promise<HumanRequestResult> {
    const deadline = Date.now() + timeout_ms
    for (;;) {
      // Node and browsers give a request up that has no answer after five minutes: a longer wait is several requests.
      const slice = Math.max(1_000, Math.min(LONGEST_WAIT_MS, deadline - Date.now()))
      try {
        return await this.#rest.json('POST', at(id, '/human-requests'), { body: { ...body, timeout_ms: slice }, ...(signal ? { signal } : {}) })
      } catch (error) {
        if (!isTandemError(error) || error.code !== 'human-request/timeout' || deadline - Date.now() < 1_000) throw error
      }
    }
  }

  async answerHumanRequest(id: string, requestId: string, outcome: HandbackOutcome = 'done', note?: string, options: CallOptions = {}): Promise<void> {
    const body = note === undefined ? { outcome } : { outcome, note }
    await this.#rest.send('POST', at(id, `/human-requests/${encodeURIComponent(requestId)}/answer`), { body, ...options })
  }

  /** Declares a step of the agent: a takeover waits for its end instead of cutting it. */
  startStep(id: string, label: string, { timeout_ms, ...options }: CallOptions & { timeout_ms?: number } = {}): Promise<Step> {
    return this.#rest.json('POST', at(id, '/steps'), { body: { label, ...(timeout_ms === undefined ? {} : { timeout_ms }) }, ...options })
  }

  async endStep(id: string, stepId: string, options: CallOptions = {}): Promise<void> {
    await this.#rest.send('DELETE', at(id, `/steps/${encodeURIComponent(stepId)}`), options)
  }

  /** Gives the session a file for the page's file choosers. */
  uploadFile(id: string, file: Blob & { name: string }, options: CallOptions = {}): Promise<Upload> {
    return this.#rest.upload(file, at(id, '/files'), options)
  }

  downloads(id: string, options: CallOptions = {}): Promise<{ data: Download[] }> {
    return this.#rest.json('GET', at(id, '/downloads'), options)
  }

  /** Opens what the browser has downloaded. */
  download(id: string, downloadId: string, options: CallOptions = {}): Promise<Response> {
    return this.#rest.send('GET', at(id, `/downloads/${encodeURIComponent(downloadId)}`), options)
  }

  /**
   * For an agent that met control/human-driving: resolves as soon as it may go on, with how the human's turn
   * ended (null when no human drove). Rejects with session/closed when the session ends meanwhile.
   */
  async waitForHandback(id: string, options: CallOptions & { timeoutMs?: number } = {}): Promise<Handback | null> {
    const limit = options.timeoutMs === undefined ? undefined : AbortSignal.timeout(options.timeoutMs)
    const signals = [options.signal, limit].filter((signal) => signal !== undefined)
    const signal = AbortSignal.any(signals)
    for (;;) {
      const session = await this.get(id, { signal })
      if (session.status === 'closed') throw new TandemError('session/closed', `The session was closed: ${session.closed_reason ?? 'no reason given'}.`)
      const { state, driver, last_handback: last } = session.control
      if (driver.kind === 'both' || state === 'ai-driving') return last
      await pause(LOOK_EVERY_MS, signal)
    }
  }
}

const ROOT = '/v1/agent-sessions'
const at = (id: string, path = ''): string => `${ROOT}/${encodeURIComponent(id)}${path}`

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      clearTimeout(timer)
      reject(signal.reason)
    }
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', onAbort)
      resolve()
    }, ms)
    if (signal.aborted) onAbort()
    else signal.addEventListener('abort', onAbort, { once: true })
  })
}
