/** The `tandem` command as a process of its own, against a real server. */
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestServer, type TestServer } from '../harness/server.ts'

const BIN = fileURLToPath(new URL('../../packages/cli/bin/tandem.mjs', import.meta.url))

interface Run {
  code: number | null
  out: string
  err: string
}

let server: TestServer

beforeAll(async () => {
  server = await startTestServer()
})
afterAll(async () => {
  await server?.close()
})

function tandem(args: string[], env: Record<string, string> = { TANDEM_URL: server.url, TANDEM_API_KEY: server.apiKey }): Promise<Run> {
  const { TANDEM_API_KEY: _key, TANDEM_URL: _url, TANDEM_PORT: _port, ...rest } = process.env
  const child = spawn(process.execPath, [BIN, ...args], { env: { ...rest, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
  let out = ''
  let err = ''
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()))
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, out, err })))
}

test('a session is opened, listed, shared, taken over, handed back and closed from a terminal', async () => {
  const opened = await tandem(['open', 'data:text/html,<title>Hello</title>', '--name', 'first', '--device', 'phone', '--json'])
  expect(opened).toMatchObject({ code: 0, err: '' })
  const session = JSON.parse(opened.out)
  expect(session).toMatchObject({ name: 'first', mode: 'pair', viewport: { width: 402, height: 874, scale: 3, touch: true } })
  expect(session.cdp.ws_url).toMatch(/^ws:/)
  expect(session.view_url).toContain(`/sessions/${session.id}#token=`)

  const listed = await tandem(['ls'])
  expect(listed.out).toMatch(new RegExp(`^${session.id}  first  active  pair  agent drives  0 watching  data:text/html`))

  const link = await tandem(['link', session.id, '--role', 'control', '--expires', '60', '--json'])
  expect(JSON.parse(link.out)).toMatchObject({ role: 'control', url: expect.stringContaining(`/sessions/${session.id}#token=`) })

  const taken = await tandem(['takeover', session.id, '--name', 'Ada'])
  expect(taken).toMatchObject({ code: 0 })
  expect((await tandem(['ls'])).out).toContain('Ada drives')

  const back = await tandem(['handback', session.id, '--outcome', 'failed', '--note', 'no code', '--json'])
  expect(JSON.parse(back.out).control.last_handback).toMatchObject({ outcome: 'failed', note: 'no code', reason: 'released' })

  expect(await tandem(['close', session.id])).toMatchObject({ code: 0, out: `Closed ${session.id}\n` })
  expect((await tandem(['ls'])).out).toContain('No sessions')
  expect((await tandem(['ls', '--all', '--json'])).out).toContain(session.id)
})

test('the link without an id logs in to the dashboard', async () => {
  const { out } = await tandem(['link'])
  const url = new URL(out.trim())
  expect(url.origin).toBe(server.url)
  const token = new URLSearchParams(url.hash.slice(1)).get('token')
  const login = await server.request('POST', '/v1/auth/login', { token: null, body: { token } })
  expect(login).toMatchObject({ status: 200, body: { role: 'admin' } })
})

test('the key is found in the data directory of this machine', async () => {
  expect(await tandem(['ls', '--url', server.url, '--data-dir', server.dataDir])).toMatchObject({ code: 0 })
})

test('a refusal ends with code 1, the error and what to do', async () => {
  const { code, err } = await tandem(['close', 'agt_00000000-0000-4000-8000-000000000000'])
  expect(code).toBe(1)
  expect(err).toMatch(/^session\/not-found: .*List the sessions/)
  const json = await tandem(['handback', 'agt_00000000-0000-4000-8000-000000000000', '--json'])
  expect(JSON.parse(json.err).error).toMatchObject({ code: 'session/not-found', fix: expect.any(String) })
})

test('a wrong key, a wrong usage, a missing key and a server that is not there are told apart', async () => {
  const wrong = await tandem(['ls', '--api-key', 'tandem_key_wrong_wrong_wrong'])
  expect(wrong.code).toBe(1)
  expect(wrong.err).toContain('auth/invalid')
  expect(await tandem(['open', '--device', 'fridge'])).toMatchObject({ code: 2, err: expect.stringContaining('Allowed choices are desktop, 1080p, phone') })
  expect(await tandem(['ls'], { TANDEM_URL: server.url, TANDEM_DATA_DIR: '/nonexistent' })).toMatchObject({
    code: 2,
    err: expect.stringContaining('No API key'),
  })
  expect(await tandem(['ls', '--url', 'http://127.0.0.1:9'])).toMatchObject({
    code: 3,
    err: expect.stringContaining('No Tandem server answers at http://127.0.0.1:9'),
  })
})

test('serve prints a link that logs in, answers, and ends well at a signal', async () => {
  const child = spawn(process.execPath, [BIN, 'serve', '--port', '0', '--data-dir', `${server.dataDir}-serve`, '--log-level', 'silent', '--json'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const line = await new Promise<string>((resolve, reject) => {
    let out = ''
    let err = ''
    child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()))
    child.stdout.on('data', (chunk: Buffer) => {
      out += chunk.toString()
      if (out.includes('\n')) resolve(out)
    })
    child.on('exit', () => reject(new Error(`it ended: ${err}`)))
  })
  const { url, login_url: loginUrl } = JSON.parse(line)
  expect(loginUrl).toContain(`${url}/#token=`)
  expect((await fetch(`${url}/health`)).status).toBe(200)
  const ended = new Promise((resolve) => child.on('exit', (code) => resolve(code)))
  child.kill('SIGTERM')
  expect(await ended).toBe(0)
})
