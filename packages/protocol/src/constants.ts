/** What both sides agree on without a schema: a page that imports only this carries no zod. */
export const LIVE_SUBPROTOCOL = 'tandem.v1'
/** A larger message closes the socket with CLOSE.tooLarge. */
export const LIVE_MAX_MESSAGE_BYTES = 2 * 1024 * 1024

/** WebSocket close codes of the live socket and the gateway. */
export const CLOSE = {
  goodbye: 1000,
  leaving: 1001,
  tooLarge: 1009,
  malformed: 4400,
  unauthorized: 4401,
  forbidden: 4403,
  /** Somebody who may ended this viewer's watching. */
  kicked: 4406,
  /** Another server has the browser: the reason is the URL to connect to. */
  moved: 4307,
  notFound: 4404,
  /** The same viewer (its resume token) connected anew: this socket is done, do not reconnect it. */
  replaced: 4409,
  sessionClosed: 4410,
  /** As many watch as may: somebody has to leave first. */
  full: 4423,
  tooManyErrors: 4429,
  tooSlow: 4408,
  shuttingDown: 4503,
} as const

/** `ai`: humans watch; `manual`: no agent; `pair`: by turns; `shared`: both at once. */
export const MODES = ['ai', 'manual', 'pair', 'shared'] as const

/** `view` watches, `control` may take the wheel, `agent` drives through the gateway, `admin` does everything. */
export const ROLES = ['view', 'control', 'agent', 'admin'] as const

/** Viewports by name, CSS pixels. */
export const DEVICES = {
  desktop: { width: 1280, height: 720, scale: 1, touch: false, mobile: false },
  '1080p': { width: 1920, height: 1080, scale: 1, touch: false, mobile: false },
  phone: { width: 402, height: 874, scale: 3, touch: true, mobile: true },
} as const

/** The rungs of the ladder, best first. TURN is a route of `webrtc`, not a rung of its own; `room` is a LiveKit room. */
export const TRANSPORTS = ['webrtc', 'room', 'websocket', 'jpeg', 'screenshots'] as const
export type Transport = (typeof TRANSPORTS)[number]

/** `auto`: as good as the network gives. */
export const QUALITIES = ['low', 'medium', 'high', 'auto'] as const
export type Quality = (typeof QUALITIES)[number]

/** What each quality may take at most: device pixels of the picture, kbit/s. The picture keeps its proportions. */
export const QUALITY_LIMITS = {
  low: { width: 640, height: 360, kbps: 500 },
  medium: { width: 1280, height: 720, kbps: 1_500 },
  high: { width: 1280, height: 720, kbps: 3_000 },
} as const

/** So many viewers of a session get a peer each; the rest watch in its room, or share one encode. */
export const PEER_VIEWERS = 3
/** For all viewers of a session together: a key frame is asked for at most this often. */
export const KEY_FRAME_EVERY_MS = 500

/** The identity of the browser in its room; nobody else gets a token for it. */
export const BROWSER_IDENTITY = 'tandem-browser'
/** Identities of viewers of ours, whose input comes over the live socket: `viewer-` and the viewer's id. */
export const VIEWER_IDENTITY_PREFIX = 'viewer-'
/** Identities that REST hands out: `customer-` and a UUID. */
export const CUSTOMER_IDENTITY_PREFIX = 'customer-'
export const BROWSER_VIDEO_TRACK = 'browser-video'
export const BROWSER_AUDIO_TRACK = 'browser-audio'

/** The whole packet, bytes of UTF-8. */
export const ROOM_PACKET_MAX_BYTES = 16 * 1024
