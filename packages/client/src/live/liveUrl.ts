/** The address of a session's live socket, from what people have: a server and a session's id, or a link that somebody sent. */
export interface LiveAddress {
  /** Host (with port) or URL of the server, with its base path if it has one; or a whole link (`…/sessions/<id>#token=…`), or the socket's own address. */
  server: string
  /** Absent: the link names it. */
  session?: string | null
  /** Absent: the link carries it, or a cookie does. */
  token?: string | null
}

const SOCKET = /\/v1\/agent-sessions\/[^/]+\/live\/?$/
const LINK = /\/(?:sessions|embed)\/([^/]+)\/?$/

/** Null: there is no session in it. `base` is what a relative address or a bare host is completed from; in a page its own address. */
export function liveUrl({ server, session, token }: LiveAddress, base = typeof location === 'undefined' ? 'http://127.0.0.1' : location.href): string | null {
  const host = /^[^/?#]+$/.test(server) && !server.includes('://')
  const url = URL.parse(host ? `${new URL(base).protocol}//${server}` : server, base)
  if (url === null) return null
  const link = LINK.exec(url.pathname)
  const id = session ?? (link?.[1] === undefined ? null : decodeURIComponent(link[1]))
  const secret = token ?? new URLSearchParams(url.hash.slice(1)).get('token')
  if (!SOCKET.test(url.pathname)) {
    if (id === null || id === '') return null
    url.pathname = `${url.pathname.replace(LINK, '').replace(/\/+$/, '')}/v1/agent-sessions/${encodeURIComponent(id)}/live`
    url.search = ''
  }
  url.hash = ''
  url.protocol = url.protocol === 'https:' || url.protocol === 'wss:' ? 'wss:' : 'ws:'
  if (secret !== null) url.searchParams.set('token', secret)
  return url.href
}
