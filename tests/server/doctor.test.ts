/** `tandem doctor` on machines where something is wrong, one thing at a time, and beside a running server. */
import { spawn } from 'node:child_process'
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeCertificate } from '../harness/certificate.ts'
import { startCoturn } from '../harness/coturn.ts'
import { startReverseProxy } from '../harness/reverseProxy.ts'
import { startTestServer } from '../harness/server.ts'

const BIN = fileURLToPath(new URL('../../packages/cli/bin/tandem.mjs', import.meta.url))

interface Finding {
  check: string
  status: 'ok' | 'warn' | 'fail'
  saw: string
  fix: string | null
}

interface Report {
  code: number | null
  out: string
  err: string
  /** By check; the last of those with the same name. */
  findings: Record<string, Finding>
}

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tandem-doctor-test-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** Without Chromium and LiveKit unless they are asked for: they have tests of their own. */
async function doctor(env: Record<string, string>, ...args: string[]): Promise<Report> {
  const inherited = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(TANDEM|TURN|STUN|DATABASE|LIVEKIT)_/.test(name)))
  const child = spawn(process.execPath, [BIN, 'doctor', '--json', ...args], {
    env: { ...inherited, TANDEM_PORT: '0', TANDEM_DATA_DIR: folder, CHROMIUM_PATH: '/nonexistent/chromium', TANDEM_LIVEKIT: 'off', ...env },
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let out = ''
  let err = ''
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()))
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve))
  const list: Finding[] = out === '' ? [] : JSON.parse(out).findings
  return { code, out, err, findings: Object.fromEntries(list.map((finding) => [finding.check, finding])) }
}

test('a machine that is well has Chromium started, a page captured and its codecs told', async () => {
  const { code, findings, err } = await doctor({ CHROMIUM_PATH: process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium', TANDEM_UDP_PORTS: '52100-52110' })
  expect(err).toBe('')
  expect(code).toBe(0)
  expect(findings['chromium']?.saw).toMatch(/Chrome\/\d+/)
  expect(findings['capture']).toMatchObject({ status: 'ok', saw: expect.stringMatching(/encoded as (av01|vp8)/) })
  expect(findings['codecs']?.saw).toMatch(/AV1.*VP8.*Opus/)
  expect(findings['udp']).toMatchObject({ status: 'ok', saw: expect.stringContaining('52100-52110') })
  for (const check of ['node', 'port', 'data directory', 'disk', 'database', 'livekit', 'clock'])
    expect([check, findings[check]?.status]).toEqual([check, 'ok'])
})

test('what is missing or forbidden is a failure with what to do, and exit code 1', async () => {
  const key = join(folder, 'api-key')
  await writeFile(key, 'tandem_key_of_nobody_at_all\n')
  await chmod(key, 0o644)
  const busy = createServer((_request, response) => response.end('something else'))
  await new Promise<void>((resolve) => busy.listen(0, '127.0.0.1', resolve))
  const address = busy.address()
  const port = typeof address === 'object' && address ? String(address.port) : ''
  const { code, findings, err, out } = await doctor({
    TANDEM_PORT: port,
    DATABASE_URL: 'postgres://user:very-secret@127.0.0.1:1/none',
    TANDEM_MAX_SESSION: '3',
  })
  expect(code).toBe(1)
  expect(err).toContain('checks failed')
  expect(findings['chromium']).toMatchObject({ status: 'fail', fix: expect.stringContaining('Chromium') })
  expect(findings['port']).toMatchObject({ status: 'fail', saw: expect.stringContaining('EADDRINUSE') })
  expect(findings['key file']).toMatchObject({ status: 'fail', fix: expect.stringContaining('chmod 600') })
  expect(findings['database']).toMatchObject({ status: 'fail', saw: expect.stringContaining('ECONNREFUSED') })
  expect(findings['environment']).toMatchObject({ status: 'warn', fix: 'Did you mean TANDEM_MAX_SESSIONS?' })
  expect(out + err).not.toMatch(/very-secret|tandem_key_of_nobody/)
  await rm(key)
  await new Promise((resolve) => busy.close(resolve))
})

test('TURN is asked for an allocation over UDP, TCP and TLS, with the credentials that viewers get', async () => {
  using certificate = makeCertificate()
  const coturn = await startCoturn({ certificate })
  try {
    const urls = [coturn.url, coturn.tcpUrl, coturn.tlsUrl].join(',')
    const env = { TURN_SERVER_URL: urls, STUN_URLS: coturn.url.replace('turn:', 'stun:').replace(/\?.*/, '') }
    const good = await doctor({ ...env, TURN_SECRET: coturn.secret, NODE_EXTRA_CA_CERTS: certificate.cert })
    for (const url of [coturn.url, coturn.tcpUrl, coturn.tlsUrl])
      expect(good.findings[`turn ${url}`]).toMatchObject({ status: 'ok', saw: expect.stringMatching(/relays from 127\.0\.0\.1:\d+/) })
    expect(good.findings[`stun ${env.STUN_URLS}`]).toMatchObject({ status: 'ok', saw: expect.stringContaining('127.0.0.1') })

    const bad = await doctor({ ...env, TURN_SECRET: 'not the secret', TANDEM_PUBLIC_ADDRESS: '203.0.113.7' })
    expect(bad.findings[`turn ${coturn.url}`]).toMatchObject({
      status: 'fail',
      saw: expect.stringContaining('401'),
      fix: expect.stringContaining('static-auth-secret'),
    })
    expect(bad.findings[`turn ${coturn.tlsUrl}`]).toMatchObject({ status: 'fail', saw: expect.stringContaining('certificate is not trusted') })
    expect(bad.findings[`stun ${env.STUN_URLS}`]).toMatchObject({ status: 'warn', fix: expect.stringContaining('TANDEM_PUBLIC_ADDRESS') })
    expect(bad.out).not.toContain('not the secret')
  } finally {
    await coturn.close()
  }
  const { findings } = await doctor({ TURN_SERVER_URL: coturn.tcpUrl, TURN_SECRET: coturn.secret })
  expect(findings[`turn ${coturn.tcpUrl}`]).toMatchObject({ status: 'fail', saw: expect.stringContaining('ECONNREFUSED') })
})

test('beside a running server on the same data directory all is well, and the public URL is tried with a WebSocket', async () => {
  await using proxy = await startReverseProxy({ prefix: '/browsers' })
  await using server = await startTestServer({ publicUrl: proxy.url, trustedProxies: ['loopback'] })
  proxy.to(server.url)
  const env = { TANDEM_DATA_DIR: server.dataDir, TANDEM_PORT: new URL(server.url).port, TANDEM_PUBLIC_URL: proxy.url }
  const { findings } = await doctor(env)
  expect(findings['port']).toMatchObject({ status: 'ok', saw: expect.stringContaining('a Tandem server runs') })
  expect(findings['database']).toMatchObject({ status: 'ok' })
  expect(findings['data directory']).toMatchObject({ status: 'ok' })
  expect(findings['key file']).toMatchObject({ status: 'ok' })
  expect(findings['public URL']).toMatchObject({ status: 'ok', saw: expect.stringContaining('WebSockets pass') })
  expect(findings['clock']).toMatchObject({ status: 'ok', saw: expect.stringContaining('agrees with') })
  expect((await server.request('GET', '/ready')).status).toBe(200)

  // A proxy that knows nothing of upgrades.
  const deaf = createServer(async (request, response) => {
    const answer = await fetch(server.url + (request.url ?? '/').replace('/browsers', ''))
    response.end(await answer.text())
  })
  await new Promise<void>((resolve) => deaf.listen(0, '127.0.0.1', resolve))
  const address = deaf.address()
  const port = typeof address === 'object' && address ? address.port : 0
  const refused = await doctor({ ...env, TANDEM_PUBLIC_URL: `http://127.0.0.1:${port}/browsers` })
  expect(refused.findings['public URL']).toMatchObject({
    status: 'fail',
    saw: expect.stringContaining('WebSockets do not'),
    fix: expect.stringContaining('Upgrade'),
  })
  deaf.closeAllConnections()
  await new Promise((resolve) => deaf.close(resolve))
})

test('a certificate that ends or has another key is told; a configuration that cannot be used is a wrong usage', async () => {
  using one = makeCertificate()
  using other = makeCertificate()
  const ending = await doctor({ TANDEM_TLS_CERT: one.cert, TANDEM_TLS_KEY: one.key })
  expect(ending.findings['certificate']).toMatchObject({ status: 'warn', fix: expect.stringContaining('Renew') })
  const mixed = await doctor({ TANDEM_TLS_CERT: one.cert, TANDEM_TLS_KEY: other.key })
  expect(mixed.findings['certificate']).toMatchObject({ status: 'fail' })
  const wrong = await doctor({ TANDEM_LOG_LEVEL: 'loud' })
  expect(wrong).toMatchObject({ code: 2, out: '', err: expect.stringContaining('TANDEM_LOG_LEVEL') })
  await writeFile(join(folder, 'tandem.config.json'), JSON.stringify({ maxSession: 3 }))
  expect((await doctor({})).err).toContain('did you mean maxSessions?')
  await rm(join(folder, 'tandem.config.json'))
  expect(await readFile(one.cert, 'utf8')).toContain('BEGIN CERTIFICATE')
})
