/**
 * One request to the REST API: credential, JSON, problem details back into a TandemError. Owns nothing but
 * the address and the credential, which it never puts into a message or a log. Works in Node and in pages
 * (there a cookie may stand in for the credential). Neighbour: tandem.ts, the typed calls.
 */
import { isErrorCode, TandemError } from '@tandem/protocol'
import type { Upload } from '@tandem/protocol'
import { toBase64 } from './files.ts'
import { restOf } from './live/urls.ts'

export type Fetch = (input: string, init?: RequestInit) => Promise<Response>

export interface RestOptions {
  /** `http://127.0.0.1:7900`, or of one session for `Rest.ofLive`. */
  baseUrl: string
  /** API key or session token. */
  credential: string | null
  fetch?: Fetch
}

export interface CallOptions {
  signal?: AbortSignal
}

export interface RequestOptions extends CallOptions {
  body?: unknown
  query?: Record<string, string | number | undefined>
  headers?: Record<string, string>
}

export class Rest {
  readonly #base: string
  readonly #credential: string | null
  readonly #fetch: Fetch
  /** Proof of having opened a single-use link first. */
  #claim: string | null

  constructor(options: RestOptions) {
    this.#base = options.baseUrl.replace(/\/+$/, '')
    this.#credential = options.credential
    this.#claim = keptClaim(options.credential)
    this.#fetch = options.fetch ?? ((input, init) => fetch(input, init))
  }

  /** For the session of a live socket, with the token that the socket's address carries. */
  static ofLive(url: string): Rest {
    const { sessionUrl, token } = restOf(url)
    return new Rest({ baseUrl: sessionUrl, credential: token })
  }

  url(path: string): string {
    return this.#base + path
  }

  async json<T>(method: string, path: string, options: RequestOptions = {}): Promise<T> {
    const response = await this.send(method, path, options)
    if (response.status === 204) return undefined as T
    // The server answers by the schemas that the types are made from.
    return (await response.json()) as T
  }

  /** The answer of a request that went well (304 too, for whoever sent `if-none-match`); rejects with a TandemError otherwise. */
  async send(method: string, path: string, { body, query, headers: extra, signal }: RequestOptions = {}): Promise<Response> {
    const url = new URL(this.url(path))
    for (const [name, value] of Object.entries(query ?? {})) if (value !== undefined) url.searchParams.set(name, String(value))
    const headers: Record<string, string> = { accept: 'application/json', ...extra }
    if (this.#credential !== null) headers['authorization'] = `Bearer ${this.#credential}`
    if (this.#claim !== null) headers[CLAIM_HEADER] = this.#claim
    if (body !== undefined) headers['content-type'] = 'application/json'
    let response: Response
    try {
      response = await this.#fetch(url.href, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }), ...(signal ? { signal } : {}) })
    } catch (error) {
      if (signal?.aborted) throw signal.reason
      throw new TandemError('server/overloaded', `The server at ${url.origin} cannot be reached. Is it running?`, {}, { cause: error })
    }
    const claim = response.headers.get(CLAIM_HEADER)
    if (claim !== null) this.#keepClaim(claim)
    if (!response.ok && response.status !== 304) throw await errorOf(response)
    return response
  }

  #keepClaim(claim: string): void {
    this.#claim = claim
    try {
      if (this.#credential !== null) sessionStorage.setItem(claimKey(this.#credential), claim)
    } catch {
      // No storage here: the claim lives as long as this client.
    }
  }

  /** Uploads a file to the session that this client was made for. */
  async upload(file: Blob & { name: string }, path = '/files', options: CallOptions = {}): Promise<Upload> {
    const inFolder = 'webkitRelativePath' in file && file.webkitRelativePath !== '' ? { path: file.webkitRelativePath } : {}
    const body = { name: file.name, mime: file.type || 'application/octet-stream', ...inFolder, data_b64: await toBase64(file) }
    return this.json<Upload>('POST', path, { body, ...options })
  }
}

const CLAIM_HEADER = 'tandem-claim'

/** By the end of the token's signature, which alone opens nothing. */
function claimKey(credential: string): string {
  return `tandem.claim:${credential.slice(-24)}`
}

/** Over a reload of the page the same tab may use its link again. */
function keptClaim(credential: string | null): string | null {
  try {
    return credential === null ? null : sessionStorage.getItem(claimKey(credential))
  } catch {
    return null
  }
}

/** Problem details (RFC 9457) back into the error they were made from. */
async function errorOf(response: Response): Promise<TandemError> {
  const problem: unknown = await response.json().catch(() => null)
  if (typeof problem === 'object' && problem !== null && 'code' in problem && isErrorCode(problem.code)) {
    const {
      code,
      detail,
      message,
      type: _type,
      title: _title,
      status: _status,
      fix: _fix,
      retry: _retry,
      ...details
    } = problem as Record<string, unknown> & { code: typeof problem.code }
    return new TandemError(code, String(detail ?? message), details)
  }
  // Something in between answered: a proxy, or no Tandem at all.
  const code =
    response.status === 401 ? 'auth/missing' : response.status === 403 ? 'auth/forbidden' : response.status === 404 ? 'request/not-found' : 'server/internal'
  return new TandemError(code, `The server answered ${response.status} ${response.statusText}`.trim(), { status: response.status })
}
