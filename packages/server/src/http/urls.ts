/** The addresses inside an answer: made for whoever asks, from the host that it asked at. */
import { TandemError } from '@tandem/protocol'
import type { AgentSession, Role } from '@tandem/protocol'
import type { FastifyRequest } from 'fastify'
import type { Auth } from '../access/auth.ts'
import { allows } from '../access/principal.ts'
import type { Principal } from '../access/principal.ts'

/** `https://host/path` as the caller knows it, without a slash at its end. */
export function baseUrl(request: FastifyRequest): string {
  return request.base
}

/** The path of it: `/browsers`, or nothing. */
export function basePath(request: FastifyRequest): string {
  return URL.parse(request.base)?.pathname.replace(/\/$/, '') ?? ''
}

/** Every cookie of ours: no script reads it, no other site has it sent. */
export function cookie(request: FastifyRequest, name: string, value: string, expires: Date): string {
  const secure = baseUrl(request).startsWith('https:') ? '; Secure' : ''
  return `${name}=${value}; Path=${basePath(request)}/; Expires=${expires.toUTCString()}; HttpOnly; SameSite=Strict${secure}`
}

/** Adds `cdp`, `live` and `view_url`, each with its own short token, as far as the caller may use them. */
export async function withUrls(session: AgentSession, request: FastifyRequest, auth: Auth): Promise<AgentSession> {
  const principal = principalOf(request)
  if (session.status === 'closed') return session
  const path = `/v1/agent-sessions/${session.id}`
  // Where the browser is: another server's session is reached there.
  const base = session.server && session.server.id !== request.here && session.server.url !== '' ? session.server.url : baseUrl(request)
  const sockets = base.replace(/^http/, 'ws')
  const [live, view, cdp] = await Promise.all([
    auth.mintForUrl(principal, principal.role, session.id),
    auth.mintForUrl(principal, viewRole(principal.role), session.id),
    allows(principal.role, 'agent') ? auth.mintForUrl(principal, 'agent', session.id) : null,
  ])
  return {
    ...session,
    ...(cdp === null ? {} : { cdp: { ws_url: `${sockets}${path}/cdp?token=${cdp}` } }),
    live: { ws_url: `${sockets}${path}/live?token=${live}` },
    // It carries the proof of having opened the link first: passed on, it would let in more than one.
    ...(principal.link?.singleUse === true ? {} : { view_url: `${base}/sessions/${session.id}#token=${view}` }),
  }
}

/** A link is passed on to people: they may take the wheel, but not own the session; an agent cannot give what it has not. */
function viewRole(role: Role): Role {
  return allows(role, 'control') ? 'control' : 'view'
}

/** The principal of a route that needs one. */
export function principalOf(request: FastifyRequest): Principal {
  if (!request.principal) throw new TandemError('auth/missing')
  return request.principal
}
