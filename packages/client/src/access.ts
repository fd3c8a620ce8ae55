/** API keys and the audit log by REST: who may do everything, and who did what. */
import type { ApiKey, ApiKeyCreated, AuditEntry } from '@tandem/protocol'
import type { CallOptions, Rest } from './rest.ts'

export class ApiKeys {
  readonly #rest: Rest

  constructor(rest: Rest) {
    this.#rest = rest
  }

  /** The key is shown only here. Without `expires_in_s` it works until it is revoked. */
  create(body: { name: string; expires_in_s?: number }, options: CallOptions = {}): Promise<ApiKeyCreated> {
    return this.#rest.json('POST', '/v1/api-keys', { body, ...options })
  }

  /** Revoked ones too. */
  list(options: CallOptions = {}): Promise<{ data: ApiKey[] }> {
    return this.#rest.json('GET', '/v1/api-keys', options)
  }

  /** What came by it ends at once: requests, sockets, logins. */
  revoke(id: string, options: CallOptions = {}): Promise<ApiKey> {
    return this.#rest.json('DELETE', `/v1/api-keys/${encodeURIComponent(id)}`, options)
  }
}

export interface AuditOptions extends CallOptions {
  limit?: number
  cursor?: string
  session_id?: string
  /** Whole (`key.create`), or its first word (`key.*`). */
  action?: string
  /** `key:<id>` or `token:<id>`. */
  actor?: string
}

export class Audit {
  readonly #rest: Rest

  constructor(rest: Rest) {
    this.#rest = rest
  }

  /** Newest first. */
  list({ signal, ...query }: AuditOptions = {}): Promise<{ data: AuditEntry[]; has_more: boolean; next_cursor: string | null }> {
    return this.#rest.json('GET', '/v1/audit', { query, ...(signal ? { signal } : {}) })
  }
}
