/**
 * The REST client, typed from the protocol: one class a resource (sessions.ts, access.ts, …), one method a route.
 * Errors are TandemErrors with the server's code; every call takes an AbortSignal.
 */
import type { Role } from '@tandem/protocol'
import { ApiKeys, Audit } from './access.ts'
import { Events } from './events.ts'
import { Nodes } from './nodes.ts'
import { Profiles } from './profiles.ts'
import { Rest } from './rest.ts'
import type { CallOptions, Fetch } from './rest.ts'
import { Sessions } from './sessions.ts'
import { Webhooks } from './webhooks.ts'

export interface TandemOptions {
  /** Default `http://127.0.0.1:7900`. */
  baseUrl?: string
  /** Admin: everything on this server. */
  apiKey?: string
  /** Of one session: what the token's role may do. In a page a cookie does as well. */
  token?: string
  fetch?: Fetch
}

/**
 * @example
 * const tandem = new Tandem({ apiKey: process.env.TANDEM_API_KEY })
 * const session = await tandem.sessions.create({ initial_url: 'https://example.com' })
 * const browser = await chromium.connectOverCDP(session.cdp.ws_url)
 */
export class Tandem {
  readonly sessions: Sessions
  /** For admins, as the audit log is. */
  readonly apiKeys: ApiKeys
  readonly audit: Audit
  readonly events: Events
  /** The LiveKit servers of rooms; for admins. */
  readonly nodes: Nodes
  readonly profiles: Profiles
  readonly webhooks: Webhooks
  readonly #rest: Rest

  constructor(options: TandemOptions = {}) {
    this.#rest = new Rest({
      baseUrl: options.baseUrl ?? 'http://127.0.0.1:7900',
      credential: options.apiKey ?? options.token ?? null,
      ...(options.fetch ? { fetch: options.fetch } : {}),
    })
    this.sessions = new Sessions(this.#rest)
    this.apiKeys = new ApiKeys(this.#rest)
    this.audit = new Audit(this.#rest)
    this.events = new Events(this.#rest)
    this.nodes = new Nodes(this.#rest)
    this.profiles = new Profiles(this.#rest)
    this.webhooks = new Webhooks(this.#rest)
  }

  /** Who this client is to the server. */
  me(options: CallOptions = {}): Promise<{ role: Role; session_id: string | null }> {
    return this.#rest.json('GET', '/v1/auth/me', options)
  }

  /** Turns a login link's token into the cookie of this browser. */
  login(token: string, options: CallOptions = {}): Promise<{ role: Role; session_id: string | null }> {
    return this.#rest.json('POST', '/v1/auth/login', { body: { token }, ...options })
  }

  /** A fresh link that logs in to the dashboard; needs the API key. */
  loginLink(options: CallOptions = {}): Promise<{ url: string; expires_at: string }> {
    return this.#rest.json('POST', '/v1/auth/links', options)
  }
}

/** A login link of the dashboard. */
export interface LoginLink {
  url: string
  expires_at: string
}
