/** The database goes away under a session that runs, and comes back: PostgreSQL is stopped, frozen or cut off, the disk of SQLite is full. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TimelineEntry } from '@tandem/protocol'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { LiveClient } from '../harness/liveClient.ts'
import { postgresMissing, startPostgres } from '../harness/postgres.ts'
import type { Postgres } from '../harness/postgres.ts'
import { spawnServer } from '../harness/server.ts'
import type { ServerProcess } from '../harness/server.ts'

const TURNS = 2
const CUTS = 3

const undo: (() => unknown)[] = []
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step()
})

/** A session with a viewer who drives it. */
async function drive(server: ServerProcess) {
  const session = await server.create({ initial_url: 'data:text/html,<title>before</title>' })
  const viewer = await LiveClient.join(session.live.ws_url)
  undo.push(() => viewer.socket.terminate())
  const { epoch } = await viewer.call('control.take', {})
  return { session, viewer, epoch }
}

/** What a viewer notices: its wheel turns, the page goes where it steers, control changes hands. Answers with the epoch at the end. */
async function steer(viewer: LiveClient, title: string, epoch: number): Promise<number> {
  await viewer.call('page.navigate', { url: `data:text/html,<title>${title}</title>`, epoch })
  await viewer.event('session.changed', ({ page_state }) => page_state?.title === title)
  const released = await viewer.call('control.release', { outcome: 'done' })
  const taken = await viewer.call('control.take', {})
  if (taken.epoch <= released.epoch) throw new Error('the takeover raised no epoch')
  return taken.epoch
}

async function timelineOf(server: ServerProcess, id: string): Promise<TimelineEntry[]> {
  return (await server.request('GET', `/v1/agent-sessions/${id}/timeline?limit=1000`)).body.data
}

/** How often a human handed back; throws when an entry is missing or out of order. */
function turnsIn(entries: readonly TimelineEntry[]): number {
  const hole = entries.findIndex(({ seq }, index) => seq !== index + 1)
  if (hole !== -1) throw new Error(`after entry ${hole} comes ${entries[hole]?.seq}`)
  return entries.filter(({ type }) => type === 'control.handed-back').length
}

/** Throws when it fails. */
function run(...[command = '', ...args]: string[]): void {
  const { status, stderr } = spawnSync(command, args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${command} failed: ${stderr}`)
}

/** What needs the database says that it is away and what to do; what does not is answered as ever. */
async function expectRefusals(server: ServerProcess, path: string): Promise<void> {
  for (const [method, url] of [
    ['GET', '/v1/agent-sessions'],
    ['POST', '/v1/agent-sessions'],
    ['GET', path],
    ['POST', `${path}/viewer-tokens`],
  ] as const) {
    const refused = await server.request(method, url, method === 'POST' ? { body: {} } : {})
    expect(refused).toMatchObject({ status: 503, body: { code: 'store/failed', reason: 'unreachable', retry: true } })
    expect(refused.body.detail).toContain('DATABASE_URL')
  }
  const notReady = await server.request('GET', '/ready', { token: null })
  expect(notReady.status).toBe(503)
  expect(JSON.stringify(notReady.body)).toContain('PostgreSQL')
  expect((await server.request('GET', '/health', { token: null })).status).toBe(200)
}

/** Reachable again, and nothing of what happened meanwhile is missing. */
async function expectAllWritten(server: ServerProcess, id: string, { epoch, turns }: { epoch: number; turns: number }): Promise<void> {
  await expect.poll(async () => (await server.request('GET', '/ready', { token: null })).status, { timeout: 20_000 }).toBe(200)
  await expect.poll(async () => (await server.request('GET', `/v1/agent-sessions/${id}`)).body.control?.epoch).toBe(epoch)
  await expect.poll(async () => turnsIn(await timelineOf(server, id))).toBe(turns)
}

describe.skipIf(postgresMissing())('PostgreSQL', () => {
  let postgres: Postgres
  beforeAll(async () => {
    postgres = await startPostgres()
  })
  afterAll(() => postgres.close())

  test('is stopped and started again: the session goes on, requests are refused at once, and all is written afterwards', async () => {
    const env = { DATABASE_URL: await postgres.createDatabase() }
    let server = await spawnServer({ env })
    undo.push(() => server.close())
    const { session, viewer, epoch } = await drive(server)
    const path = `/v1/agent-sessions/${session.id}`

    undo.push(() => postgres.start())
    await postgres.stop()
    const during = await steer(viewer, 'during', epoch)
    await expectRefusals(server, path)

    await postgres.start()
    await expectAllWritten(server, session.id, { epoch: during, turns: 1 })
    const after = await steer(viewer, 'after', during)
    await expectAllWritten(server, session.id, { epoch: after, turns: TURNS })
    expect(server.stderr()).toContain('the database takes no writes')
    expect(server.stderr()).toContain('everything is written')
    expect(server.stderr()).not.toContain(new URL(env.DATABASE_URL).password)
    const other = await server.create({})
    expect(other.status).toBe('active')

    // What another run of the server finds is what happened.
    const { dataDir } = server
    await server.kill('SIGKILL')
    server = await spawnServer({ env, dataDir })
    undo.push(() => rmSync(dataDir, { recursive: true, force: true }))
    await expect.poll(async () => (await server.request('GET', path)).body.status, { timeout: 20_000 }).toBe('active')
    expect((await server.request('GET', path)).body.control.epoch).toBeGreaterThan(after)
  }, 120_000)

  test('is frozen: the session goes on, requests are refused, and all is written afterwards', async () => {
    const server = await spawnServer({ env: { DATABASE_URL: await postgres.createDatabase() } })
    undo.push(() => server.close())
    const { session, viewer, epoch } = await drive(server)

    postgres.hang()
    undo.push(() => postgres.wake())
    const during = await steer(viewer, 'during', epoch)
    await expectRefusals(server, `/v1/agent-sessions/${session.id}`)
    // Also once it has given up every connection that it had.
    const later = await steer(viewer, 'later', during)

    postgres.wake()
    await expectAllWritten(server, session.id, { epoch: later, turns: 2 })
    const after = await steer(viewer, 'after', later)
    await expectAllWritten(server, session.id, { epoch: after, turns: 3 })
  }, 120_000)

  test('cuts a connection in the midst of a transaction: the session goes on, and all is written', async () => {
    const databaseUrl = await postgres.createDatabase()
    const server = await spawnServer({ env: { DATABASE_URL: databaseUrl } })
    undo.push(() => server.close())
    const { session, viewer, epoch } = await drive(server)
    let last = epoch
    for (let turn = 1; turn <= CUTS; turn++) {
      await postgres.lock(databaseUrl, 'controls')
      last = await steer(viewer, `turn ${turn}`, last)
      await expect.poll(() => postgres.ask(databaseUrl, 'select 1 as waits from pg_locks where not granted limit 1')).toEqual([{ waits: 1 }])
      await postgres.cut()
      await expectAllWritten(server, session.id, { epoch: last, turns: turn })
    }
  }, 120_000)
})

const rootMissing = (): string | null => {
  if (process.getuid?.() === 0 && process.platform === 'linux') return null
  console.warn('Only root may mount a small disk: the test of a full one is skipped.')
  return 'not root'
}

describe.skipIf(rootMissing())('SQLite', () => {
  test('on a full disk: the session goes on, the refusal says what to do, and with room again all is written', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'tandem-full-'))
    run('mount', '-t', 'tmpfs', '-o', 'size=160m', 'tmpfs', dataDir)
    undo.push(() => {
      run('umount', '-l', dataDir)
      rmSync(dataDir, { recursive: true, force: true })
    })
    const server = await spawnServer({ dataDir })
    undo.push(() => server.close())
    const { session, viewer, epoch } = await drive(server)

    const filler = join(dataDir, 'filler')
    fill(filler)
    const during = await steer(viewer, 'during', epoch)
    await expect.poll(async () => (await server.request('GET', '/ready', { token: null })).status, { timeout: 20_000 }).toBe(503)
    const refused = await server.request('POST', '/v1/agent-sessions', { body: {} })
    expect(refused).toMatchObject({ status: 503, body: { code: 'store/failed', reason: 'disk-full' } })
    expect(refused.body.detail).toContain('free some space')
    // What needs no room is answered as ever.
    expect((await server.request('GET', `/v1/agent-sessions/${session.id}`)).body.control.epoch).toBe(during)

    rmSync(filler)
    await expect.poll(async () => (await server.request('GET', '/ready', { token: null })).status, { timeout: 20_000 }).toBe(200)
    await steer(viewer, 'after', during)
    await expect.poll(async () => turnsIn(await timelineOf(server, session.id))).toBe(TURNS)
    expect((await server.create({})).status).toBe('active')
  }, 120_000)
})

/** Until not one byte more can be written. */
function fill(path: string): void {
  for (const size of [1_048_576, 4_096, 1]) {
    try {
      for (;;) writeFileSync(path, Buffer.alloc(size), { flag: 'a' })
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error
    }
  }
}
