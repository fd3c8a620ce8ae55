/**
 * A request for a session of another server is passed on to it, and its answer passed back: callers may ask any server.
 * The credential goes along, and only ever to a server that is registered in our database. The caller was let in
 * already; the owner looks again. Bodies are streams, never read here. Neighbours: `relay.ts` for sockets.
 */
import type { IncomingMessage } from 'node:http'
import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { TandemError } from '@tandem/protocol'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Principal } from '../access/principal.ts'
import { CLAIM_HEADER, readCookie } from '../http/credentials.ts'
import type { App, Deps } from '../http/types.ts'
import type { Peer } from './cluster.ts'

/** Says that the request was passed on once: it is not passed on again. */
export const FORWARDED_HEADER = 'tandem-forwarded'
const ROUTES = '/v1/agent-sessions/:id'
const CONNECT_MS = 3_000

/** Of one connection, or ours to say anew. */
const NOT_PASSED_ON = ['connection', 'keep-alive', 'transfer-encoding', 'upgrade', 'te', 'trailer', 'proxy-authorization', 'host', 'cookie', 'origin']
const NOT_PASSED_BACK = ['connection', 'keep-alive', 'transfer-encoding', 'set-cookie', 'vary']

export function addForwarding(app: App, { cluster, sessions, reach }: Deps): void {
  app.decorateRequest('forwarded', false)
  if (!cluster.shared) return
  app.addHook('onRequest', async (request, reply) => {
    const { id } = readId(request)
    if (id === null || sessions.find(id) || request.headers[FORWARDED_HEADER] !== undefined) return
    const owner = await sessions.ownerOf(id)
    if (!owner) return
    request.forwarded = true
    const address = reach(request.raw).address
    const answer = await pass(request.raw, owner, headersFor(request.raw, cluster.id, address, request.principal), reply)
    return passBack(reply, answer)
  })
}

/** What goes along: the credential, also one from a cookie, which is this server's alone; and on whose behalf. */
export function headersFor(
  request: Pick<IncomingMessage, 'headers'>,
  serverId: string,
  address: string,
  principal: Principal | null,
): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = {}
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined && !NOT_PASSED_ON.includes(name) && !name.startsWith('x-forwarded-')) headers[name] = value
  }
  const cookie = readCookie(request.headers.cookie)
  if (headers['authorization'] === undefined && cookie !== null) headers['authorization'] = `Bearer ${cookie}`
  if (principal?.claim) headers[CLAIM_HEADER] = principal.claim
  return { ...headers, [FORWARDED_HEADER]: serverId, 'x-forwarded-for': address }
}

/** `request` of node:http or node:https, by the address; with a limit on the time until it is connected. */
export function ask(url: URL, options: { method: string | undefined; headers: Record<string, string | string[]> }): ReturnType<typeof httpRequest> {
  const outgoing = (url.protocol === 'https:' ? httpsRequest : httpRequest)(url, { ...options, agent: false })
  const timer = setTimeout(() => outgoing.destroy(new Error('it does not answer')), CONNECT_MS)
  outgoing.once('socket', (socket) => socket.once('connect', () => clearTimeout(timer)))
  outgoing.once('close', () => clearTimeout(timer))
  return outgoing
}

/** The path as it came, under the owner's own base path. A request may name a whole address: where it goes is the owner's alone to say. */
export function addressAt(owner: Peer, path: string): URL {
  const asked = new URL(path, 'http://localhost')
  return new URL(owner.url + asked.pathname + asked.search)
}

/** The owner is there and cannot be reached from here: the caller may have more luck. */
export function unreachable(owner: Peer, error: Error): TandemError {
  const message = `Another server has the browser of this session, and it cannot be reached from here (${error.message}). Send the same request to \`url\`.`
  return new TandemError('session/misdirected', message, { url: owner.url, server_id: owner.id }, { cause: error })
}

function pass(request: IncomingMessage, owner: Peer, headers: Record<string, string | string[]>, reply: FastifyReply): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const outgoing = ask(addressAt(owner, request.url ?? '/'), { method: request.method, headers })
    outgoing.once('response', resolve)
    outgoing.once('error', (error) => reject(unreachable(owner, error)))
    // A caller who goes away (a wait for a human, a stream of events) is gone for the owner too.
    reply.raw.once('close', () => outgoing.destroy())
    request.pipe(outgoing)
  })
}

function passBack(reply: FastifyReply, answer: IncomingMessage): FastifyReply {
  for (const [name, value] of Object.entries(answer.headers)) {
    // Which pages may read the answer was decided here.
    if (value !== undefined && !NOT_PASSED_BACK.includes(name) && !name.startsWith('access-control-')) reply.header(name, value)
  }
  return reply.code(answer.statusCode ?? 502).send(answer)
}

function readId(request: FastifyRequest): { id: string | null } {
  if (!request.principal || !request.routeOptions.url?.startsWith(ROUTES)) return { id: null }
  const { params } = request
  return { id: typeof params === 'object' && params !== null && 'id' in params && typeof params.id === 'string' ? params.id : null }
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Another server has answered it, and remembers it. */
    forwarded: boolean
  }
}
