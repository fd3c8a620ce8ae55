/** Who somebody is once the credential was checked, and what each role may do: the one place that says so. */
import { TandemError } from '@tandem/protocol'
import type { Role } from '@tandem/protocol'

export interface Principal {
  role: Role
  /** The one session that it may see; null: all of them. */
  sessionId: string | null
  /** The stored token that it comes from, itself or by a URL made with it; null for an API key. */
  tokenId: string | null
  /** The API key that it comes from, itself, by a login or by a URL; null for share links. */
  keyId: string | null
  /** Of the key or the link, for people. */
  name: string | null
  /** The share link that it came by. */
  link: { id: string; name: string | null; singleUse: boolean } | null
  /** Proof of having opened a single-use link first; secret. */
  claim: string | null
  /** This very request opened it: whoever sent it is told the claim, once. */
  claimedNow: boolean
  expiresAt: Date | null
  /** Where its request came from; set at the door. */
  address: string | null
}

/** What a caller needs: `view` is open to every role, `drive` to people and agents who may drive, `server` to admins of all sessions. */
export type Need = 'view' | 'drive' | 'control' | 'agent' | 'admin' | 'server'
const ROLES_FOR: Record<Need, readonly Role[]> = {
  view: ['view', 'control', 'agent', 'admin'],
  drive: ['control', 'agent', 'admin'],
  control: ['control', 'admin'],
  agent: ['agent', 'admin'],
  admin: ['admin'],
  server: ['admin'],
}

export function allows(role: Role, need: Need): boolean {
  return ROLES_FOR[need].includes(role)
}

/** @throws TandemError `auth/forbidden` with `needs` */
export function assertAllowed(principal: Principal, need: Need): void {
  if (!allows(principal.role, need)) throw new TandemError('auth/forbidden', undefined, { needs: need, role: principal.role })
  // The addresses in a session carry tokens of that session alone, an admin's too.
  if (need === 'server' && principal.sessionId !== null)
    throw new TandemError('auth/forbidden', 'A token of one session may not do that; use an API key or a login.', { needs: 'admin', role: principal.role })
}

/** The credentials that all have to stay good for it to go on. */
export function credentialsOf({ tokenId, keyId }: Principal): string[] {
  return [tokenId, keyId].filter((id) => id !== null)
}

/** The nearest one: two principals with the same are the same somebody. */
export function credentialOf({ tokenId, keyId }: Principal): string {
  return tokenId ?? keyId ?? 'nobody'
}
