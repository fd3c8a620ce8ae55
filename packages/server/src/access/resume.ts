/**
 * Resume tokens: proof, on a viewer's next connection, of being the same one. They need no memory, so they hold across
 * a restart, and they name the credential that the viewer came by: with another one, or after its end, they prove nothing.
 */
import { createHmac } from 'node:crypto'
import { credentialOf } from './principal.ts'
import type { Principal } from './principal.ts'
import { sameText } from './secrets.ts'

export function makeResumeToken(secret: Buffer, sessionId: string, viewerId: string, principal: Principal): string {
  return `${viewerId}.${mac(secret, sessionId, viewerId, credentialOf(principal))}`
}

/** The viewer's id, or null when the token is not of this session and this credential. */
export function readResumeToken(secret: Buffer, sessionId: string, token: string, credential: string): string | null {
  const [viewerId, proof] = token.split('.')
  if (viewerId === undefined || proof === undefined) return null
  return sameText(proof, mac(secret, sessionId, viewerId, credential)) ? viewerId : null
}

function mac(secret: Buffer, sessionId: string, viewerId: string, credential: string): string {
  return createHmac('sha256', secret).update(`resume:${sessionId}:${viewerId}:${credential}`).digest('base64url')
}
