/**
 * API keys: the server's own (TANDEM_API_KEY, or a file of the data directory) and those that people make. A key is
 * shown once and kept as its hash; each is an actor of its own in the audit log.
 */
import { createHmac, randomBytes, randomUUID } from 'node:crypto'
import { TandemError } from '@tandem/protocol'
import type { ApiKey, ApiKeyCreated } from '@tandem/protocol'
import type { KeyRow, KeyRows } from '../store/keys.ts'
import { hashOf, sameText } from './secrets.ts'
import type { SteadyTime } from './steadyTime.ts'

const PREFIX = 'tandem_key_'
const HINT_CHARACTERS = 4
/** A key in use all day is written down once a minute. */
const USED_EVERY_MS = 60_000

export function makeKey(): string {
  return PREFIX + randomBytes(32).toString('base64url')
}

export interface ApiKeysOptions {
  store: KeyRows
  time: SteadyTime
  /** The server's own key, and where it comes from, for people. */
  own: { key: string; name: string }
  secret: Buffer
  onRevoked(id: string): void
}

export class ApiKeys {
  readonly #options: ApiKeysOptions
  readonly ownId: string
  readonly #ownHash: string
  readonly #writtenAt = new Map<string, number>()

  private constructor(options: ApiKeysOptions) {
    this.#options = options
    this.#ownHash = hashOf(options.own.key).toString('hex')
    // The same at each start, so that logins outlive a restart; and nothing of the key can be learnt from it.
    this.ownId = `key_${createHmac('sha256', options.secret).update(`own:${options.own.key}`).digest('hex').slice(0, 24)}`
  }

  static async open(options: ApiKeysOptions): Promise<ApiKeys> {
    const keys = new ApiKeys(options)
    const { store, own, time } = options
    await store.replaceOwn({
      id: keys.ownId,
      name: own.name,
      hash: keys.#ownHash,
      hint: hintOf(own.key),
      own: true,
      createdAt: time.iso(),
      lastUsedAt: null,
      expiresAt: null,
      revokedAt: null,
    })
    return keys
  }

  /** The key that this text is; null when it is none. @throws TandemError `auth/revoked`, `auth/expired` */
  async read(text: string): Promise<KeyRow | null> {
    const row = sameText(text, this.#options.own.key) ? await this.find(this.ownId) : text.startsWith(PREFIX) ? await this.#byHash(text) : null
    if (row) this.#used(row.id)
    return row
  }

  /** A key that is good. @throws TandemError `auth/invalid`, `auth/revoked`, `auth/expired` */
  async find(id: string): Promise<KeyRow> {
    return this.#good(await this.#options.store.find(id))
  }

  async create(name: string, expiresInS: number | undefined): Promise<ApiKeyCreated> {
    const key = makeKey()
    const { time, store } = this.#options
    const row: KeyRow = {
      id: `key_${randomUUID()}`,
      name,
      hash: hashOf(key).toString('hex'),
      hint: hintOf(key),
      own: false,
      createdAt: time.iso(),
      lastUsedAt: null,
      expiresAt: expiresInS === undefined ? null : time.iso(expiresInS * 1_000),
      revokedAt: null,
    }
    await store.insert(row)
    return { ...present(row), key }
  }

  async list(): Promise<ApiKey[]> {
    return (await this.#options.store.list()).map(present)
  }

  /** Whatever came by it ends: requests, sockets, logins. May be repeated. @throws TandemError `key/not-found`, `key/last` */
  async revoke(id: string): Promise<ApiKey> {
    const { store, time, onRevoked } = this.#options
    const row = await store.find(id)
    if (!row) throw new TandemError('key/not-found')
    if (row.own) throw new TandemError('key/last')
    const revokedAt = row.revokedAt ?? time.iso()
    await store.revoke(id, revokedAt)
    onRevoked(id)
    return present({ ...row, revokedAt })
  }

  async #byHash(text: string): Promise<KeyRow | null> {
    // The index compares hashes of 256 random bits: what its timing tells is of no use.
    const row = await this.#options.store.findByHash(hashOf(text).toString('hex'))
    // The own key of another start: it was let in above or it is not good any more.
    return row && !row.own ? this.#good(row) : null
  }

  #good(row: KeyRow | null): KeyRow {
    if (!row) throw new TandemError('auth/invalid')
    if (row.revokedAt !== null) throw new TandemError('auth/revoked', 'This API key was revoked. Use another one.')
    if (row.expiresAt !== null && Date.parse(row.expiresAt) <= this.#options.time.now())
      throw new TandemError('auth/expired', 'This API key has expired. Make a new one: tandem keys create.')
    return row
  }

  #used(id: string): void {
    const now = performance.now()
    const written = this.#writtenAt.get(id)
    if (written !== undefined && now - written < USED_EVERY_MS) return
    this.#writtenAt.set(id, now)
    // A date that is not written is no reason to refuse; the next use writes it.
    this.#options.store.used(id, this.#options.time.iso()).catch(() => this.#writtenAt.delete(id))
  }
}

function hintOf(key: string): string {
  const prefix = key.startsWith(PREFIX) ? PREFIX.length : 0
  return key.slice(0, prefix + HINT_CHARACTERS)
}

function present({ id, name, hint, createdAt, lastUsedAt, expiresAt, revokedAt, own }: KeyRow): ApiKey {
  return { id, name, hint, own, created_at: createdAt, last_used_at: lastUsedAt, expires_at: expiresAt, revoked_at: revokedAt }
}
