/**
 * Sockets for a session of another server. A viewer with a token in its address is told where to go, an agent gets a
 * redirect; whoever came by a cookie, which is good on this server alone, is joined with the owner through us, byte by
 * byte. Neighbours: `forward.ts` for requests, `http/sockets.ts` above.
 */
import type { ClientRequest, IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { TandemError } from '@tandem/protocol'
import type { Peer } from './cluster.ts'
import { addressAt, ask, headersFor, unreachable } from './forward.ts'

/** All that a close frame's reason may hold. */
const REASON_MAX_BYTES = 123

/** The address of the same socket on its server, without a query; null when it is too long for a reason. */
export function movedReason(owner: Peer, path: string): string | null {
  const url = addressAt(owner, path)
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:'
  url.search = ''
  return Buffer.byteLength(url.href) > REASON_MAX_BYTES ? null : url.href
}

/** Where an agent's client connects instead: clients follow it without their header, so the address has a token of its own. */
export function redirect(socket: Duplex, owner: Peer, path: string, token: string): void {
  const url = addressAt(owner, path)
  url.searchParams.set('token', token)
  socket.end(`HTTP/1.1 307 Temporary Redirect\r\nLocation: ${url.href}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`)
}

/** Joins both ends. `onError` is called instead when the owner cannot be reached. */
export function relay(
  options: { request: IncomingMessage; socket: Duplex; head: Buffer; owner: Peer; path: string; serverId: string; address: string },
  onError: (error: TandemError) => void,
): void {
  const { request, socket, head, owner, path, serverId, address } = options
  const passedOn = headersFor(request, serverId, address, null)
  // A token in the address is looked at before a cookie: it stays the credential.
  if (request.headers.authorization === undefined && addressAt(owner, path).searchParams.has('token')) delete passedOn['authorization']
  const headers = { ...passedOn, connection: 'Upgrade', upgrade: 'websocket' }
  const outgoing = ask(addressAt(owner, path), { method: 'GET', headers })
  outgoing.once('error', (error) => onError(unreachable(owner, error)))
  joinUpgrade(outgoing, socket, head)
}

/** Sends an upgrade on and joins both ends, byte by byte; a refusal is passed on as it came. The caller hears `error`. */
export function joinUpgrade(outgoing: ClientRequest, socket: Duplex, head: Buffer): void {
  outgoing.once('response', (response) => {
    socket.write(headOf(response))
    response.pipe(socket)
  })
  outgoing.once('upgrade', (response, other, otherHead) => {
    socket.write(headOf(response))
    socket.write(otherHead)
    other.write(head)
    other.on('error', () => socket.destroy())
    other.once('close', () => socket.destroy())
    socket.once('close', () => other.destroy())
    socket.pipe(other)
    other.pipe(socket)
  })
  socket.once('close', () => outgoing.destroy())
  outgoing.end()
}

/** The head of an answer as it came, to be passed on. */
function headOf({ statusCode, statusMessage, rawHeaders }: IncomingMessage): string {
  const lines = [`HTTP/1.1 ${statusCode} ${statusMessage}`]
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) lines.push(`${rawHeaders[index]}: ${rawHeaders[index + 1]}`)
  return `${lines.join('\r\n')}\r\n\r\n`
}
