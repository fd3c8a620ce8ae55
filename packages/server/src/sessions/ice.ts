/** The STUN and TURN servers that a viewer and the capture page are told to use. */
import { createHmac } from 'node:crypto'
import type { IceServer } from '@tandem/protocol'
import type { IceConfig } from '../config.ts'

/** coturn checks a time-limited credential when an allocation is made or refreshed, so it must outlast a session's day. */
const TURN_CREDENTIAL_TTL_S = 86_400

export function iceServersFor(config: IceConfig, viewerId: string, now: number): IceServer[] {
  const servers: IceServer[] = []
  if (config.stunUrls.length > 0) servers.push({ urls: [...config.stunUrls] })
  if (config.turnUrls.length > 0) servers.push({ urls: [...config.turnUrls], ...turnCredential(config, viewerId, now) })
  return servers
}

/** The scheme of coturn's `use-auth-secret`: `expiry:name`, signed with HMAC-SHA1. */
function turnCredential(config: IceConfig, viewerId: string, now: number): { username?: string; credential?: string } {
  if (config.turnSecret === undefined) return { username: config.turnUsername, credential: config.turnCredential }
  const username = `${Math.floor(now / 1_000) + (config.turnTtlS ?? TURN_CREDENTIAL_TTL_S)}:${viewerId}`
  return { username, credential: createHmac('sha1', config.turnSecret).update(username).digest('base64') }
}
