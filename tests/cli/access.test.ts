/** Links, keys, viewers and the audit log from a terminal, against a real server. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runCli } from '../../packages/cli/src/program.ts'
import { LiveClient } from '../harness/liveClient.ts'
import { startTestServer, type TestServer } from '../harness/server.ts'

let server: TestServer
let session: string
beforeAll(async () => {
  server = await startTestServer()
  session = (await server.create()).id
})
afterAll(() => server?.close())

/** In this process: that the command starts as one of its own is tested in tandem.test.ts. */
async function tandem(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  let out = ''
  let err = ''
  const io = {
    out: { write: (text: string) => (out += text) },
    err: { write: (text: string) => (err += text) },
    env: { TANDEM_URL: server.url, TANDEM_API_KEY: server.apiKey },
  }
  const code = await runCli(args, io)
  return { code, out, err }
}

const live = (url: string): string => {
  const { hash } = new URL(url)
  return `${server.url.replace('http', 'ws')}/v1/agent-sessions/${session}/live?token=${hash.replace('#token=', '')}`
}

test('a link is made, listed with who watches by it, and revoked', async () => {
  expect((await tandem('links', 'ls', session)).out).toBe(`No links. Make one: tandem links create ${session}\n`)
  const made = await tandem('links', 'create', session, '--role', 'control', '--expires', '2h', '--once', '--name', 'Ada')
  expect(made).toMatchObject({ code: 0, err: '' })
  const client = await LiveClient.join(live(made.out.trim()))
  const [header, row] = (await tandem('links', 'ls', session)).out.split('\n')
  expect(header).toMatch(/^LINK +NAME +ROLE +FOR +OPENED +WATCHING +EXPIRES$/)
  expect(row).toMatch(/^tok_\S+ +Ada +control +once +(now|\d+ s ago) +1 +in (2 h|1\d\d min)$/)
  const id = row?.split(' ')[0] ?? ''
  expect(await tandem('links', 'revoke', session, id)).toEqual({ code: 0, out: `Revoked ${id}\n`, err: '' })
  expect((await client.closed).reason).toBe('auth/revoked')
  const gone = await tandem('links', 'revoke', session, 'tok_none')
  expect([gone.code, gone.err]).toEqual([1, expect.stringContaining('token/not-found')])
})

test('a viewer is listed and sent away, and its link is told of', async () => {
  const { out } = await tandem('link', session, '--name', 'the team')
  const client = await LiveClient.join(`${live(out.trim())}&name=Bob`)
  const id = client.hello.viewer.id
  expect((await tandem('viewers', session)).out).toMatch(new RegExp(`${id} +Bob +view +127\\.0\\.0\\.1 +the team +- +- +- +`))
  const kicked = await tandem('kick', session, id)
  expect(kicked.out).toMatch(new RegExp(`^Sent ${id} away\\.\nThe link the team still works.*tandem links revoke ${session} tok_`))
  expect((await client.closed).code).toBe(4406)
  expect((await tandem('viewers', session)).out).toBe('Nobody watches.\n')
  const again = await LiveClient.join(live(out.trim()))
  const both = await tandem('kick', session, again.hello.viewer.id, '--revoke', '--json')
  expect(JSON.parse(both.out)).toMatchObject({ viewer_id: again.hello.viewer.id, link: { works: false } })
})

test('a key is made, used, listed and revoked', async () => {
  const made = await tandem('keys', 'create', 'ci', '--expires', '90d', '--json')
  const key = JSON.parse(made.out)
  expect(await tandem('ls', '--api-key', key.key)).toMatchObject({ code: 0 })
  const { out } = await tandem('keys', 'ls')
  expect(out).toMatch(new RegExp(`${key.id} +ci +${key.hint}… +works +(now|\\d+ s ago) +in 90 d`))
  expect(out).toContain('the server itself')
  expect(out).not.toContain(key.key)
  expect((await tandem('keys', 'revoke', key.id)).out).toBe(`Revoked ci (${key.id})\n`)
  expect((await tandem('keys', 'ls')).out).not.toContain(key.id)
  expect((await tandem('keys', 'ls', '--all')).out).toMatch(new RegExp(`${key.id} .*revoked`))
  const refused = await tandem('ls', '--api-key', key.key)
  expect([refused.code, refused.err]).toEqual([1, expect.stringContaining('auth/revoked')])
})

test('the audit log is printed, filtered, as a table and as JSON', async () => {
  await tandem('keys', 'create', 'for the log')
  const { out } = await tandem('audit', '--action', 'key.create', '--limit', '1')
  const [header, row] = out.split('\n')
  expect(header).toMatch(/^TIME \(UTC\) +ACTION +WHO +FROM +SESSION +DETAILS$/)
  expect(row).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d +key\.create +(?:TANDEM_API_KEY|server key) +127\.0\.0\.1 +- +name=for the log key_id=key_/)
  const entries = JSON.parse((await tandem('audit', '--session', session, '--json')).out)
  expect(entries.length).toBeGreaterThan(0)
  expect(entries.every((entry: { session_id: string }) => entry.session_id === session)).toBe(true)
})

test('what cannot be meant is said so', async () => {
  expect(await tandem('links', 'create', session, '--expires', 'soon')).toMatchObject({ code: 2, err: expect.stringContaining('90s, 15m, 2h, 7d') })
  expect(await tandem('audit', '--limit', 'many')).toMatchObject({ code: 2, err: expect.stringContaining('--limit takes a number') })
  expect(await tandem('audit', '--action', 'DROP')).toMatchObject({ code: 1, err: expect.stringContaining('request/invalid') })
  expect((await tandem('links')).code).toBe(2)
})
