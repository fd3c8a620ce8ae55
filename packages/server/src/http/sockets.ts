/**
 * The two WebSockets of a session, `live` and `cdp`, on `ws` itself: each has its own message limit and its own way
 * to refuse. A page cannot read why an upgrade failed, so `live` accepts and closes with a code; CDP clients print
 * the HTTP answer, so `cdp` refuses with it.
 */
import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { CLOSE, isTandemError, LIVE_MAX_MESSAGE_BYTES, LIVE_SUBPROTOCOL, TandemError, toProblem, toWireError } from '@tandem/protocol'
import type { ErrorCode } from '@tandem/protocol'
import { WebSocketServer } from 'ws'
import type { WebSocket } from 'ws'
import { actorOf } from '../access/audit.ts'
import { allows, assertAllowed, credentialOf } from '../access/principal.ts'
import type { Principal } from '../access/principal.ts'
import type { Peer } from '../cluster/cluster.ts'
import { FORWARDED_HEADER } from '../cluster/forward.ts'
import { movedReason, redirect, relay } from '../cluster/relay.ts'
import { GATEWAY_MAX_MESSAGE_BYTES } from '../gateway/client.ts'
import { LiveSocket } from '../live/liveSocket.ts'
import type { Logger } from '../log.ts'
import type { Session } from '../sessions/session.ts'
import { assertScope, authenticate } from './credentials.ts'
import { keepAlive } from './heartbeat.ts'
import { judgeOrigin } from './origins.ts'
import type { OriginVerdict } from './origins.ts'
import { withoutBase } from './reach.ts'
import { isRoomPath, passToLiveKit } from './roomProxy.ts'
import type { Deps } from './types.ts'

const PATH = /^\/v1\/agent-sessions\/([^/]+)\/(live|cdp)\/?$/
const MAX_NAME = 100
const MAX_USER_AGENT = 300
const CLOSE_TIMEOUT_MS = 1_000
/** People are told of an agent that stands still after once or twice that. */
const AGENT_HEARTBEAT_MS = 3_000

const CLOSE_CODES: Partial<Record<ErrorCode, number>> = {
  'auth/missing': CLOSE.unauthorized,
  'auth/invalid': CLOSE.unauthorized,
  'auth/expired': CLOSE.unauthorized,
  'auth/revoked': CLOSE.unauthorized,
  'auth/used': CLOSE.unauthorized,
  'auth/kicked': CLOSE.kicked,
  'auth/forbidden': CLOSE.forbidden,
  'auth/origin': CLOSE.forbidden,
  'session/not-found': CLOSE.notFound,
  'session/closed': CLOSE.sessionClosed,
  'session/viewer-limit': CLOSE.full,
  'server/shutting-down': CLOSE.shuttingDown,
}

/** Takes the upgrades of the HTTP server. Returns the undo: all sockets are ended. */
export function addSockets(server: Server, { config, auth, audit, store, cluster, sessions, metrics, nodes, reach }: Deps, log: Logger): () => void {
  const live = new WebSocketServer({
    noServer: true,
    maxPayload: LIVE_MAX_MESSAGE_BYTES,
    perMessageDeflate: false,
    handleProtocols: (offered) => (offered.has(LIVE_SUBPROTOCOL) ? LIVE_SUBPROTOCOL : false),
  })
  const cdp = new WebSocketServer({ noServer: true, maxPayload: GATEWAY_MAX_MESSAGE_BYTES, perMessageDeflate: false })

  const judge = (request: IncomingMessage): OriginVerdict => judgeOrigin(request.headers.origin, reach(request).host, config, cluster.origins)

  /** `owner`: another server that has the session. */
  async function admit(
    request: IncomingMessage,
    url: URL,
    id: string,
    resume: string | null = null,
  ): Promise<{ principal: Principal; session: Session } | { principal: Principal; owner: Peer }> {
    const owner = sessions.find(id) || request.headers[FORWARDED_HEADER] !== undefined ? null : await sessions.ownerOf(id)
    const proof = resume === null ? null : { sessionId: id, token: resume }
    // A viewer is sent to the owner with the link as it is, an agent with a token that says what was opened here.
    const opens = owner === null || url.pathname.endsWith('/cdp')
    const principal = await authenticate(auth, request, judge(request), url.searchParams.get('token'), { resume: proof, opens })
    principal.address = reach(request).address
    assertScope(principal, id)
    return owner ? { principal, owner } : { principal, session: await sessions.get(id) }
  }

  async function admitViewer(
    request: IncomingMessage,
    url: URL,
    id: string,
  ): Promise<{ principal: Principal; session: Session; viewerId: string | null } | { owner: Peer }> {
    const resume = url.searchParams.get('resume')
    const admitted = await admit(request, url, id, resume)
    if ('owner' in admitted) return admitted
    const { principal, session } = admitted
    const viewerId = resume === null ? null : auth.readResumeToken(id, resume, principal)
    if (viewerId !== null && (await store.kicks.has(viewerId))) throw new TandemError('auth/kicked')
    return { principal, session, viewerId }
  }

  function refused(request: IncomingMessage, id: string | null, error: unknown): void {
    const { code } = toWireError(error)
    metrics.socketRefused(code)
    if (!code.startsWith('auth/') || code === 'auth/missing') return
    audit.refused(actorOf(null, reach(request).address), id, { code, method: 'UPGRADE', path: request.url?.replace(/\?.*$/, '') })
  }

  async function acceptLive(request: IncomingMessage, socket: Duplex, head: Buffer, url: URL, id: string): Promise<void> {
    const offered = request.headers['sec-websocket-protocol']?.split(',').map((protocol) => protocol.trim())
    if (!offered?.includes(LIVE_SUBPROTOCOL)) throw new TandemError('request/invalid', `Offer the WebSocket subprotocol ${LIVE_SUBPROTOCOL}.`)
    const outcome = await admitViewer(request, url, id).catch((error: unknown) => ({ error }))
    const path = url.pathname + url.search
    const moved = 'owner' in outcome && url.searchParams.has('token') ? movedReason(outcome.owner, path) : null
    if ('owner' in outcome && moved === null) {
      const { address } = reach(request)
      return relay({ request, socket, head, owner: outcome.owner, path, serverId: cluster.id, address }, (error) => refuse(socket, error))
    }
    live.handleUpgrade(request, socket, head, (webSocket) => {
      if ('error' in outcome) {
        refused(request, id, outcome.error)
        return closeWith(webSocket, outcome.error)
      }
      if ('owner' in outcome) {
        webSocket.on('error', () => undefined)
        return webSocket.close(CLOSE.moved, moved ?? '')
      }
      const { session, principal, viewerId } = outcome
      // Not before: of many who come at once only so many may pass.
      const problem = noRoom(session, principal, viewerId)
      if (problem) {
        refused(request, id, problem)
        return closeWith(webSocket, problem)
      }
      keepAlive(webSocket, config.heartbeatMs, 'cut')
      const userAgent = request.headers['user-agent']?.slice(0, MAX_USER_AGENT) ?? null
      const arrival = { principal, address: principal.address, userAgent, base: reach(request).base }
      new LiveSocket({ session, auth, audit, socket: webSocket, wire: socket, arrival, name: readName(url), viewerId })
    })
  }

  async function acceptCdp(request: IncomingMessage, socket: Duplex, head: Buffer, url: URL, id: string): Promise<void> {
    const admitted = await admit(request, url, id)
    const { principal } = admitted
    assertAllowed(principal, 'agent')
    if ('owner' in admitted) return redirect(socket, admitted.owner, url.pathname + url.search, await auth.mintForUrl(principal, 'agent', id))
    const { session } = admitted
    const { gateway } = session
    cdp.handleUpgrade(request, socket, head, (webSocket) => {
      webSocket.on('error', (error) => session.log.debug({ err: error }, 'a CDP socket failed'))
      webSocket.once(
        'close',
        auth.watch(principal, (reason) => endSocket(webSocket, CLOSE.unauthorized, reason)),
      )
      const name = readName(url) ?? agentName(request.headers['user-agent'])
      const id = `agc_${crypto.randomUUID()}`
      gateway.accept(webSocket, { id, name, credential: credentialOf(principal) })
      // Never cut: an agent that stands at a breakpoint answers nothing and comes back.
      keepAlive(webSocket, Math.min(config.heartbeatMs, AGENT_HEARTBEAT_MS), (isSilent) => gateway.setSilent(id, isSilent))
    })
  }

  function onUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', (error) => log.debug({ err: error }, 'a socket failed before its upgrade'))
    const run = async (): Promise<void> => {
      // What a stranger sends need not parse (`//`), and nobody catches what is thrown out of an event.
      const url = URL.parse(withoutBase(request.url ?? '/', config.publicUrl), 'http://localhost')
      if (!url) throw new TandemError('request/malformed', 'The address of the upgrade cannot be read.')
      // Before the origin is looked at: a token of LiveKit's opens it and no cookie does, as with any LiveKit server.
      if (isRoomPath(url.pathname)) return passToLiveKit({ request, socket, head, url, target: nodes.ownUrl }, (error) => refuse(socket, error))
      const [, id, kind] = PATH.exec(url.pathname) ?? []
      if (judge(request) === 'refused') throw new TandemError('auth/origin', undefined, { origin: request.headers.origin })
      if (id === undefined) throw new TandemError('request/not-found', `There is no WebSocket at ${url.pathname}.`)
      await (kind === 'live' ? acceptLive(request, socket, head, url, id) : acceptCdp(request, socket, head, url, id))
    }
    run().catch((error: unknown) => {
      if (!isTandemError(error)) log.error({ err: error }, 'an upgrade failed')
      refused(request, null, error)
      refuse(socket, error)
    })
  }

  server.on('upgrade', onUpgrade)
  return () => {
    server.off('upgrade', onUpgrade)
    for (const client of [...live.clients, ...cdp.clients]) client.terminate()
  }
}

/** A client that does not answer the close is cut off: its commands must not go on meanwhile either. */
function endSocket(socket: WebSocket, code: number, reason: string): void {
  socket.removeAllListeners('message')
  socket.close(code, reason)
  setTimeout(() => socket.terminate(), CLOSE_TIMEOUT_MS).unref()
}

/** Why a viewer cannot join now. Whoever is back takes no new place, and the owner always gets in. */
function noRoom(session: Session, principal: Principal, viewerId: string | null): TandemError | null {
  if (session.closed) return new TandemError('session/closed')
  const isBack = viewerId !== null && session.watchers.get(viewerId) !== undefined
  const { maxViewers } = session.row
  if (isBack || allows(principal.role, 'admin') || session.watchers.size < maxViewers) return null
  return new TandemError('session/viewer-limit', undefined, { max_viewers: maxViewers })
}

/** A refusal that a page can read: the code, and the error's code as the reason. */
function closeWith(socket: WebSocket, error: unknown): void {
  const { code, closed_reason } = toWireError(error)
  socket.on('error', () => undefined)
  // A server that is away may come back; a session that was closed for it does not.
  const over = code === 'session/server-lost' && typeof closed_reason === 'string'
  socket.close(over ? CLOSE.sessionClosed : (CLOSE_CODES[code] ?? CLOSE.shuttingDown), code)
}

function refuse(socket: Duplex, error: unknown): void {
  const problem = toProblem(error)
  const body = JSON.stringify(problem)
  socket.end(
    `HTTP/1.1 ${problem.status} ${problem.title}\r\nContent-Type: application/problem+json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  )
}

function readName(url: URL): string | null {
  const name = url.searchParams.get('name')?.trim()
  return name ? name.slice(0, MAX_NAME) : null
}

function agentName(userAgent: string | undefined): string {
  return userAgent?.split(/[\s/]/)[0]?.slice(0, MAX_NAME) || 'Agent'
}
