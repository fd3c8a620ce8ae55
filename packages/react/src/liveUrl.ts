import { liveUrl as addressOf, TandemError } from '@tandem/client'

/** The address of a session's live socket. `server` is a host with port or a full URL; absent: where this page came from. */
export function liveUrl(sessionId: string, server: string = location.origin, token?: string): string {
  const url = addressOf({ server, session: sessionId, token })
  if (url === null) throw new TandemError('request/invalid', `“${server}” is no address of a server: give its host or URL, and a session's id.`)
  return url
}
