/** The addresses around a live socket: the socket's own with name and resume token, and the REST resource of its session. */
export function withIdentity(url: string, { name, resumeToken }: { name?: string; resumeToken: string | null }): string {
  const result = new URL(url)
  if (name !== undefined && name !== '') result.searchParams.set('name', name)
  if (resumeToken === null) result.searchParams.delete('resume')
  else result.searchParams.set('resume', resumeToken)
  return result.href
}

/** `wss://host/v1/agent-sessions/agt_…/live?token=t` -> the session's REST address and the token to send along. */
export function restOf(url: string): { sessionUrl: string; token: string | null } {
  const live = new URL(url)
  const token = live.searchParams.get('token')
  live.protocol = live.protocol === 'wss:' ? 'https:' : 'http:'
  live.search = ''
  live.hash = ''
  return { sessionUrl: live.href.replace(/\/live\/?$/, ''), token }
}

/** Where another server wants the viewer: its address, with the query of ours, which holds the token. Null: no address of a socket. */
export function movedTo(url: string, target: string): string | null {
  if (!URL.canParse(target)) return null
  const moved = new URL(target)
  if (moved.protocol !== 'ws:' && moved.protocol !== 'wss:') return null
  for (const [name, value] of new URL(url).searchParams) if (!moved.searchParams.has(name)) moved.searchParams.set(name, value)
  return moved.href
}
