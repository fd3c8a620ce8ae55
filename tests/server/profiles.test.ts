/** Named profiles: logins that outlive their session, one session at a time, also when the server is killed. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { chromium } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { servePages } from '../harness/pages.ts'
import type { Pages } from '../harness/pages.ts'
import { spawnServer, startTestServer } from '../harness/server.ts'
import type { TestServer } from '../harness/server.ts'

let server: TestServer
let pages: Pages
beforeAll(async () => {
  pages = await servePages({ '/shop': '<!doctype html><title>Shop</title>shop' })
  server = await startTestServer()
})
afterAll(async () => {
  await server?.close()
  await pages?.close()
})

interface Login {
  cookie: string
  stored: string | null
}

/** What the shop knows of its visitor. */
async function look(wsUrl: string, before = ''): Promise<Login> {
  const browser = await chromium.connectOverCDP(wsUrl)
  try {
    const page = browser.contexts()[0]!.pages()[0]!
    await page.goto(`${pages.url}/shop`)
    return await page.evaluate((script) => {
      // oxlint-disable-next-line no-eval -- the test's own
      if (script) (0, eval)(script)
      return { cookie: document.cookie, stored: localStorage.getItem('cart') }
    }, before)
  } finally {
    await browser.close()
  }
}
const LOGIN = `document.cookie = 'user=ann; max-age=86400'; document.cookie = 'visit=1'; localStorage.setItem('cart', 'three things')`
const close = (id: string, of = server): Promise<unknown> => of.request('DELETE', `/v1/agent-sessions/${id}`)

test('cookies and storage of a named profile are there for the next session, and for no other', async () => {
  const first = await server.create({ profile: 'shop' })
  expect(first.profile).toBe('shop')
  expect(await look(first.cdp.ws_url)).toEqual({ cookie: '', stored: null })
  await look(first.cdp.ws_url, LOGIN)
  await close(first.id)
  const second = await server.create({ profile: 'shop' })
  const login = await look(second.cdp.ws_url)
  expect(login.cookie).toContain('user=ann')
  // A cookie for the time of the browser is kept too: to the site it is the same browser.
  expect(login.cookie).toContain('visit=1')
  expect(login.stored).toBe('three things')
  const other = await server.create()
  expect(await look(other.cdp.ws_url)).toEqual({ cookie: '', stored: null })
  for (const { id } of [second, other]) await close(id)
})

test('one session at a time has a profile; the refusal says which, and it cannot be deleted meanwhile', async () => {
  const session = await server.create({ profile: 'work' })
  const [again, deleted] = await Promise.all([
    server.request('POST', '/v1/agent-sessions', { body: { profile: 'work' } }),
    server.request('DELETE', '/v1/profiles/work'),
  ])
  expect([again.status, again.body.code, again.body.session_id]).toEqual([409, 'profile/in-use', session.id])
  expect([deleted.status, deleted.body.code, deleted.body.session_id]).toEqual([409, 'profile/in-use', session.id])
  const { data } = (await server.request('GET', '/v1/profiles')).body
  expect(data.find(({ name }: { name: string }) => name === 'work')).toMatchObject({ session_id: session.id, bytes: expect.any(Number) })
  // What was refused left no session behind.
  expect(
    (await server.request('GET', '/v1/agent-sessions?status=all')).body.data.filter(({ profile }: { profile: string }) => profile === 'work'),
  ).toHaveLength(1)
  await close(session.id)
  expect(existsSync(join(server.dataDir, 'profiles', 'work'))).toBe(true)
  expect((await server.request('DELETE', '/v1/profiles/work')).status).toBe(204)
  expect(existsSync(join(server.dataDir, 'profiles', 'work'))).toBe(false)
  expect((await server.request('DELETE', '/v1/profiles/work')).body.code).toBe('profile/not-found')
})

test('of many who want the same profile at once one gets it', async () => {
  const answers = await Promise.all(Array.from({ length: 5 }, () => server.request('POST', '/v1/agent-sessions', { body: { profile: 'race' } })))
  const codes = answers.map(({ status }) => status).toSorted()
  expect(codes).toEqual([201, 409, 409, 409, 409])
  await close(answers.find(({ status }) => status === 201)!.body.id)
})

test.each(['../escape', '.hidden', 'a/b', '', 'x'.repeat(65), 'a b'])('the name %j is refused', async (profile) => {
  expect((await server.request('POST', '/v1/agent-sessions', { body: { profile } })).body.code).toBe('request/invalid')
})

test('after SIGKILL the session that comes back still has its profile, and frees it when it is closed', async () => {
  const first = await spawnServer()
  const session = await first.create({ profile: 'kept' })
  await look(session.cdp.ws_url, LOGIN)
  await first.kill('SIGKILL')
  const second = await spawnServer({ dataDir: first.dataDir })
  try {
    const refused = await second.request('POST', '/v1/agent-sessions', { body: { profile: 'kept' } })
    expect([refused.body.code, refused.body.session_id]).toEqual(['profile/in-use', session.id])
    await expect.poll(async () => (await second.request('GET', `/v1/agent-sessions/${session.id}`)).body.status, { timeout: 20_000 }).toBe('active')
    await close(session.id, second)
    const next = await second.create({ profile: 'kept' })
    expect(next.profile).toBe('kept')
  } finally {
    await second.close()
    await first.close()
  }
})
