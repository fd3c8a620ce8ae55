/** How a caller of REST joins the room of a session: a LiveKit token that is its own, for as long as its credential lasts. */
import { randomUUID } from 'node:crypto'
import { CUSTOMER_IDENTITY_PREFIX, TandemError } from '@tandem/protocol'
import type { LiveKitInfo, RoomParticipant } from '@tandem/protocol'
import { allows } from '../access/principal.ts'
import type { Principal } from '../access/principal.ts'
import { PROOF_ATTRIBUTE } from './people.ts'
import type { Credentials, LiveKitNode } from './types.ts'

const TTL_S = 24 * 3_600

export interface JoinInfoOptions {
  node: LiveKitNode
  sessionId: string
  credentials: Credentials
  principal: Principal
  /** Where the caller reaches this server. */
  base: string
  /** ms since the epoch. */
  now: number
}

/** With the participant as the room will see it. @throws TandemError `auth/expired`, `room/secret-unreadable` */
export async function joinInfo({ node, sessionId, credentials, principal, base, now }: JoinInfoOptions): Promise<RoomParticipant & { info: LiveKitInfo }> {
  const leftS = principal.expiresAt === null ? TTL_S : Math.floor((principal.expiresAt.getTime() - now) / 1_000)
  if (leftS < 1) throw new TandemError('auth/expired')
  const identity = CUSTOMER_IDENTITY_PREFIX + randomUUID()
  const participant = {
    identity,
    name: principal.role === 'admin' ? 'Owner' : (principal.link?.name ?? 'Guest'),
    attributes: { [PROOF_ATTRIBUTE]: credentials.proofOf(sessionId, identity, principal) },
  }
  const { token, expiresAt } = await node.token({
    ...participant,
    room: sessionId,
    may: allows(principal.role, 'control') ? 'control' : 'watch',
    ttlS: Math.min(TTL_S, leftS),
  })
  const info = { ws_url: node.wsUrl(base), room: sessionId, token, participant_identity: identity, expires_at: expiresAt.toISOString() }
  return { ...participant, info }
}
