/**
 * Which addresses a tab may open: the one place that decides, for humans and agents alike.
 * Knows nothing of CDP; the gateway, the tabs and the REST routes all ask here before they navigate.
 */
import { TandemError } from '@tandem/protocol'

const DEFAULT_SCHEMES = ['http', 'https', 'data', 'blob'] as const
const ABOUT_PAGES = new Set(['blank', 'srcdoc'])
/** What may be a host. There is one way alone to match it: an agent's address may have megabytes, and all sessions wait while it is read. */
const HOST = /^(?:(\[[0-9a-f:.]+\])|([^\s/?#:@]+))(?=[:/?#]|$)/i
const PORT = /^:\d{1,5}([/?#]|$)/
const SCHEME = /^([a-z][a-z0-9+.-]*):/i
const LOCAL_HOST = /^(localhost|[^/?#:]+\.localhost|\d{1,3}(\.\d{1,3}){3}|\[[0-9a-f:.]+\])([:/?#]|$)/i
/** As Chromium says it: clients and their users look for these words. */
const INVALID = 'Cannot navigate to invalid URL'

function refuse(url: string, why: string): never {
  throw new TandemError('browser/url-refused', why, { url: url.slice(0, 200) })
}

/**
 * The address in the form in which Chromium opens it. A bare host gets `https://`, a local one or an IP
 * address `http://`. Throws `browser/url-refused` with a text that says what to do.
 * @param allowedSchemes Schemes to allow beside http, https, data, blob and about:blank, as `file`.
 * @example assertUrlAllowed('example.com') // 'https://example.com/'
 */
export function assertUrlAllowed(url: string, allowedSchemes: readonly string[] = []): string {
  // As the URL standard does: control characters at the ends go, tabs and line ends go everywhere, so that none hides a scheme.
  const text = trimmed(url).replace(/[\t\n\r]/g, '')
  if (text === '') refuse(url, `${INVALID}: it is empty. Write one like https://example.com.`)
  const scheme = beginsWithHostAndPort(text) ? undefined : SCHEME.exec(text)?.[1]?.toLowerCase()
  if (scheme === undefined) return parse(url, withScheme(url, text)).href
  const parsed = parse(url, text)
  if (scheme === 'about' && ABOUT_PAGES.has(parsed.pathname)) return parsed.href
  const allowed = [...DEFAULT_SCHEMES, ...allowedSchemes.map((name) => name.toLowerCase().replace(/:(\/\/)?$/, ''))]
  if (!allowed.includes(scheme)) {
    const hint = /^[^:]+:\d/.test(text) ? ` For a host with a port write http://${text.slice(0, 100)}.` : ''
    refuse(url, `Addresses with ${scheme}: may not be opened. Open an http or https address.${hint} TANDEM_ALLOWED_SCHEMES can allow more.`)
  }
  return parsed.href
}

function withScheme(url: string, text: string): string {
  const rest = text.replace(/^\/\//, '')
  if (LOCAL_HOST.test(rest)) return `http://${rest}`
  if (hostOf(rest) !== null) return `https://${rest}`
  return refuse(url, `${INVALID}: "${text.slice(0, 100)}" is not an address. Write one like https://example.com, or http:// before a host without a dot.`)
}

/** `localhost:3000` parses as a URL of scheme `localhost`; with a host-like name in front of the port it is an address. */
function beginsWithHostAndPort(text: string): boolean {
  const host = hostOf(text)
  return host !== null && PORT.test(text.slice(host.length))
}

/** The host with which a text begins: `localhost`, an IPv6 address, or a name with a dot inside; null: it is none. */
function hostOf(text: string): string | null {
  const [, address, name = ''] = HOST.exec(text) ?? []
  if (address !== undefined) return address
  return name.toLowerCase() === 'localhost' || name.slice(1, -1).includes('.') ? name : null
}

function trimmed(text: string): string {
  const isBlank = (at: number): boolean => text.charCodeAt(at) <= 0x20
  let [from, to] = [0, text.length]
  while (from < to && isBlank(from)) from++
  while (to > from && isBlank(to - 1)) to--
  return text.slice(from, to)
}

function parse(url: string, text: string): URL {
  const parsed = URL.parse(text)
  if (!parsed) return refuse(url, `${INVALID}: "${text.slice(0, 100)}" is not an address. Write one like https://example.com.`)
  return parsed
}
