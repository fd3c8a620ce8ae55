/** Which pages may use the server from a browser: its own, loopback ones, and those that are configured. */
import type { Config } from '../config.ts'

const LOOPBACK = /^https?:\/\/(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?$/

/**
 * `own`: the request comes from a page of this server, or from no page at all; it may use the cookie. `allowed`: from
 * another loopback page or a configured one, which must bring its own credential: browsers send cookies along to other
 * ports and from other hosts of the same site, and whoever shows one session must not speak for the person who looks at it.
 */
export type OriginVerdict = 'own' | 'allowed' | 'refused'

/** `host` as the caller asked for it; `servers` are those that share our database: their pages show our sessions. */
export function judgeOrigin(
  origin: string | undefined,
  host: string | undefined,
  { publicUrl, origins }: Pick<Config, 'publicUrl' | 'origins'>,
  servers: readonly string[] = [],
): OriginVerdict {
  if (origin === undefined) return 'own'
  if (publicUrl !== undefined && origin === new URL(publicUrl).origin) return 'own'
  // `null` (sandboxed frames, files) and extensions match nothing here.
  if (!URL.canParse(origin)) return 'refused'
  const isConfigured = origins.includes(origin)
  // Behind a rebound name the origin equals the host, so the host itself must be one that we answer to.
  if (new URL(origin).host === host && (isConfigured || isLocalHost(host))) return 'own'
  return isConfigured || LOOPBACK.test(origin) || servers.includes(origin) ? 'allowed' : 'refused'
}

/** Asked for by the loopback address itself: behind no other name, which somebody else's name server may lead here. */
export function isLoopbackHost(host: string | undefined): boolean {
  return LOOPBACK.test(`http://${host}`)
}

/** An IP address cannot be rebound by a name server; a name must be localhost or configured. */
function isLocalHost(host: string): boolean {
  const { hostname } = new URL(`http://${host}`)
  return hostname === 'localhost' || /^[\d.]+$/.test(hostname) || hostname.startsWith('[')
}
