/** What somebody who may only watch is not told: the parts of addresses that let one in. */

const ADDRESS = /\b(?:https?|wss?):\/\/[^\s"'<>]+/g
const SECRET_NAME = /token|secret|key|pass|pwd|auth|code|session|sig|credential|otp|jwt|ticket|assertion|state|nonce/i
const HIDDEN = '…'

/** The same value with user names, passwords, fragments and telling query values taken out of every address in it. */
export function withoutSecrets<T>(value: T): T {
  // The shape stays as it is: only texts change.
  return walk(value) as T
}

function walk(value: unknown): unknown {
  if (typeof value === 'string') return value.replace(ADDRESS, redactAddress)
  if (Array.isArray(value)) return value.map(walk)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, walk(inner)]))
}

function redactAddress(text: string): string {
  const url = URL.parse(text)
  if (!url) return text
  url.username = ''
  url.password = ''
  // At once: each change of one alone would write the whole address anew, and a page may give it thousands.
  const told = [...url.searchParams].map(([name, value]) => [name, SECRET_NAME.test(name) ? HIDDEN : value])
  if (told.some(([, value]) => value === HIDDEN)) url.search = new URLSearchParams(told).toString()
  // A route of a page (`#/cart`) may stay; what an identity provider hands over does not.
  if (url.hash.includes('=')) url.hash = HIDDEN
  return url.href.replaceAll(encodeURIComponent(HIDDEN), HIDDEN)
}
