/** The SDK as this page uses it: from its own origin, with a guest's token or (null) the cookie; and what its errors mean here. */
import { Tandem, isTandemError } from '@tandem/client'
import { serverUrl } from './base.ts'

const clients = new Map<string, Tandem>()

export function tandem(token: string | null = null): Tandem {
  const known = clients.get(token ?? '')
  if (known !== undefined) return known
  const made = new Tandem({ baseUrl: serverUrl, token: token ?? undefined })
  clients.set(token ?? '', made)
  return made
}

const GATEWAY_ERRORS: readonly unknown[] = [502, 503, 504]

export type Failure = 'offline' | 'no-credential' | 'bad-credential' | 'not-found' | 'other'

/** What kind of page an error calls for. */
export function failureOf(error: unknown): Failure {
  if (!isTandemError(error)) return 'other'
  // No answer at all, or a proxy's own page in front of a server that is down.
  if (error.code === 'server/overloaded' && error.cause !== undefined) return 'offline'
  if (error.code === 'server/shutting-down' || GATEWAY_ERRORS.includes(error.details.status)) return 'offline'
  if (error.code === 'auth/missing') return 'no-credential'
  if (error.code.startsWith('auth/')) return 'bad-credential'
  return error.code === 'session/not-found' || error.code === 'request/not-found' ? 'not-found' : 'other'
}

export function codeOf(error: unknown): string | null {
  return isTandemError(error) ? error.code : null
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
