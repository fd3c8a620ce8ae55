/** Words and numbers for people. */

export function age(from: string | number, now: number): string {
  const seconds = Math.max(0, Math.floor((now - new Date(from).getTime()) / 1_000))
  if (seconds < 5) return 'now'
  if (seconds < 60) return `${seconds}s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${minutes}m`
  const hours = Math.floor(minutes / 60)
  if (hours < 24) return `${hours}h ${minutes % 60}m`
  return `${Math.floor(hours / 24)}d ${hours % 24}h`
}

/** Whole seconds until a moment, never below zero. */
export function secondsUntil(moment: string, now: number): number {
  return Math.max(0, Math.ceil((new Date(moment).getTime() - now) / 1_000))
}

export function countdown(seconds: number): string {
  return seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
}

export function clockTime(moment: string): string {
  return new Date(moment).toLocaleTimeString(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit' })
}

/** `21 Nov`, with the year when it is another one. */
export function day(moment: string, now = Date.now()): string {
  const date = new Date(moment)
  const year = date.getFullYear() === new Date(now).getFullYear() ? undefined : 'numeric'
  return date.toLocaleDateString(undefined, { day: 'numeric', month: 'short', year })
}

export function bytes(count: number): string {
  if (count < 1_000) return `${count} B`
  if (count < 1_000_000) return `${(count / 1_000).toFixed(0)} kB`
  return count < 1_000_000_000 ? `${(count / 1_000_000).toFixed(1)} MB` : `${(count / 1_000_000_000).toFixed(1)} GB`
}

export function bitrate(kbps: number): string {
  return kbps < 1_000 ? `${Math.round(kbps)} kbit/s` : `${(kbps / 1_000).toFixed(1)} Mbit/s`
}

const WEBCODECS: Record<string, string> = { av01: 'AV1', vp09: 'VP9', avc1: 'H.264', avc3: 'H.264', hev1: 'H.265', hvc1: 'H.265' }

/** `video/AV1`, `AV1`, `image/jpeg` and WebCodecs' `av01.0.05M.08` read the same. */
export function codecName(codec: string): string {
  const name = codec.replace(/^(video|image)\//i, '')
  return WEBCODECS[name.split('.')[0] ?? ''] ?? name.toUpperCase()
}

export interface AddressParts {
  before: string
  host: string
  after: string
}

/** Splits an address so that the host can stand out, as browsers do. */
export function addressParts(address: string): AddressParts {
  const url = URL.parse(address)
  if (url === null || url.host === '') return { before: '', host: address, after: '' }
  const path = `${url.pathname}${url.search}${url.hash}`
  return {
    before: url.protocol === 'https:' || url.protocol === 'http:' ? '' : `${url.protocol}//`,
    host: url.host.replace(/^www\./, ''),
    after: path === '/' ? '' : path,
  }
}

/** What somebody typed into an address field, as an address. */
export function toAddress(typed: string): string {
  const text = typed.trim()
  if (/^[a-z][a-z0-9+.-]*:/i.test(text) && !/^[^/:]+:\d+(\/|$)/.test(text)) return text
  const local = /^(localhost|\d+\.\d+\.\d+\.\d+|\[[0-9a-f:]+\])(:\d+)?(\/|$)/i.test(text)
  return `${local ? 'http' : 'https'}://${text}`
}

export function hostOf(address: string | null | undefined): string | null {
  if (address === null || address === undefined || address === '' || address === 'about:blank') return null
  const url = URL.parse(address)
  return url === null ? address : url.host.replace(/^www\./, '') || `${url.protocol}…`
}
