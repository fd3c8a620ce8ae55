/** The Content-Security-Policy of our pages: their own scripts and styles, sockets to this server, those that share its database and the LiveKit servers of rooms, pictures and video made in the page; nothing from elsewhere. */
const policy = (frameAncestors: string, servers: readonly string[]): string =>
  [
    "default-src 'self'",
    ...(servers.length > 0 ? [`connect-src 'self' ${servers.flatMap((origin) => [origin, origin.replace(/^http/, 'ws')]).join(' ')}`] : []),
    "img-src 'self' data: blob: https:",
    "media-src 'self' blob: mediastream:",
    "style-src 'self' 'unsafe-inline'",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    `frame-ancestors ${frameAncestors}`,
  ].join('; ')

/** `servers`: origins of the other servers, where sessions of our lists are, and of LiveKit servers, where their rooms are. */
export const pagePolicy = (servers: readonly string[]): string => policy("'self'", servers)

const LOOPBACK = ['http://localhost:*', 'http://127.0.0.1:*', 'https://localhost:*', 'https://127.0.0.1:*']

/** For the page that is made to be framed: by the pages that may use this server, which are this machine's and the configured ones. */
export const framedBy = (origins: readonly string[], servers: readonly string[]): string => policy(["'self'", ...LOOPBACK, ...origins].join(' '), servers)
