/**
 * Who somebody is: API key, login, cookie, share link or a token inside an address -> Principal; and the making and
 * revoking of tokens. What a principal may do is `principal.ts`; which session it may see is asked in `http/` and
 * `live/`. Neighbours: `keys.ts`, `jwt.ts`, `letIn.ts` (who is here by which credential), `resume.ts`.
 */
import { randomBytes, randomUUID } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { TandemError } from '@tandem/protocol'
import type { Role } from '@tandem/protocol'
import type { Store } from '../store/store.ts'
import type { TokenRow } from '../store/tokens.ts'
import { readToken, signToken } from './jwt.ts'
import { ApiKeys, makeKey } from './keys.ts'
import { LetIn } from './letIn.ts'
import type { CredentialEnd } from './letIn.ts'
import { makeParticipantProof, readParticipantProof } from './participantProof.ts'
import { credentialOf, credentialsOf } from './principal.ts'
import type { Principal } from './principal.ts'
import { makeResumeToken, readResumeToken } from './resume.ts'
import { readOrMake, sameText } from './secrets.ts'
import { SteadyTime } from './steadyTime.ts'

const LOGIN_TTL_S = 7 * 86_400
const COOKIE_TTL_S = 30 * 86_400
/** For the addresses inside an AgentSession; each GET makes fresh ones. */
const URL_TTL_S = 12 * 3_600
/** Where other servers may revoke too. */
const ASK_EVERY_MS = 500
const ASK_AT_ONCE = 500

export interface MintedToken {
  row: TokenRow
  token: string
}

/** What a caller shows beside a single-use link to be let in again. */
export interface Proof {
  /** From its cookie or its header. */
  claims: readonly string[]
  /** From the address of a live socket. */
  resume: { sessionId: string; token: string } | null
  /** False: it is only looked at, and opened where the caller is sent. */
  opens: boolean
}

export class Auth {
  readonly apiKey: string
  readonly keys: ApiKeys
  readonly letIn: LetIn
  readonly time: SteadyTime
  readonly #secret: Buffer
  readonly #store: Store

  private constructor(options: { store: Store; apiKey: string; secret: Buffer; time: SteadyTime; letIn: LetIn; keys: ApiKeys }) {
    this.#store = options.store
    this.apiKey = options.apiKey
    this.#secret = options.secret
    this.time = options.time
    this.letIn = options.letIn
    this.keys = options.keys
  }

  /** Reads or makes the API key (a file of mode 0600 in the data directory, the same on all servers of one database) and the signing secret (in the store). */
  static async open(options: { store: Store; dataDir: string; apiKey: string | undefined; time?: SteadyTime }): Promise<Auth> {
    const { store, dataDir, time = new SteadyTime() } = options
    await mkdir(dataDir, { recursive: true, mode: 0o700 })
    const apiKey = options.apiKey ?? (await ownKey(store, dataDir))
    const name = options.apiKey === undefined ? 'server key' : 'TANDEM_API_KEY'
    const secret = Buffer.from(await store.secrets.readOrInsert('token-secret', randomBytes(32).toString('base64url')), 'base64url')
    const letIn = new LetIn(time)
    const keys = await ApiKeys.open({ store: store.keys, time, own: { key: apiKey, name }, secret, onRevoked: (id) => letIn.revoked(id) })
    return new Auth({ store, apiKey, secret, time, letIn, keys })
  }

  /**
   * Without `proof` it is only looked at who that would be: a single-use link is not opened by it.
   * @throws TandemError `auth/invalid`, `auth/expired`, `auth/revoked`, `auth/used`
   */
  async verify(credential: string, proof: Proof | null = null): Promise<Principal> {
    const key = await this.keys.read(credential)
    if (key) return principal({ role: 'admin', sessionId: null, keyId: key.id, name: key.name, expiresAt: dateOf(key.expiresAt) })
    const { jti, role, sid, by, claim, exp } = await readToken(this.#secret, credential, this.time.now())
    const expiresAt = new Date(exp * 1_000)
    // Tokens inside addresses are not stored; they live and die with the credential that asked for them.
    const storedId = jti.startsWith('url_') ? by : jti
    if (storedId?.startsWith('key_')) {
      const { id, name } = await this.keys.find(storedId)
      return principal({ role, sessionId: sid, keyId: id, name, expiresAt })
    }
    const row = storedId === null ? null : await this.#store.tokens.find(storedId)
    if (!row) throw new TandemError('auth/invalid')
    if (row.revokedAt !== null) throw new TandemError('auth/revoked')
    const from = row.keyId === null ? null : await this.keys.find(row.keyId)
    const opened = await this.#open(row, claim === undefined ? proof : { opens: true, resume: null, ...proof, claims: [claim, ...(proof?.claims ?? [])] })
    return principal({
      role,
      sessionId: sid,
      tokenId: row.id,
      keyId: row.keyId,
      name: from?.name ?? row.name,
      link: row.kind === 'viewer' ? { id: row.id, name: row.name, singleUse: row.singleUse } : null,
      ...opened,
      expiresAt: earlier(expiresAt, dateOf(from?.expiresAt ?? null)),
    })
  }

  /** A stored token, which can be revoked. `keyId`: the API key with which it ends. */
  async mint(options: {
    kind: TokenRow['kind']
    role: Role
    sessionId: string | null
    keyId?: string | null
    name?: string
    ttlS?: number
    singleUse?: boolean
  }): Promise<MintedToken> {
    const ttlS = options.ttlS ?? (options.kind === 'cookie' ? COOKIE_TTL_S : LOGIN_TTL_S)
    // Whole seconds, as the token has them: what is listed is when it ends.
    const exp = Math.floor(this.time.now() / 1_000) + ttlS
    const row: TokenRow = {
      id: `tok_${randomUUID()}`,
      role: options.role,
      sessionId: options.sessionId,
      kind: options.kind,
      name: options.name ?? null,
      createdAt: this.time.iso(),
      expiresAt: new Date(exp * 1_000).toISOString(),
      revokedAt: null,
      singleUse: options.singleUse ?? false,
      usedAt: null,
      claim: null,
      keyId: options.keyId ?? null,
    }
    await this.#store.tokens.insert(row)
    return { row, token: await signToken(this.#secret, { jti: row.id, role: row.role, sid: row.sessionId, by: null, exp }) }
  }

  /** A token for an address inside an AgentSession: it never outlives the credential that asked for it. */
  mintForUrl(asker: Principal, role: Role, sessionId: string): Promise<string> {
    const expires = Math.floor(this.time.now() / 1_000) + URL_TTL_S
    const limit = asker.expiresAt ? Math.floor(asker.expiresAt.getTime() / 1_000) : expires
    const claim = asker.claim === null ? {} : { claim: asker.claim }
    return signToken(this.#secret, { jti: `url_${randomUUID()}`, role, sid: sessionId, by: credentialOf(asker), exp: Math.min(expires, limit), ...claim })
  }

  async revoke(tokenId: string): Promise<void> {
    await this.#store.tokens.revoke(tokenId, this.time.iso())
    this.letIn.revoked(tokenId)
  }

  /** Tells once when the principal's credential is revoked or expires: a socket that was let in with it ends then. Returns the undo. */
  watch(who: Principal, onEnd: (code: CredentialEnd) => void): () => void {
    return this.letIn.watch(who, onEnd)
  }

  /** Lets a viewer prove on its next connection that it is the same one. */
  resumeToken(sessionId: string, viewerId: string, who: Principal): string {
    return makeResumeToken(this.#secret, sessionId, viewerId, who)
  }

  /** The viewer id of a resume token of this session and this credential, or null when it is none. */
  readResumeToken(sessionId: string, token: string, who: Principal): string | null {
    return readResumeToken(this.#secret, sessionId, token, credentialOf(who))
  }

  /** For the LiveKit token of a participant: who it is, in every server of this database. */
  participantProof(sessionId: string, identity: string, who: Principal): string {
    return makeParticipantProof(this.#secret, sessionId, identity, who)
  }

  /** Null: not made by us for this identity in this session. */
  readParticipantProof(sessionId: string, identity: string, proof: string): Principal | null {
    return readParticipantProof(this.#secret, sessionId, identity, proof)
  }

  /** For servers that share a database: what another one has revoked ends here too. Returns the undo. */
  followRevocations(onError: (error: unknown) => void): () => void {
    let asking = false
    let failing = false
    const ask = async (): Promise<void> => {
      if (asking) return
      asking = true
      try {
        const ids = this.letIn.credentials()
        const good = await this.#goodOf(ids)
        for (const id of ids) if (!good.has(id)) this.letIn.revoked(id)
        failing = false
      } catch (error) {
        // Said once, not twice a second for as long as the database is away.
        if (!failing) onError(error)
        failing = true
      } finally {
        asking = false
      }
    }
    const timer = setInterval(() => void ask(), ASK_EVERY_MS).unref()
    return () => clearInterval(timer)
  }

  /** None of its credentials was revoked, and its time is not over. */
  async isGood(who: Principal): Promise<boolean> {
    if (who.expiresAt && who.expiresAt.getTime() <= this.time.now()) return false
    const ids = credentialsOf(who)
    return (await this.#goodOf(ids)).size === ids.length
  }

  async #goodOf(ids: readonly string[]): Promise<Set<string>> {
    const good = new Set<string>()
    for (let from = 0; from < ids.length; from += ASK_AT_ONCE) {
      const some = ids.slice(from, from + ASK_AT_ONCE)
      const [tokens, keys] = [some.filter((id) => id.startsWith('tok_')), some.filter((id) => id.startsWith('key_'))]
      if (tokens.length > 0) for (const id of await this.#store.tokens.goodOf(tokens)) good.add(id)
      if (keys.length > 0) for (const id of await this.#store.keys.goodOf(keys)) good.add(id)
    }
    return good
  }

  /** A link is used; one for single use lets in whoever comes first, and then only whoever proves to be the same. @throws TandemError `auth/used` */
  async #open(row: TokenRow, proof: Proof | null): Promise<Pick<Principal, 'claim' | 'claimedNow'>> {
    const { tokens } = this.#store
    if (!row.singleUse) {
      if (row.usedAt === null && row.kind === 'viewer' && proof?.opens) await tokens.markUsed(row.id, this.time.iso())
      return { claim: null, claimedNow: false }
    }
    const { claim } = row
    if (claim !== null) {
      const resume = proof?.resume
      const known =
        proof?.claims.some((shown) => sameText(shown, claim)) === true ||
        (resume !== null && resume !== undefined && readResumeToken(this.#secret, resume.sessionId, resume.token, row.id) !== null)
      if (!known) throw new TandemError('auth/used')
      return { claim, claimedNow: false }
    }
    if (!proof?.opens) return { claim: null, claimedNow: false }
    const fresh = randomBytes(18).toString('base64url')
    if (!(await tokens.claim(row.id, fresh, this.time.iso()))) throw new TandemError('auth/used')
    return { claim: fresh, claimedNow: true }
  }
}

function principal(given: Partial<Principal> & Pick<Principal, 'role' | 'sessionId' | 'expiresAt'>): Principal {
  return { tokenId: null, keyId: null, name: null, link: null, claim: null, claimedNow: false, address: null, ...given }
}

function dateOf(time: string | null): Date | null {
  return time === null ? null : new Date(time)
}

function earlier(one: Date, other: Date | null): Date {
  return other && other < one ? other : one
}

/** Servers of one database have one key: that of the first of them. Its copy in each data directory is for `tandem` on that machine. */
async function ownKey(store: Store, dataDir: string): Promise<string> {
  const file = join(dataDir, 'api-key')
  const kept = await readOrMake(file, makeKey)
  if (!store.shared) return kept
  const shared = await store.secrets.readOrInsert('api-key', kept)
  if (shared !== kept) await writeFile(file, shared + '\n', { mode: 0o600 })
  return shared
}
