/**
 * Every error that Tandem answers with, in one table: its HTTP status, whether the same call may
 * succeed later, and what the caller does next. REST wraps an error in RFC 9457 problem details,
 * the live socket in `{id, error}`. `docs/errors.md` is generated from this table.
 */
interface ErrorSpec {
  /** HTTP status of the REST answer. */
  status: number
  /** The same call may succeed later without being changed. */
  retry: boolean
  /** What happened, in a few words. */
  title: string
  /** What the caller does next. */
  fix: string
}

const spec = (status: number, retry: boolean, title: string, fix: string): ErrorSpec => ({ status, retry, title, fix })

export const ERRORS = {
  'request/malformed': spec(400, false, 'The message is not valid JSON', 'Send one JSON object.'),
  'request/invalid': spec(400, false, 'The request does not match its schema', 'Correct the fields named in `issues`; /openapi.json has the schema.'),
  'request/too-large': spec(413, false, 'The message is over the size limit', 'Send less at once; the limit is in `limit_bytes`.'),
  'request/unknown-method': spec(404, false, 'No such method', 'See docs/live.md for the methods of this protocol version.'),
  'request/not-found': spec(404, false, 'No such route', 'See /openapi.json for the routes.'),
  'request/rate-limited': spec(429, true, 'Too many requests', 'Wait `retry_after_ms` and send fewer.'),
  'auth/missing': spec(401, false, 'A credential is needed', 'Send `Authorization: Bearer <api key or token>`, or open the link that `tandem link` prints.'),
  'auth/invalid': spec(401, false, 'The credential is not valid', 'Use a token of this server; `tandem link` prints a fresh link.'),
  'auth/expired': spec(401, false, 'The token has expired', 'Ask for a new token or link.'),
  'auth/revoked': spec(401, false, 'The token was revoked', 'Ask the owner of the session for a new link.'),
  'auth/forbidden': spec(403, false, 'This credential may not do that', 'Use a credential with the role named in `needs`.'),
  'auth/origin': spec(403, false, 'Requests from this origin are refused', 'Add the origin to TANDEM_ORIGINS, or open the dashboard from the server itself.'),
  'auth/used': spec(401, false, 'The link was used already', 'It worked once only; ask for a new one.'),
  'auth/kicked': spec(403, false, 'Your watching was ended', 'Ask the owner of the session for a new link.'),
  'token/not-found': spec(404, false, 'No such link in this session', 'List the links of the session; expired ones are forgotten.'),
  'viewer/not-found': spec(404, false, 'Nobody of this id watches', 'List the viewers of the session; this one has left already.'),
  'key/not-found': spec(404, false, 'No such API key', 'List the keys; revoked ones stay listed.'),
  'key/last': spec(409, false, 'This key comes from the server itself', 'It is TANDEM_API_KEY or the file `api-key` of the data directory; change it there.'),
  'profile/in-use': spec(409, true, 'Another session uses this profile', 'Close the session named in `session_id`, or use another profile.'),
  'profile/not-found': spec(404, false, 'No such profile', 'A session with `profile` makes one.'),
  'webhook/not-found': spec(404, false, 'No such webhook or delivery', 'List them.'),
  'webhook/url-refused': spec(
    403,
    false,
    'This webhook address may not be called',
    'Use an https URL of a public host; TANDEM_WEBHOOK_PRIVATE=1 allows private addresses and http.',
  ),
  'session/not-found': spec(404, false, 'No such session', 'List the sessions; ids look like agt_<uuid>.'),
  'session/closed': spec(409, false, 'The session is closed', 'Create a new session.'),
  'session/misdirected': spec(421, true, 'Another server has the browser of this session', 'Send the same request to `url`.'),
  'session/server-lost': spec(
    503,
    true,
    'The server that had the browser of this session is gone',
    'Create a new session; one with a named profile keeps its logins.',
  ),
  'session/viewer-limit': spec(
    429,
    true,
    'The session has as many viewers as it may',
    'Wait until somebody leaves, or raise `max_viewers` of the session or TANDEM_MAX_VIEWERS.',
  ),
  'session/limit': spec(429, true, 'The server runs as many sessions as it may', 'Close a session, or raise TANDEM_MAX_SESSIONS.'),
  'browser/not-installed': spec(503, false, 'No Chromium was found', 'Run `npm start`, which installs one, or set CHROMIUM_PATH.'),
  'browser/launch-failed': spec(503, true, 'Chromium did not start', 'Read the detail; `CHROMIUM_PATH` must point to Chromium 150 or newer.'),
  'browser/crashed': spec(503, true, 'The browser crashed and is being restarted', 'Try again when `session.changed` says that it is active.'),
  'browser/url-refused': spec(403, false, 'This URL may not be opened', 'Open an http(s) URL, data: or about:blank; TANDEM_ALLOWED_SCHEMES can allow more.'),
  'browser/navigation-failed': spec(502, true, 'The page could not be opened', 'Check the address and the network of the server.'),
  'browser/tab-not-found': spec(404, false, 'No such tab', 'Use a tab id from `tab.listChanged`.'),
  'browser/tab-limit': spec(409, true, 'The session has as many tabs as it may', 'Close a tab.'),
  'browser/method-failed': spec(502, false, 'Chromium refused the command', 'Read the detail.'),
  'browser/timeout': spec(504, true, 'The browser did not answer in time', 'Try again; a page that hangs can be closed with its tab.'),
  'control/human-driving': spec(409, true, 'A human drives this browser', 'Wait for the handback, then look at the page again before you act.'),
  'control/agent-driving': spec(409, false, 'The agent drives this browser', 'Take control first.'),
  'control/stale-epoch': spec(409, true, 'The driver has changed since', 'Use the epoch of the last `control.changed`.'),
  'control/not-holder': spec(409, false, 'Somebody else has control', 'Ask the holder for control.'),
  'control/conflict': spec(409, true, 'Another viewer was faster', 'Ask the winner, named in `winner_client_id`, for control.'),
  'control/observe-first': spec(
    409,
    true,
    'The page may have changed while a human drove',
    'Look at the page (snapshot, screenshot or any read), then repeat the command.',
  ),
  'control/invalid-transition': spec(409, false, 'Control cannot change like that from its present state', 'Read `from`; wait for the next `control.changed`.'),
  'control/mode': spec(409, false, 'The mode of this session does not allow that', 'Change the mode with POST …/mode.'),
  'control/no-request': spec(404, false, 'No such request for control', 'It was answered, withdrawn or has expired.'),
  'human-request/not-found': spec(404, false, 'No such request to a human', 'It was answered, cancelled or has expired.'),
  'human-request/timeout': spec(504, true, 'No human answered in time', 'Go on without, or ask again with a longer timeout_ms.'),
  'gateway/method-refused': spec(403, false, 'The gateway does not pass this CDP method', 'See docs/gateway.md for what an agent may call.'),
  'gateway/target-hidden': spec(404, false, 'No such target', 'Use a target from Target.getTargets.'),
  'media/unavailable': spec(503, true, 'No live picture can be made at the moment', 'The detail says why; the viewer tries again by itself.'),
  'media/rung-unavailable': spec(
    409,
    true,
    'This way to the picture cannot be had at the moment',
    'The detail says why; take another rung. `media.rungs` tells when this one is back.',
  ),
  'media/no-peer': spec(404, false, 'No such peer', 'Start again with `media.start`.'),
  'room/unavailable': spec(
    503,
    true,
    'No LiveKit server is there for this session',
    'Everything else works without one. Install Go and start again (it is then built once), put `livekit-server` on PATH, set LIVEKIT_URL, LIVEKIT_API_KEY and LIVEKIT_API_SECRET, or register one with POST /v1/nodes/register.',
  ),
  'room/secret-unreadable': spec(
    503,
    false,
    'The stored secret of this LiveKit server cannot be read',
    'The key that sealed it is gone or another one: bring back TANDEM_SECRET_KEY or the file `secret-key` of the data directory, or register the node again with POST /v1/nodes/register.',
  ),
  'room/not-active': spec(403, false, 'This session is not active', 'A closed or paused session has no room to join; see its `status`.'),
  'node/not-found': spec(404, false, 'No such node', 'List the nodes with GET /v1/nodes.'),
  'node/exists': spec(409, false, 'A node of this id exists already', 'Use POST /v1/nodes/register to change its LiveKit server.'),
  'node/in-use': spec(409, true, 'Sessions are on this node', 'Drain it (POST /v1/nodes/{id}/control) and wait for its sessions to end, or close them.'),
  'node/own': spec(409, false, 'This node comes from the server itself', 'It is started by the server or named by LIVEKIT_URL; change it there.'),
  'dialog/not-found': spec(404, false, 'No such dialog', 'It was answered already.'),
  'file/not-found': spec(404, false, 'No such file', 'List the downloads or upload the file again.'),
  'file/too-large': spec(413, false, 'The file is over the size limit', 'The limit is in `limit_bytes`.'),
  'store/failed': spec(
    503,
    true,
    'The database did not do what was asked',
    'See that the database runs (DATABASE_URL), or look at the disk and the permissions of TANDEM_DATA_DIR.',
  ),
  'store/locked': spec(503, false, 'Another Tandem server uses this data directory', 'Stop the other server, or set another TANDEM_DATA_DIR.'),
  'server/shutting-down': spec(503, true, 'The server is shutting down', 'Try again in a few seconds.'),
  'server/overloaded': spec(503, true, 'The server has no room for that now', 'Try again later.'),
  'server/internal': spec(500, true, 'Something broke in the server', 'Report it with the `request_id`.'),
} as const satisfies Record<string, ErrorSpec>

export type ErrorCode = keyof typeof ERRORS

/** The one error class of Tandem; compare `code`, never the text and never `instanceof` across packages. */
export class TandemError extends Error {
  readonly code: ErrorCode
  /** Machine-readable extras (`winner_client_id`, `needs`, `issues`, …): extension members of the problem. */
  readonly details: Readonly<Record<string, unknown>>

  constructor(code: ErrorCode, message?: string, details: Record<string, unknown> = {}, options?: ErrorOptions) {
    super(message ?? `${ERRORS[code].title}. ${ERRORS[code].fix}`, options)
    this.name = 'TandemError'
    this.code = code
    this.details = details
  }

  get status(): number {
    return ERRORS[this.code].status
  }

  get retry(): boolean {
    return ERRORS[this.code].retry
  }
}

export function isTandemError(error: unknown): error is TandemError {
  return error instanceof Error && 'code' in error && isErrorCode(error.code) && 'details' in error
}

export function isErrorCode(value: unknown): value is ErrorCode {
  return typeof value === 'string' && Object.hasOwn(ERRORS, value)
}

/** How an error travels in JSON, on the live socket and (with `type`, `title`, `status`) in REST. */
export interface WireError {
  code: ErrorCode
  message: string
  retry: boolean
  [extra: string]: unknown
}

/** An error in its wire form; anything that is no TandemError becomes `server/internal` without its text, which may hold secrets. */
export function toWireError(error: unknown): WireError {
  const known = isTandemError(error) ? error : new TandemError('server/internal')
  return { ...known.details, code: known.code, message: known.message, retry: ERRORS[known.code].retry }
}

export function fromWireError(wire: WireError): TandemError {
  const { code, message, retry: _retry, ...details } = wire
  return new TandemError(isErrorCode(code) ? code : 'server/internal', message, details)
}

/** RFC 9457 problem details. */
export function toProblem(error: unknown): WireError & { type: string; title: string; status: number; detail: string; fix: string } {
  const { message, ...wire } = toWireError(error)
  const { title, status, fix } = ERRORS[wire.code]
  return { ...wire, message, type: `urn:tandem:error:${wire.code}`, title, status, detail: message, fix }
}
