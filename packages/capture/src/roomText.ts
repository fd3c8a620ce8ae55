/** Words about rooms: reasons as the contract has them, and nothing of tokens in any. Pure. */
import { DisconnectReason } from 'livekit-client'

/** As `duplicate-identity`. */
export function reasonNameOf(reason: DisconnectReason | undefined): string {
  return (DisconnectReason[reason ?? 0] ?? 'unknown-reason').toLowerCase().replaceAll('_', '-')
}

/** What livekit-client says may name a URL, and the token with it. */
export function withoutToken(text: string): string {
  return text.replaceAll(/[\w-]+\.[\w-]{20,}\.[\w-]+/g, '…')
}

/** The room that a token is for, as LiveKit's claims have it; the token itself where it has none. */
export function roomOf(token: string): string {
  try {
    const claims = JSON.parse(atob((token.split('.')[1] ?? '').replaceAll('-', '+').replaceAll('_', '/'))) as { video?: { room?: string } }
    return claims.video?.room ?? token
  } catch {
    return token
  }
}
