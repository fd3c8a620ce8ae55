/** Two servers, as processes of their own, on one real PostgreSQL. */
import { CLOSE } from '@tandem/protocol'
import type { AgentSession } from '@tandem/protocol'
import pg from 'pg'
import { chromium } from 'playwright-core'
import puppeteer from 'puppeteer-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { Person } from '../harness/dashboard.ts'
import { LiveClient } from '../harness/liveClient.ts'
import { postgresMissing, startPostgres } from '../harness/postgres.ts'
import type { Postgres } from '../harness/postgres.ts'
import { spawnServer } from '../harness/server.ts'
import type { ServerProcess } from '../harness/server.ts'
import { ViewerBrowser } from '../harness/viewer.ts'

const RED_PAGE = 'data:text/html,<title>red</title><body style="background:rgb(200,30,30)"><h1>one</h1>'

const sockets = (url: string): string => url.replace(/^http/, 'ws')
/** As if it had been asked for at the other server. */
const at = (server: ServerProcess, url: string): string => {
  const { pathname, search } = new URL(url)
  return sockets(server.url) + pathname + search
}

describe.skipIf(postgresMissing())('two servers on one PostgreSQL', () => {
  let postgres: Postgres
  let databaseUrl: string
  let one: ServerProcess
  let two: ServerProcess
  const spawn = (dataDir?: string): Promise<ServerProcess> => spawnServer({ dataDir, env: { DATABASE_URL: databaseUrl } })

  async function sql(text: string): Promise<void> {
    const client = new pg.Client({ connectionString: databaseUrl })
    await client.connect()
    await client.query(text).finally(() => client.end())
  }
  const sessionAt = async (server: ServerProcess, id: string): Promise<AgentSession> => (await server.request('GET', `/v1/agent-sessions/${id}`)).body

  beforeAll(async () => {
    postgres = await startPostgres()
    databaseUrl = await postgres.createDatabase()
    ;[one, two] = await Promise.all([spawn(), spawn()])
  }, 90_000)
  // One browser at a time: the machine has other things to do.
  afterEach(async () => {
    const { data } = (await two.request('GET', '/v1/agent-sessions')).body
    for (const { id } of data) await two.request('DELETE', `/v1/agent-sessions/${id}`)
  })
  afterAll(async () => {
    await Promise.all([one?.close(), two?.close()])
    await postgres?.close()
  })

  test('they share their key, and each lists what the other has, with addresses of the server that has the browser', async () => {
    expect(two.apiKey).toBe(one.apiKey)
    const session = await one.create({ initial_url: RED_PAGE })
    const here = (await one.request('GET', '/v1/agent-sessions')).body.data[0]
    expect(here).toMatchObject({ id: session.id, server: { url: one.url, alive: true } })
    const isListed = async (): Promise<AgentSession | undefined> =>
      (await two.request('GET', '/v1/agent-sessions')).body.data.find(({ page_state }: AgentSession) => page_state?.title === 'red')
    await expect.poll(isListed, { timeout: 20_000 }).toMatchObject({ id: session.id, status: 'active', server: { url: one.url, alive: true } })
    const there = await isListed()
    expect(there?.live?.ws_url).toMatch(`${sockets(one.url)}/v1/agent-sessions/${session.id}/live?token=`)
    expect(there?.cdp?.ws_url).toContain(sockets(one.url))
    expect(there?.view_url).toContain(one.url)
  })

  test('a request for the session of another server is passed on to it, whatever it is', async () => {
    const session = await one.create({ initial_url: RED_PAGE })
    const path = `/v1/agent-sessions/${session.id}`
    await expect.poll(() => sessionAt(two, session.id)).toMatchObject({ id: session.id, page_state: { title: 'red' }, server: { url: one.url } })
    expect((await two.request('POST', `${path}/navigate`, { body: { url: 'data:text/html,<title>blue</title>' } })).status).toBe(200)
    await expect.poll(async () => (await sessionAt(one, session.id)).page_state?.title).toBe('blue')
    const picture = await two.request('GET', `${path}/screenshot`)
    expect(picture.headers.get('content-type')).toMatch(/^image\//)
    const link = await two.request('POST', `${path}/viewer-tokens`, { body: {} })
    expect(link.body.url).toContain(one.url)
    // Errors are the owner's too, and a stranger is let in nowhere.
    expect((await two.request('POST', `${path}/takeover`, { body: {} })).body).toMatchObject({ code: 'request/invalid' })
    expect((await two.request('GET', path, { token: null })).status).toBe(401)
    expect((await two.request('GET', '/v1/agent-sessions/agt_00000000-0000-4000-8000-000000000000')).status).toBe(404)
    expect((await two.request('GET', path, { headers: { 'tandem-forwarded': 'srv_x' } })).status).toBe(200)
    const misdirected = await two.request('GET', `${path}/screenshot`, { headers: { 'tandem-forwarded': 'srv_x' } })
    expect(misdirected).toMatchObject({ status: 421, body: { code: 'session/misdirected', url: one.url } })
    expect((await two.request('DELETE', path)).status).toBe(204)
    expect((await sessionAt(two, session.id)).status).toBe('closed')
    // Remembered once, by the server that did it.
    const audit = await one.request('GET', `/v1/audit?session_id=${session.id}&action=session.close`)
    expect(audit.body.data).toHaveLength(1)
  })

  test('a viewer who asks the wrong server is sent to the right one and sees the picture', async () => {
    const session = await one.create({ initial_url: RED_PAGE })
    const wrong = at(two, session.live.ws_url)
    const raw = new LiveClient(wrong)
    expect(await raw.closed).toEqual({ code: CLOSE.moved, reason: `${sockets(one.url)}/v1/agent-sessions/${session.id}/live` })
    const viewers = await ViewerBrowser.launch()
    try {
      const viewer = await viewers.open(wrong)
      await viewer.until("s.status === 'live'")
      await viewer.untilPixel(600, 500, [200, 30, 30])
      expect((await sessionAt(one, session.id)).viewers).toBe(1)
    } finally {
      await viewers.close()
    }
  })

  test('a dashboard that is logged in here watches what is there through this server', async () => {
    const session = await one.create({ initial_url: RED_PAGE })
    const token = new URL(two.loginUrl).hash.slice('#token='.length)
    const login = await two.request('POST', '/v1/auth/login', { body: { token }, token: null })
    const cookie = login.headers.getSetCookie()[0]?.split(';')[0] ?? ''
    const headers = { cookie, origin: two.url }
    expect((await two.request('GET', `/v1/agent-sessions/${session.id}`, { token: null, headers })).body).toMatchObject({ server: { url: one.url } })
    const client = await LiveClient.join(`${sockets(two.url)}/v1/agent-sessions/${session.id}/live`, { headers })
    expect(client.hello.session.id).toBe(session.id)
    expect(client.hello.viewer.role).toBe('admin')
    const { epoch } = await client.call('control.take', {})
    expect(epoch).toBeGreaterThan(0)
    client.socket.close(CLOSE.goodbye)
    await expect.poll(async () => (await sessionAt(two, session.id)).viewers).toBe(0)
    // Its pages may speak to the other server, and to nobody else.
    const page = await two.request('GET', '/', { token: null })
    expect(page.headers.get('content-security-policy')).toContain(`connect-src 'self' ${one.url} ${sockets(one.url)};`)
  })

  test("the owner opens another server's session in the dashboard, sees it and drives it", async () => {
    const session = await one.create({ initial_url: RED_PAGE })
    const browser = await Person.browser()
    await using person = await Person.owner(browser, two, session.id)
    await person.live()
    await person.seesColour({ x: 0.5, y: 0.8 }, [200, 30, 30])
    await person.takeControl()
    expect((await sessionAt(one, session.id)).control.driver.kind).toBe('human')
    expect(new URL(person.page.url()).origin).toBe(two.url)
    expect(person.complaints).toEqual([])
  })

  test('an agent that connects to the wrong server drives the browser: Playwright and Puppeteer', async () => {
    const session = await one.create({ initial_url: RED_PAGE })
    const wrong = at(two, session.cdp.ws_url)
    const browser = await chromium.connectOverCDP(wrong)
    expect(await browser.contexts()[0]?.pages()[0]?.title()).toBe('red')
    await browser.close()
    // With the key in a header, which no client sends along to another host.
    const path = `/v1/agent-sessions/${session.id}/cdp`
    const keyed = await chromium.connectOverCDP(sockets(two.url) + path, { headers: { authorization: `Bearer ${two.apiKey}` } })
    expect(await keyed.contexts()[0]?.pages()[0]?.title()).toBe('red')
    await keyed.close()
    const discovered = await chromium.connectOverCDP(two.url + path, { headers: { authorization: `Bearer ${two.apiKey}` } })
    expect(discovered.contexts()).toHaveLength(1)
    await discovered.close()
    const puppet = await puppeteer.connect({ browserWSEndpoint: wrong })
    expect((await puppet.pages()).length).toBe(1)
    await puppet.disconnect()
  })

  test('a link that is revoked on one server ends on the other', async () => {
    const session = await one.create()
    const link = (await one.request('POST', `/v1/agent-sessions/${session.id}/viewer-tokens`, { body: {} })).body
    const key = (await one.request('POST', '/v1/api-keys', { body: { name: 'robot' } })).body
    const live = `${sockets(one.url)}/v1/agent-sessions/${session.id}/live`
    const viewer = await LiveClient.join(`${live}?token=${link.token}`)
    const robot = await LiveClient.join(live, { headers: { authorization: `Bearer ${key.key}` } })
    expect((await two.request('DELETE', `/v1/agent-sessions/${session.id}/viewer-tokens/${link.id}`)).status).toBe(204)
    expect(await viewer.closed).toMatchObject({ code: CLOSE.unauthorized })
    // A key is in the database of both: nobody passes this on.
    expect((await two.request('DELETE', `/v1/api-keys/${key.id}`)).status).toBeLessThan(300)
    expect(await robot.closed).toMatchObject({ code: CLOSE.unauthorized })
    expect((await one.request('GET', '/v1/agent-sessions', { token: key.key })).body.code).toBe('auth/revoked')
  })

  test('the same Idempotency-Key on both at once makes one session', async () => {
    const headers = { 'idempotency-key': crypto.randomUUID() }
    const answers = await Promise.all([one, two, one, two].map((server) => server.request('POST', '/v1/agent-sessions', { headers, body: { name: 'once' } })))
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201, 201])
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1)
    const other = await two.request('POST', '/v1/agent-sessions', { headers, body: { name: 'twice' } })
    expect(other.body.code).toBe('request/invalid')
  })

  async function navigateAs(viewer: LiveClient): Promise<number> {
    const { epoch } = await viewer.call('control.take', {})
    await viewer.call('page.navigate', { url: 'data:text/html,<title>meanwhile</title>', epoch })
    await viewer.event('session.changed', ({ page_state }) => page_state?.title === 'meanwhile')
    return epoch
  }

  test('while PostgreSQL is away both go on, and neither gives the other up afterwards', async () => {
    const session = await one.create({ initial_url: RED_PAGE })
    const viewer = await LiveClient.join(session.live.ws_url)
    await postgres.stop()
    const epoch = await navigateAs(viewer).finally(() => postgres.start())
    await expect.poll(async () => (await sessionAt(two, session.id)).control?.epoch, { timeout: 20_000 }).toBe(epoch)
    expect(await sessionAt(two, session.id)).toMatchObject({ status: 'active', server: { url: one.url, alive: true } })
    viewer.socket.close(CLOSE.goodbye)
  })

  test('a server that is killed loses its own sessions alone; the others say so, and it takes them back when it returns soon', async () => {
    const lost = await one.create({ initial_url: RED_PAGE })
    const kept = await two.create({ initial_url: RED_PAGE })
    const { dataDir } = one
    const viewer = await LiveClient.join(lost.live.ws_url)
    await one.kill('SIGKILL')
    expect((await viewer.closed).code).toBe(1006)
    expect((await sessionAt(two, kept.id)).status).toBe('active')
    // At once it is only silent; who asks is told that it does not answer.
    const shown = async (): Promise<unknown> => {
      const { status, server } = await sessionAt(two, lost.id)
      return { status, alive: server?.alive }
    }
    await expect.poll(shown, { timeout: 30_000 }).toEqual({ status: 'paused', alive: false })
    const refused = await two.request('GET', `/v1/agent-sessions/${lost.id}/screenshot`)
    expect(refused).toMatchObject({ status: 503, body: { code: 'session/server-lost', retry: true } })
    expect(await new LiveClient(at(two, lost.live.ws_url)).closed).toEqual({ code: CLOSE.shuttingDown, reason: 'session/server-lost' })
    expect((await two.request('GET', `/v1/agent-sessions/${lost.id}/timeline`)).body.data[0]).toMatchObject({ type: 'session.created' })

    one = await spawn(dataDir)
    await expect.poll(shown, { timeout: 30_000 }).toEqual({ status: 'active', alive: true })
    expect((await sessionAt(two, lost.id)).server?.url).toBe(one.url)

    await one.kill('SIGKILL')
    // By the database's clock, which is all that is looked at.
    await sql(`update servers set heartbeat_at = '2026-01-01T00:00:00.000Z' where url = '${one.url}'`)
    await expect.poll(async () => (await sessionAt(two, lost.id)).closed_reason, { timeout: 40_000 }).toMatch(/^server-lost: /)
    expect(await new LiveClient(at(two, lost.live.ws_url)).closed).toEqual({ code: CLOSE.sessionClosed, reason: 'session/server-lost' })
    const newest = async (): Promise<unknown> => (await two.request('GET', `/v1/agent-sessions/${lost.id}/timeline?limit=1000`)).body.data.at(-1)
    await expect.poll(newest).toMatchObject({ type: 'session.closed', data: { reason: expect.stringContaining('server-lost') } })
    expect((await sessionAt(two, kept.id)).status).toBe('active')

    one = await spawn(dataDir)
    expect((await sessionAt(one, lost.id)).status).toBe('closed')
  }, 150_000)
})
