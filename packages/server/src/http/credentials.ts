/** From a request to a Principal. One credential is looked at: a wrong one is refused, never passed over for another. */
import type { IncomingMessage } from 'node:http'
import { TandemError } from '@tandem/protocol'
import type { Auth, Proof } from '../access/auth.ts'
import type { Principal } from '../access/principal.ts'
import type { OriginVerdict } from './origins.ts'

export const COOKIE = 'tandem_session'
/** With the id of a single-use link behind it: proof of having opened it first. */
export const CLAIM_COOKIE = 'tandem_link_'
/** The same for callers that keep no cookies. */
export const CLAIM_HEADER = 'tandem-claim'

/**
 * `resume`: of a live socket, which proves who opened a single-use link as well. `opens`: false, when another server will.
 * @throws TandemError `auth/missing`, `auth/invalid`, `auth/expired`, `auth/revoked`, `auth/used`
 */
export async function authenticate(
  auth: Auth,
  request: Pick<IncomingMessage, 'headers'>,
  origin: OriginVerdict,
  queryToken: string | null,
  { resume = null, opens = true }: Partial<Pick<Proof, 'resume' | 'opens'>> = {},
): Promise<Principal> {
  const { authorization } = request.headers
  const proof: Proof = { claims: readClaims(request.headers, origin), resume, opens }
  if (authorization !== undefined) {
    const [scheme, credential] = authorization.split(' ')
    if (scheme?.toLowerCase() !== 'bearer' || !credential) throw new TandemError('auth/invalid', 'Authorization must be `Bearer <api key or token>`.')
    return auth.verify(credential, proof)
  }
  if (queryToken !== null) return auth.verify(queryToken, proof)
  const cookie = readCookie(request.headers.cookie)
  if (cookie === null) throw new TandemError('auth/missing')
  // A page of another port or host of our site has our cookie sent along by the browser, but not our leave to use it.
  if (origin !== 'own')
    throw new TandemError(
      'auth/origin',
      'The login cookie works for pages of this server only; send a token. If this is its own address, set TANDEM_PUBLIC_URL to it.',
    )
  return auth.verify(cookie, proof)
}

export function readCookie(header: string | undefined): string | null {
  for (const part of header?.split(';') ?? []) {
    const [name, value] = part.trim().split('=')
    if (name === COOKIE && value) return value
  }
  return null
}

function readClaims(headers: IncomingMessage['headers'], origin: OriginVerdict): string[] {
  const shown = [headers[CLAIM_HEADER] ?? []].flat()
  // Pages of other ports have our cookies sent along as well.
  if (origin !== 'own') return shown
  const cookies = headers.cookie?.split(';').map((part) => part.trim()) ?? []
  return [...shown, ...cookies.filter((part) => part.startsWith(CLAIM_COOKIE)).map((part) => part.slice(part.indexOf('=') + 1))]
}

/** Hides from a scoped credential that any other session exists. @throws TandemError `session/not-found` */
export function assertScope(principal: Principal, sessionId: string): void {
  if (principal.sessionId !== null && principal.sessionId !== sessionId) throw new TandemError('session/not-found')
}
