/**
 * What a LiveKit token says of whom it was made for, signed by us: the SFU's own signature tells only that somebody with
 * its API secret made it. Everybody in the room can read it, so nothing in it is secret, and it is good for nothing else.
 */
import { createHmac } from 'node:crypto'
import { roleSchema } from '@tandem/protocol'
import { z } from 'zod'
import type { Principal } from './principal.ts'
import { sameText } from './secrets.ts'

const proofSchema = z.object({
  role: roleSchema,
  tokenId: z.string().nullable(),
  keyId: z.string().nullable(),
  /** It came by a share link; true: one for a single person. */
  link: z.boolean().nullable(),
  /** ms since the epoch. */
  expiresAt: z.number().nullable(),
})

export function makeParticipantProof(secret: Buffer, sessionId: string, identity: string, { role, tokenId, keyId, link, expiresAt }: Principal): string {
  const said: z.infer<typeof proofSchema> = { role, tokenId, keyId, link: link?.singleUse ?? null, expiresAt: expiresAt?.getTime() ?? null }
  const text = Buffer.from(JSON.stringify(said)).toString('base64url')
  return `${text}.${mac(secret, sessionId, identity, text)}`
}

/** Who the participant is; null: not one of ours. Whether its credential is still good is not known here. */
export function readParticipantProof(secret: Buffer, sessionId: string, identity: string, proof: string): Principal | null {
  const [text = '', signature = ''] = proof.split('.')
  if (!sameText(signature, mac(secret, sessionId, identity, text))) return null
  const { role, tokenId, keyId, link, expiresAt } = proofSchema.parse(JSON.parse(Buffer.from(text, 'base64url').toString()))
  return {
    role,
    sessionId,
    tokenId,
    keyId,
    name: null,
    link: link === null || tokenId === null ? null : { id: tokenId, name: null, singleUse: link },
    claim: null,
    claimedNow: false,
    expiresAt: expiresAt === null ? null : new Date(expiresAt),
    address: null,
  }
}

function mac(secret: Buffer, sessionId: string, identity: string, text: string): string {
  return createHmac('sha256', secret).update(`participant:${sessionId}:${identity}:${text}`).digest('base64url')
}
