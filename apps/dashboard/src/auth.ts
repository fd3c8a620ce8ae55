/**
 * The credential of this page: a cookie (the owner, after a login) or a session token (a guest with a
 * link). A token arrives in the fragment, which no server log sees, and is removed from the address at
 * once. Knows storage and who we are; nothing of sessions or pages.
 */
import { TandemError } from '@tandem/client'
import type { Role } from '@tandem/client'
import { tandem } from './api.ts'
import { hrefOf } from './base.ts'

export interface Identity {
  role: Role
  /** Null: the cookie says who we are. */
  token: string | null
}

const storageKey = (sessionId: string): string => `tandem.token.${sessionId}`
const held = new Map<string, string>()

/** Takes the token out of the address. Call once, before anything renders. */
export function takeFragmentToken(): string | null {
  const token = new URLSearchParams(location.hash.slice(1)).get('token')
  if (token !== null) history.replaceState(history.state, '', location.pathname + location.search)
  return token === '' ? null : token
}

export function keepSessionToken(sessionId: string, token: string): void {
  held.set(sessionId, token)
  try {
    sessionStorage.setItem(storageKey(sessionId), token)
  } catch {
    // Storage is forbidden: the token lives as long as this page.
  }
}

function sessionToken(sessionId: string): string | null {
  try {
    return held.get(sessionId) ?? sessionStorage.getItem(storageKey(sessionId))
  } catch {
    return null
  }
}

/** A link that no longer works must not stand in the way of a login. */
export function forgetSessionToken(sessionId: string): void {
  held.delete(sessionId)
  try {
    sessionStorage.removeItem(storageKey(sessionId))
  } catch {
    // Nothing was kept.
  }
}

/** Exchanges a login token or an API key for the cookie. */
export async function login(token: string): Promise<void> {
  await tandem().login(token)
}

export async function logout(): Promise<void> {
  await fetch(hrefOf('/v1/auth/logout'), { method: 'POST' })
}

/** Who this page is, for one session or (null) for all. Rejects with `auth/…` when it is nobody. */
export async function identify(sessionId: string | null): Promise<Identity> {
  const token = sessionId === null ? null : sessionToken(sessionId)
  const me = await tandem(token).me()
  if (me.session_id !== null && me.session_id !== sessionId) throw new TandemError('auth/forbidden', 'This link opens one session only.')
  return { role: me.role, token }
}
