/**
 * TURN as networks need it: over TCP where UDP is blocked, over TLS where only 443 passes, credentials that expire, a server
 * that goes and comes back. Nothing but relayed packets; coturn is real. (UDP is relay.test.ts.)
 */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { IceConfig } from '@tandem/server'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { BLUE, FORM, liveUrl } from '../client/fixture.ts'
import { makeCertificate } from '../harness/certificate.ts'
import type { TestCertificate } from '../harness/certificate.ts'
import { startCoturn } from '../harness/coturn.ts'
import type { Coturn } from '../harness/coturn.ts'
import { servePages } from '../harness/pages.ts'
import type { Pages } from '../harness/pages.ts'
import { startTestServer } from '../harness/server.ts'
import { CHROMIUM } from '../harness/screens.ts'
import { ViewerBrowser } from '../harness/viewer.ts'

/** Chromium refuses a TURN server with a certificate that no authority has signed; both ends are told to take it. */
const TRUSTING = '--ignore-certificate-errors'
/** Of credentials that a test sees expire. */
const TTL_S = 5

let certificate: TestCertificate
let coturn: Coturn
let pages: Pages
let browser: ViewerBrowser
let folder: string
let trustingChromium: string

beforeAll(async () => {
  certificate = makeCertificate()
  coturn = await startCoturn({ certificate })
  pages = await servePages()
  folder = mkdtempSync(join(tmpdir(), 'tandem-turn-'))
  trustingChromium = join(folder, 'chromium')
  writeFileSync(trustingChromium, `#!/bin/sh\nexec ${CHROMIUM} ${TRUSTING} "$@"\n`)
  chmodSync(trustingChromium, 0o755)
  browser = await ViewerBrowser.launch({ args: [TRUSTING] })
})
afterAll(async () => {
  await browser?.close()
  await pages?.close()
  await coturn?.close()
  certificate?.[Symbol.dispose]()
  rmSync(folder, { recursive: true, force: true })
})

const relayBy = (url: string, more: Partial<IceConfig> = {}): IceConfig => ({
  policy: 'relay',
  stunUrls: [],
  turnUrls: [url],
  turnUsername: undefined,
  turnCredential: undefined,
  turnSecret: coturn.secret,
  ...more,
})

for (const [name, urlOf] of [
  ['TCP', () => coturn.tcpUrl],
  ['TLS', () => coturn.tlsUrl],
] as const) {
  test(`the picture comes through TURN over ${name}, with nothing else allowed`, async () => {
    await using server = await startTestServer({ ice: relayBy(urlOf()), chromiumPath: trustingChromium })
    const session = await server.create({ initial_url: pages.set('/relayed', FORM) })
    const before = coturn.log().length
    const viewer = await browser.open(liveUrl(session))
    await viewer.untilPixel(640, 600, BLUE, 30_000)
    await viewer.until("s.status === 'live' && s.route === 'relay'", 30_000)
    // Both ends have allocated, and each over the transport that it was told.
    const log = coturn.log().slice(before)
    expect(log).toMatch(/tcp or tls connected to[\s\S]*ALLOCATE processed, success/)
    expect(log.includes('cipher=')).toBe(name === 'TLS')
    await viewer.close()
  })
}

test('credentials that expired in the middle are renewed when TURN was away and the connection is made anew', async () => {
  // No server of the suite's: this one goes and comes back.
  let own = await startCoturn()
  try {
    await using server = await startTestServer({ ice: relayBy(own.url, { turnSecret: own.secret, turnTtlS: TTL_S }) })
    const session = await server.create({ initial_url: pages.set('/renewed', FORM) })
    const viewer = await browser.open(liveUrl(session), { transport: 'relay' })
    await viewer.until("s.status === 'live' && s.route === 'relay'", 30_000)
    const expired = performance.now() + (TTL_S + 1) * 1_000
    await own.close()
    await viewer.until("s.status !== 'live' || s.rung.transport !== 'webrtc'", 60_000)
    // By now those of the hello are worth nothing.
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, expired - performance.now())))
    own = await startCoturn({ like: own })
    await viewer.until("s.status === 'live' && s.route === 'relay'", 60_000)
    await viewer.untilPixel(640, 600, BLUE, 30_000)
    await viewer.close()
  } finally {
    await own.close()
  }
}, 200_000)

test('without the TURN server that it needs a viewer comes down to the WebSocket, and says why', async () => {
  const gone = await startCoturn()
  await gone.close()
  await using server = await startTestServer({ ice: relayBy(gone.url, { turnSecret: gone.secret }) })
  const session = await server.create({ initial_url: pages.set('/down', FORM) })
  const viewer = await browser.open(liveUrl(session))
  const { rung } = await viewer.until("s.status === 'live' && s.rung.transport === 'websocket'", 40_000)
  expect(rung.why).not.toBeNull()
  await viewer.untilPixel(640, 600, BLUE, 30_000)
  await viewer.close()
})
