/**
 * Cookies that are meant for the time of the browser, carried over to its next start: Chromium forgets them when it
 * ends, and with them most logins. They lie in the profile's folder for as long as no browser has it; whoever
 * starts one takes them out. Knows no sessions; `sessions.ts` calls it around each browser's life.
 */
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { LiveBrowser } from '@tandem/browser'
import { z } from 'zod'

const FILE = 'tandem-session-cookies.json'
/** A browser that does not answer is ended without. */
const SAVE_TIMEOUT_MS = 1_000

/** Of CDP's Network.Cookie, what is needed to set it again. */
const cookieSchema = z.object({
  name: z.string(),
  value: z.string(),
  domain: z.string(),
  path: z.string(),
  secure: z.boolean(),
  httpOnly: z.boolean(),
  session: z.boolean(),
  sameSite: z.enum(['Strict', 'Lax', 'None']).optional(),
  priority: z.enum(['Low', 'Medium', 'High']).optional(),
  sourceScheme: z.enum(['Unset', 'NonSecure', 'Secure']).optional(),
  sourcePort: z.int().optional(),
  partitionKey: z.object({ topLevelSite: z.string(), hasCrossSiteAncestor: z.boolean() }).optional(),
})
type Cookie = z.infer<typeof cookieSchema>

/** Before the browser is closed. */
export async function saveSessionCookies(browser: LiveBrowser, profileDir: string): Promise<void> {
  const late = AbortSignal.timeout(SAVE_TIMEOUT_MS)
  const answer = await Promise.race([
    browser.connection.root.send('Storage.getCookies'),
    new Promise<null>((resolve) => late.addEventListener('abort', () => resolve(null))),
  ])
  const cookies = z
    .array(cookieSchema)
    .parse(answer?.cookies ?? [])
    .filter((cookie) => cookie.session)
  if (cookies.length > 0) await writeFile(join(profileDir, FILE), JSON.stringify(cookies), { mode: 0o600 })
}

/** Before its first page is opened. Taken out at once: after a crash old cookies must not come back over new ones. */
export async function restoreSessionCookies(browser: LiveBrowser, profileDir: string): Promise<void> {
  const path = join(profileDir, FILE)
  const text = await readFile(path, 'utf8').catch(() => null)
  if (text === null) return
  await rm(path, { force: true })
  await browser.connection.root.send('Storage.setCookies', { cookies: z.array(cookieSchema).parse(JSON.parse(text)).map(toParam) })
}

function toParam({ session: _session, domain, ...cookie }: Cookie) {
  // With a domain it would be for all hosts below; a cookie of one host has none, so its host is told by an address.
  const isOfHost = !domain.startsWith('.')
  return isOfHost ? { ...cookie, url: `${cookie.secure ? 'https' : 'http'}://${domain}${cookie.path}` } : { ...cookie, domain }
}
