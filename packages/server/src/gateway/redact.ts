/** Takes bodies, cookies and authorization out of events that must go on while a human drives. */
const SECRET_HEADERS = /^(cookie2?|set-cookie2?|authorization|proxy-authorization|x-.*(token|auth|key|session|csrf|secret).*)$/i
/** Fields of Network and Fetch events that hold what a human typed, or what proves who he is. */
const SECRET_FIELDS = new Set([
  'postData',
  'postDataEntries',
  'associatedCookies',
  'blockedCookies',
  'exemptedCookies',
  'headersText',
  'requestHeadersText',
  'data',
  'body',
])
const HEADER_FIELDS = new Set(['headers', 'requestHeaders', 'responseHeaders'])
export const REDACTED = '[redacted by tandem]'

/** A copy without secrets, of the params of an event. */
export function redactEvent(params: Record<string, unknown>): Record<string, unknown> {
  return redactObject(params, 0)
}

function redactObject(object: Record<string, unknown>, depth: number): Record<string, unknown> {
  const copy: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(object)) {
    if (SECRET_FIELDS.has(name)) {
      // Lists that clients count on stay lists.
      if (Array.isArray(value)) copy[name] = []
    } else copy[name] = HEADER_FIELDS.has(name) ? redactHeaders(value) : isObject(value) && depth < 4 ? redactObject(value, depth + 1) : value
  }
  return copy
}

/** Headers come as an object (Network) or as a list of name and value (Fetch). */
function redactHeaders(headers: unknown): unknown {
  if (Array.isArray(headers)) {
    return headers.map((entry: unknown) =>
      isObject(entry) && typeof entry['name'] === 'string' && SECRET_HEADERS.test(entry['name']) ? { ...entry, value: REDACTED } : entry,
    )
  }
  if (!isObject(headers)) return headers
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, SECRET_HEADERS.test(name) ? REDACTED : value]))
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
