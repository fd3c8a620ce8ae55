/**
 * The audit log: who did what, from where, when. `record` never waits and never throws: entries go through the store's
 * writes, which keep them while the database is away. Refused credentials are counted rather than listed once
 * there are many, so that a flood fills no disk. Never a secret in it: what looks like one is taken out here as well.
 */
import { randomBytes } from 'node:crypto'
import type { AuditEntry } from '@tandem/protocol'
import type { Logger } from '../log.ts'
import type { Store } from '../store/store.ts'
import type { Principal } from './principal.ts'

export type Actor = AuditEntry['actor']

export interface AuditRecord {
  /** `noun.verb`, as in docs/sharing.md. */
  action: string
  actor: Actor
  sessionId?: string | null
  data?: Record<string, unknown>
}

export const NOBODY: Actor = { id: 'nobody', name: null, address: null }
/** What the server does of itself: time-outs, limits. */
export const SERVER: Actor = { id: 'server', name: null, address: null }

const DAY_MS = 86_400_000
const PRUNE_EVERY_MS = 3_600_000
/** Beside their age: the oldest go first. */
const KEPT_ENTRIES = 500_000

const REFUSED_WINDOW_MS = 60_000
const REFUSED_OF_ONE_ADDRESS = 10
const REFUSED_OF_ALL = 100

export class Audit {
  readonly #store: Store
  readonly #log: Logger
  readonly #keptMs: number
  readonly #timer: NodeJS.Timeout
  #lastMs = 0
  #count = 0
  #refused = { since: 0, listed: 0, more: 0, byAddress: new Map<string, number>() }

  constructor(options: { store: Store; log: Logger; days: number }) {
    this.#store = options.store
    this.#log = options.log
    this.#keptMs = options.days * DAY_MS
    this.#timer = setInterval(() => this.#prune(), PRUNE_EVERY_MS).unref()
    this.#prune()
  }

  record({ action, actor, sessionId = null, data = {} }: AuditRecord): void {
    const now = new Date()
    const entry = { id: this.#nextId(now.getTime()), at: now.toISOString(), action, actor, session_id: sessionId, data: withoutSecrets(data) }
    this.#store.writes.add('an audit entry', (areas) => areas.audit.insert([entry]))
  }

  /** A credential was refused: the first ones of a minute are listed, the others counted in one entry at its end. */
  refused(actor: Actor, sessionId: string | null, data: Record<string, unknown>): void {
    const now = performance.now()
    if (now - this.#refused.since > REFUSED_WINDOW_MS) this.#startWindow(now)
    const refused = this.#refused
    const address = actor.address ?? ''
    const before = refused.byAddress.get(address) ?? 0
    if (before >= REFUSED_OF_ONE_ADDRESS || refused.listed >= REFUSED_OF_ALL) {
      refused.more += 1
      return
    }
    refused.byAddress.set(address, before + 1)
    refused.listed += 1
    this.record({ action: 'auth.refused', actor, sessionId, data })
  }

  /** Resolves when all that was recorded is written, or cannot be at present. */
  flushed(): Promise<void> {
    return this.#store.writes.flush()
  }

  /** Safe to call twice. */
  close(): void {
    clearInterval(this.#timer)
    this.#startWindow(performance.now())
  }

  #startWindow(now: number): void {
    const { more } = this.#refused
    this.#refused = { since: now, listed: 0, more: 0, byAddress: new Map() }
    if (more > 0) this.record({ action: 'auth.refused', actor: NOBODY, data: { more } })
  }

  #prune(): void {
    const before = new Date(Date.now() - this.#keptMs).toISOString()
    this.#store.audit.prune(before, KEPT_ENTRIES).catch((error: unknown) => this.#log.error({ err: error }, 'the audit log was not pruned'))
  }

  /** Ids sort by time, and within a millisecond by order. */
  #nextId(ms: number): string {
    this.#count = ms === this.#lastMs ? this.#count + 1 : 0
    this.#lastMs = ms
    return `aud_${ms.toString(16).padStart(12, '0')}${this.#count.toString(16).padStart(4, '0')}${randomBytes(6).toString('hex')}`
  }
}

export function actorOf(principal: Principal | null, address: string | null = principal?.address ?? null): Actor {
  if (!principal) return { ...NOBODY, address }
  const { tokenId, keyId, link, name } = principal
  if (link) return { id: `token:${link.id}`, name: link.name, address }
  return { id: keyId === null ? `token:${tokenId ?? ''}` : `key:${keyId}`, name, address }
}

/** Our keys and tokens, wherever they turn up, and whatever follows `?` or `#` in an address. */
const SECRETS = /tandem_key_[\w-]+|eyJ[\w-]+\.[\w-]+\.[\w-]+|vwr_[\w-]+\.[\w-]{20,}/g
const ADDRESS_REST = /^((?:https?|wss?):\/\/[^?#\s]*)[?#].*$/

/** Of each text. Looking for secrets in a long one would hold up everybody. */
const MAX_TEXT_CHARS = 4_000

export function withoutSecrets(data: Record<string, unknown>): Record<string, unknown> {
  return JSON.parse(
    JSON.stringify(data, (_name, value: unknown) =>
      typeof value === 'string' ? value.slice(0, MAX_TEXT_CHARS).replace(SECRETS, '…').replace(ADDRESS_REST, '$1') : value,
    ),
  )
}
