/** The way in from outside: certificate files, and the public URL with its proxy, as a browser would come. */
import { X509Certificate, createPrivateKey } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { LIVE_SUBPROTOCOL } from '@tandem/protocol'
import { WebSocket } from 'ws'
import type { Config } from '../config.ts'
import { fail, ok, warn, within, wordsOf } from './finding.ts'
import type { Finding } from './finding.ts'

const ANSWER_MS = 8_000
const DAY_MS = 86_400_000
const RENEW_BEFORE_MS = 14 * DAY_MS

export function checkCertificate(tls: Config['tls'], now = Date.now()): Finding[] {
  if (tls === undefined) return []
  const check = 'certificate'
  try {
    const certificate = new X509Certificate(readFileSync(tls.cert))
    if (!certificate.checkPrivateKey(createPrivateKey(readFileSync(tls.key))))
      return [fail(check, 'the key is not that of the certificate', 'Set TANDEM_TLS_CERT and TANDEM_TLS_KEY to files that belong together.')]
    const left = Date.parse(certificate.validTo) - now
    const saw = `for ${certificate.subjectAltName ?? certificate.subject}, valid until ${certificate.validTo}`
    if (left < 0) return [fail(check, saw, 'Renew it; the server reads the new file by itself.')]
    return [left < RENEW_BEFORE_MS ? warn(check, saw, 'Renew it soon; the server reads the new file by itself.') : ok(check, saw)]
  } catch (error) {
    return [fail(check, `cannot be used (${wordsOf(error)})`, 'TANDEM_TLS_CERT and TANDEM_TLS_KEY must be PEM files that the server may read.')]
  }
}

/** Comes by the public URL: HTTP first, then a WebSocket, which many proxies pass on only when told to. */
export async function checkPublicUrl(publicUrl: string | undefined, running: boolean): Promise<Finding[]> {
  if (publicUrl === undefined) return []
  const check = 'public URL'
  try {
    const answer = await fetch(`${publicUrl}/health`, { signal: AbortSignal.timeout(ANSWER_MS), redirect: 'manual' })
    const body = await answer.text()
    if (answer.status !== 200 || !body.includes('"ok"')) {
      const saw = `${publicUrl}/health answers ${answer.status}, and it is not a Tandem server that does`
      if (!running && answer.status >= 500) return [warn(check, saw, 'Start the server, then ask again.')]
      return [fail(check, saw, 'The proxy must pass this path, and all below it, on to the server; ops/ has examples.')]
    }
  } catch (error) {
    const saw = `${publicUrl} is not reached from here (${wordsOf(error)})`
    return [
      (running ? fail : warn)(
        check,
        saw,
        running ? 'See that the name, the proxy and its certificate are right.' : 'Start the server and its proxy, then ask again.',
      ),
    ]
  }
  const refusal = await upgradeRefusal(publicUrl)
  if (refusal !== null)
    return [fail(check, `HTTP passes, WebSockets do not (${refusal})`, 'The proxy must pass `Upgrade` and `Connection` on; ops/ has examples.')]
  return [ok(check, `${publicUrl} is reached, WebSockets pass`)]
}

/** The server accepts a socket without a credential only to close it with its own code: then it was the server. */
async function upgradeRefusal(publicUrl: string): Promise<string | null> {
  const socket = new WebSocket(`${publicUrl.replace(/^http/, 'ws')}/v1/agent-sessions/agt_doctor/live`, [LIVE_SUBPROTOCOL])
  const outcome = new Promise<string | null>((resolve) => {
    socket.once('close', (code) => resolve(code >= 4_000 ? null : `closed with ${code}`))
    socket.once('error', (error) => resolve(error.message))
  })
  try {
    return await within(ANSWER_MS, outcome)
  } catch (error) {
    return wordsOf(error)
  } finally {
    socket.terminate()
  }
}

/** By the Date header of whoever answers at the public URL. */
export async function httpTime(url: string): Promise<{ who: string; at: number } | null> {
  const { headers } = await fetch(url, { method: 'HEAD', signal: AbortSignal.timeout(ANSWER_MS), redirect: 'manual' })
  const at = Date.parse(headers.get('date') ?? '')
  // The header has whole seconds: half of one is the best guess.
  return Number.isNaN(at) ? null : { who: new URL(url).host, at: at + 500 }
}
