/**
 * Our own LiveKit server listens on loopback; its clients reach its signalling through us, at `<base>/livekit`, so that
 * one port, one certificate and one proxy serve both. Bytes are passed on as they are; who may join is LiveKit's to say,
 * by the token. Its API (`/twirp`) is not passed on. Pictures and sound go by UDP, past all this.
 */
import { request as ask } from 'node:http'
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { TandemError } from '@tandem/protocol'
import { joinUpgrade } from '../cluster/relay.ts'
import { LIVEKIT_PATH } from '../rooms/nodes.ts'

/** What livekit-client appends to its server's address: the older and the newer way in. */
const SIGNALLING = /^\/livekit(\/rtc(?:\/v1)?)\/?$/
/** One that does not answer is stuck: its clients are told, rather than kept. */
const ANSWER_LIMIT_MS = 10_000
const FORWARDED = ['sec-websocket-key', 'sec-websocket-version', 'sec-websocket-protocol', 'sec-websocket-extensions', 'user-agent', 'authorization'] as const

export function isRoomPath(path: string): boolean {
  return SIGNALLING.test(path)
}

/** Joins both ends. `onError` is called instead when there is no LiveKit server. @param target `ws://127.0.0.1:<port>`, or null */
export function passToLiveKit(
  { request, socket, head, url, target }: { request: IncomingMessage; socket: Duplex; head: Buffer; url: URL; target: string | null },
  onError: (error: TandemError) => void,
): void {
  if (target === null) return onError(new TandemError('room/unavailable'))
  const headers: Record<string, string | string[]> = { connection: 'Upgrade', upgrade: 'websocket' }
  for (const name of FORWARDED) {
    const value = request.headers[name]
    if (value !== undefined) headers[name] = value
  }
  const outgoing = ask(toLiveKit(target, url), { headers })
  const limit = setTimeout(() => outgoing.destroy(new Error('no answer')), ANSWER_LIMIT_MS)
  for (const event of ['error', 'response', 'upgrade', 'close'] as const) outgoing.once(event, () => clearTimeout(limit))
  outgoing.once('error', () => onError(new TandemError('room/unavailable', 'The LiveKit server did not take the connection; try again.')))
  joinUpgrade(outgoing, socket, head)
}

/** The same address at the LiveKit server. */
export function toLiveKit(target: string, { pathname, search }: Pick<URL, 'pathname' | 'search'>): URL {
  return new URL(pathname.slice(LIVEKIT_PATH.length) + search, target.replace(/^ws/, 'http'))
}
