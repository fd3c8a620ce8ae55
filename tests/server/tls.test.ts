/** https and wss from the server itself, with certificate files that change while it runs. */
import { request } from 'node:https'
import type { TLSSocket } from 'node:tls'
import { writeFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeCertificate } from '../harness/certificate.ts'
import type { TestCertificate } from '../harness/certificate.ts'
import { LiveClient } from '../harness/liveClient.ts'
import { spawnServer, startTestServer } from '../harness/server.ts'
import type { TestServer } from '../harness/server.ts'

let certificate: TestCertificate
let server: TestServer

beforeAll(async () => {
  certificate = makeCertificate()
  server = await startTestServer({ tls: { cert: certificate.cert, key: certificate.key } })
})
afterAll(async () => {
  await server?.close()
  certificate?.[Symbol.dispose]()
})

interface Seen {
  status: number
  body: ReturnType<typeof JSON.parse>
  fingerprint: string
  cookie: string | undefined
}

/** Trusting the given certificate alone. */
function ask(url: string, ca: Buffer, options: { method?: string; key?: string; body?: unknown } = {}): Promise<Seen> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', ...(options.key === undefined ? {} : { authorization: `Bearer ${options.key}` }) }
    const sent = request(url, { method: options.method ?? 'GET', ca, headers, agent: false }, (response) => {
      const { fingerprint256 } = (response.socket as TLSSocket).getPeerCertificate()
      let text = ''
      response.on('data', (chunk: Buffer) => (text += chunk.toString()))
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, body: JSON.parse(text), fingerprint: fingerprint256, cookie: response.headers['set-cookie']?.[0] }),
      )
    })
    sent.once('error', reject)
    sent.end(options.body === undefined ? undefined : JSON.stringify(options.body))
  })
}

test('the server speaks https and wss on its one port, and its cookie is Secure', async () => {
  const { cert } = certificate.read()
  expect(server.url).toMatch(/^https:/)
  expect(server.loginUrl).toMatch(/^https:/)
  const created = await ask(`${server.url}/v1/agent-sessions`, cert, { method: 'POST', key: server.apiKey, body: {} })
  expect(created.status).toBe(201)
  expect(created.body.live.ws_url).toMatch(/^wss:/)
  const viewer = await LiveClient.join(created.body.live.ws_url, { ca: cert })
  await viewer.close()
  const login = await ask(`${server.url}/v1/auth/login`, cert, { method: 'POST', body: { token: server.apiKey } })
  expect(login.cookie).toMatch(/; Secure/)
})

test('a renewed certificate is served without a restart, and open sockets stay', async () => {
  const before = certificate.read().cert
  const created = await ask(`${server.url}/v1/agent-sessions`, before, { method: 'POST', key: server.apiKey, body: {} })
  const viewer = await LiveClient.join(created.body.live.ws_url, { ca: before })
  const { fingerprint } = await ask(`${server.url}/health`, before)
  certificate.renew()
  const { cert } = certificate.read()
  await expect
    .poll(
      () =>
        ask(`${server.url}/health`, cert).then(
          (seen) => seen.fingerprint,
          () => fingerprint,
        ),
      { timeout: 20_000 },
    )
    .not.toBe(fingerprint)
  await viewer.call('viewer.ping', { clientTime: 1 })
  await viewer.close()
})

test('SIGHUP reads it at once, and files that do not fit leave the old one in place', async () => {
  using own = makeCertificate()
  const process = await spawnServer({ env: { TANDEM_TLS_CERT: own.cert, TANDEM_TLS_KEY: own.key } })
  try {
    const { cert: first } = own.read()
    const { fingerprint } = await ask(`${process.url}/health`, first)
    own.renew()
    const { cert: second, key } = own.read()
    process.child.kill('SIGHUP')
    await expect
      .poll(
        () =>
          ask(`${process.url}/health`, second).then(
            (seen) => seen.fingerprint,
            () => fingerprint,
          ),
        { timeout: 20_000 },
      )
      .not.toBe(fingerprint)
    writeFileSync(own.key, 'no key at all')
    process.child.kill('SIGHUP')
    await expect.poll(() => process.stderr(), { timeout: 20_000 }).toContain('the old one stays')
    expect((await ask(`${process.url}/health`, second)).status).toBe(200)
    expect(process.stderr()).not.toContain(key.toString().split('\n')[1])
  } finally {
    await process.close()
  }
})

test('files that are no certificate are refused at the start, by the name of their settings', async () => {
  await expect(startTestServer({ tls: { cert: '/nonexistent.pem', key: certificate.key } })).rejects.toThrow(/TANDEM_TLS_CERT.*ENOENT/)
})
