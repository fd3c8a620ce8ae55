/** One contract for both databases: what the store promises on SQLite it promises on a real PostgreSQL. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DEVICES } from '@tandem/protocol'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createLog } from '../../packages/server/src/log.ts'
import { forgetClosedBefore } from '../../packages/server/src/store/forgetting.ts'
import type { SessionRow } from '../../packages/server/src/store/sessions.ts'
import { Store } from '../../packages/server/src/store/store.ts'
import type { DeliveryRow } from '../../packages/server/src/store/webhooks.ts'
import { postgresMissing, startPostgres } from '../harness/postgres.ts'
import type { Postgres } from '../harness/postgres.ts'

const log = createLog('silent')
let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'tandem-store-'))
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

const row = (id: string, change: Partial<SessionRow> = {}): SessionRow => ({
  id,
  name: null,
  status: 'active',
  closedReason: null,
  closedAt: null,
  mode: 'pair',
  viewport: DEVICES.phone,
  quietFrame: 'allow',
  tabs: { urls: ['http://x/'], active: 0 },
  profile: null,
  idleTimeoutS: 0,
  maxDurationS: 0,
  maxViewers: 1_000,
  serverId: 'srv_1',
  nodeId: null,
  createdAt: '2026-01-01T00:00:00.000Z',
  updatedAt: '2026-01-01T00:00:00.000Z',
  ...change,
})
const fresh = { revokedAt: null, singleUse: false, usedAt: null, claim: null, keyId: null }
const entry = (seq: number, data: Record<string, unknown> = {}) => ({ seq, at: '2026-01-01T00:00:00.000Z', type: 'session.created', data })

/** `databaseUrl`: of a new database; undefined: a file in the test's folder. */
function contract(databaseUrl: () => Promise<string | undefined>): void {
  let url: string | undefined
  beforeEach(async () => {
    url = await databaseUrl()
  })
  const open = (): Promise<Store> => Store.open({ dataDir: dir, databaseUrl: url, log })

  test('what was written is there after the store was closed and opened again', async () => {
    const first = await open()
    await first.sessions.insert(row('agt_1', { name: "Bobby'; drop table sessions; --" }))
    await first.controls.save('agt_1', { epoch: 1 })
    await first.controls.save('agt_1', { epoch: 2 })
    await first.timeline.append('agt_1', { seq: 1, at: '2026-01-01T00:00:00.000Z', type: 'session.created', data: { nested: { deep: [1] } } })
    await first.sessions.update('agt_1', { status: 'closed', closedReason: 'why', tabs: { urls: [], active: 0 } })
    await first.close()
    await first.close()
    const second = await open()
    expect(await second.sessions.find('agt_1')).toEqual(
      row('agt_1', { name: "Bobby'; drop table sessions; --", status: 'closed', closedReason: 'why', tabs: { urls: [], active: 0 } }),
    )
    expect(await second.controls.load('agt_1')).toEqual({ epoch: 2 })
    expect(await second.timeline.read('agt_1', 0, 10)).toEqual([
      { seq: 1, at: '2026-01-01T00:00:00.000Z', type: 'session.created', data: { nested: { deep: [1] } } },
    ])
    expect(await second.timeline.lastSeq('agt_1')).toBe(1)
    expect(await second.sessions.find('agt_2')).toBeNull()
    expect(await second.controls.load('agt_2')).toBeNull()
    await second.close()
  })

  test('lists go page by page, newest first, also where times are equal', async () => {
    const store = await open()
    for (const id of ['a', 'b', 'c', 'd', 'e'])
      await store.sessions.insert(row(id, { createdAt: id < 'c' ? '2026-01-01T00:00:00.000Z' : '2026-01-02T00:00:00.000Z' }))
    const seen: string[] = []
    let cursor: string | undefined
    do {
      const page = await store.sessions.list({ statuses: ['active'], limit: 2, cursor })
      seen.push(...page.rows.map(({ id }) => id))
      cursor = page.next ?? undefined
    } while (cursor !== undefined)
    expect(seen).toEqual(['e', 'd', 'c', 'b', 'a'])
    await expect(store.sessions.list({ statuses: ['active'], limit: 2, cursor: 'nonsense' })).rejects.toMatchObject({ code: 'request/invalid' })
    await store.close()
  })

  test('tokens are listed until they expire or are revoked', async () => {
    const store = await open()
    await store.sessions.insert(row('agt_1'))
    const token = (id: string, expiresAt: string): Promise<void> =>
      store.tokens.insert({ id, role: 'view', sessionId: 'agt_1', kind: 'viewer', name: null, createdAt: '2026-01-01T00:00:00.000Z', expiresAt, ...fresh })
    await token('old', '2026-01-02T00:00:00.000Z')
    await token('good', '2026-01-09T00:00:00.000Z')
    await token('bad', '2026-01-09T00:00:00.000Z')
    await store.tokens.revoke('bad', '2026-01-03T00:00:00.000Z')
    expect((await store.tokens.list('agt_1', '2026-01-05T00:00:00.000Z')).map(({ id }) => id)).toEqual(['good'])
    expect((await store.tokens.find('bad'))?.revokedAt).toBe('2026-01-03T00:00:00.000Z')
    await store.tokens.prune('2026-01-05T00:00:00.000Z')
    expect(await store.tokens.find('old')).toBeNull()
    await store.close()
  })

  test('what need not be waited for is written in order, the newest of each kind, before the store closes', async () => {
    const store = await open()
    await store.sessions.insert(row('agt_1'))
    for (let epoch = 1; epoch <= 50; epoch++) {
      store.writes.add('a control record', ({ controls }) => controls.save('agt_1', { epoch }), 'control:agt_1')
      store.writes.add('an entry', ({ timeline }) => timeline.append('agt_1', entry(epoch)))
    }
    // Refused for what it is: the others are written all the same.
    store.writes.add('an entry of nothing', ({ timeline }) => timeline.append('unknown', entry(1)))
    store.writes.add('an entry', ({ timeline }) => timeline.append('agt_1', entry(51)))
    await store.writes.flush()
    expect(store.writes.status).toEqual({ waiting: 0, lost: 1, failingSince: null })
    expect(await store.controls.load('agt_1')).toEqual({ epoch: 50 })
    expect((await store.timeline.read('agt_1', 0, 100)).map(({ seq }) => seq)).toEqual(Array.from({ length: 51 }, (_, index) => index + 1))
    store.writes.add('an entry', ({ timeline }) => timeline.append('agt_1', entry(52)))
    await store.close()
    const again = await open()
    expect(await again.timeline.lastSeq('agt_1')).toBe(52)
    await again.close()
  })

  test('a secret is the first that was written, and a single-use link goes to the first who asks', async () => {
    const store = await open()
    const made = await Promise.all(['one', 'two', 'three'].map((value) => store.secrets.readOrInsert('token-secret', value)))
    expect(new Set(made).size).toBe(1)
    await store.sessions.insert(row('agt_1'))
    await store.tokens.insert({
      id: 'tok_1',
      role: 'view',
      sessionId: 'agt_1',
      kind: 'viewer',
      name: null,
      createdAt: '2026-01-01T00:00:00.000Z',
      expiresAt: '2026-01-09T00:00:00.000Z',
      ...fresh,
      singleUse: true,
    })
    const claims = await Promise.all(['a', 'b', 'c'].map((claim) => store.tokens.claim('tok_1', claim, '2026-01-02T00:00:00.000Z')))
    expect(claims.filter(Boolean)).toHaveLength(1)
    await store.close()
  })

  test('a session that was closed meanwhile is not opened again by what waited to be written, unless that is meant', async () => {
    const store = await open()
    await store.sessions.insert(row('agt_1'))
    await store.sessions.update('agt_1', { status: 'closed', closedReason: 'closed by request' })
    await store.sessions.update('agt_1', { status: 'active', closedReason: null, mode: 'manual' })
    expect(await store.sessions.find('agt_1')).toMatchObject({ status: 'closed', closedReason: 'closed by request', mode: 'pair' })
    await store.sessions.update('agt_1', { status: 'active', closedReason: null }, { reopen: true })
    expect(await store.sessions.find('agt_1')).toMatchObject({ status: 'active', closedReason: null })
    await store.close()
  })

  test('closed sessions are forgotten after their time with all that belongs to them, and no others', async () => {
    const store = await open()
    const closed = (closedAt: string): Partial<SessionRow> => ({ status: 'closed', closedReason: 'done', closedAt })
    await store.sessions.insert(row('agt_old', closed('2026-01-31T23:59:59.999Z')))
    await store.sessions.insert(row('agt_late', closed('2026-02-01T00:00:00.000Z')))
    await store.sessions.insert(row('agt_open'))
    await store.controls.save('agt_old', { epoch: 1 })
    await store.tokens.insert({
      ...fresh,
      id: 'tok_1',
      role: 'view',
      sessionId: 'agt_old',
      kind: 'viewer',
      name: null,
      createdAt: '2026-01-01',
      expiresAt: '2099-01-01',
    })
    // More than goes at once.
    for (let seq = 1; seq <= 501; seq++) await store.timeline.append('agt_old', entry(seq))
    for (const id of ['agt_late', 'agt_open']) await store.timeline.append(id, entry(1))
    for (let more = 0; more < 60; more++) await store.sessions.insert(row(`agt_more${more}`, closed('2026-01-01T00:00:00.000Z')))

    await forgetClosedBefore(store, '2026-02-01T00:00:00.000Z')
    expect((await store.sessions.list({ statuses: ['active', 'closed'], limit: 100 })).rows.map(({ id }) => id)).toEqual(['agt_open', 'agt_late'])
    expect([await store.timeline.lastSeq('agt_old'), await store.controls.load('agt_old'), await store.tokens.find('tok_1')]).toEqual([0, null, null])
    expect([await store.timeline.lastSeq('agt_late'), await store.timeline.lastSeq('agt_open')]).toEqual([1, 1])
    await store.close()
  })

  test('what a server had is closed for it, once, and nothing else', async () => {
    const store = await open()
    await store.sessions.insert(row('agt_1'))
    await store.sessions.insert(row('agt_2', { serverId: 'srv_2' }))
    await store.sessions.insert(row('agt_3', { status: 'closed', closedReason: 'earlier' }))
    expect(await store.sessions.closeOf('srv_1', 'server-lost: test', '2026-01-02T00:00:00.000Z')).toEqual(['agt_1'])
    expect(await store.sessions.closeOf('srv_1', 'server-lost: test', '2026-01-02T00:00:00.000Z')).toEqual([])
    expect((await store.sessions.find('agt_2'))?.status).toBe('active')
    expect((await store.sessions.find('agt_3'))?.closedReason).toBe('earlier')
    expect((await store.sessions.list({ statuses: ['active'], limit: 10, serverId: 'srv_2' })).rows.map(({ id }) => id)).toEqual(['agt_2'])
    await store.sessions.saveLive('agt_2', { id: 'agt_2', viewers: 3 })
    expect(await store.sessions.loadLive('agt_2')).toEqual({ id: 'agt_2', viewers: 3 })
    expect(await store.sessions.loadLive('agt_1')).toBeNull()
    await store.close()
  })

  test('a node is made once, registered as often as wanted, and sealed anew only if nobody was quicker', async () => {
    const store = await open()
    const at = '2026-01-01T00:00:00.000Z'
    const livekit = (apiSecret: string) => ({ wsUrl: 'wss://x', apiKey: 'k', apiSecret, registeredAt: at })
    const node = {
      id: 'n',
      displayName: 'Rack 7',
      region: 'eu',
      hardwareClass: null,
      publicKey: null,
      state: 'active',
      livekit: null,
      registeredAt: at,
    } as const
    expect(await store.nodes.insert(node)).toBe(true)
    expect(await store.nodes.insert({ ...node, displayName: 'other' })).toBe(false)
    expect(await store.nodes.find('n')).toEqual(node)
    await store.nodes.setState('n', 'draining')
    await store.nodes.register({ ...node, displayName: 'other', livekit: livekit('sealed 1') })
    expect(await store.nodes.list()).toEqual([{ ...node, state: 'draining', livekit: livekit('sealed 1') }])
    await store.nodes.register({ ...node, livekit: livekit('sealed 2') })
    await store.nodes.reseal('n', 'sealed 1', 'too late')
    expect((await store.nodes.find('n'))?.livekit?.apiSecret).toBe('sealed 2')
    await store.nodes.reseal('n', 'sealed 2', 'sealed 3')
    expect((await store.nodes.find('n'))?.livekit?.apiSecret).toBe('sealed 3')
    await store.nodes.remove('n')
    expect(await store.nodes.find('n')).toBeNull()
    await store.close()
  })

  test('whether a node that is in no row takes sessions is kept by its id', async () => {
    const store = await open()
    expect(await store.nodes.fixedState('own_1')).toBeNull()
    await store.nodes.setFixedState('own_1', 'cordoned')
    await store.nodes.setFixedState('own_1', 'draining')
    expect([await store.nodes.fixedState('own_1'), await store.nodes.fixedState('own_2')]).toEqual(['draining', null])
    expect(await store.nodes.list()).toEqual([])
    await store.close()
  })

  test('open sessions of other servers are counted by the node that they stick to', async () => {
    const store = await open()
    await store.sessions.insert(row('agt_1', { nodeId: 'n' }))
    await store.sessions.insert(row('agt_2', { serverId: 'srv_2' }))
    await store.sessions.insert(row('agt_3', { serverId: 'srv_2', nodeId: 'n' }))
    await store.sessions.insert(row('agt_4', { serverId: 'srv_2', nodeId: 'n', status: 'closed' }))
    await store.sessions.update('agt_2', { nodeId: 'n' })
    expect((await store.sessions.find('agt_2'))?.nodeId).toBe('n')
    expect(await store.sessions.countByNode('srv_1')).toEqual(new Map([['n', 2]]))
    expect(await store.sessions.countByNode('srv_2')).toEqual(new Map([['n', 1]]))
    await store.close()
  })

  test('a profile is given to one session at a time, whoever asks at once', async () => {
    const store = await open()
    const at = '2026-01-01T00:00:00.000Z'
    const got = await Promise.all(['agt_1', 'agt_2', 'agt_3'].map((id) => store.profiles.acquire('shop', id, at)))
    expect(got.filter(Boolean)).toHaveLength(1)
    const holder = (await store.profiles.find('shop'))?.sessionId ?? ''
    expect(await store.profiles.remove('shop')).toBe(false)
    // Taken over only from the one that is named.
    expect(await store.profiles.acquire('shop', 'agt_9', at, 'agt_8')).toBe(false)
    expect(await store.profiles.acquire('shop', 'agt_9', at, holder)).toBe(true)
    await store.profiles.release('agt_9', '2026-01-02T00:00:00.000Z')
    expect(await store.profiles.list()).toEqual([{ name: 'shop', createdAt: at, lastUsedAt: '2026-01-02T00:00:00.000Z', sessionId: null }])
    expect(await store.profiles.remove('shop')).toBe(true)
    expect(await store.profiles.find('shop')).toBeNull()
    await store.close()
  })

  test('a delivery is written with its entry or not at all, and claimed by one', async () => {
    const store = await open()
    const at = '2026-01-01T00:00:00.000Z'
    const later = '2026-01-01T00:00:30.000Z'
    await store.sessions.insert(row('agt_1'))
    await store.webhooks.insert({ id: 'whk_1', url: 'https://x/', events: ['control.*'], secret: 's', createdAt: at, disabledAt: null })
    const delivery = (id: string, webhookId = 'whk_1'): DeliveryRow => ({
      id,
      webhookId,
      eventId: 'evt_1',
      type: 'session.created',
      body: '{}',
      status: 'pending',
      attempts: 0,
      lastStatus: null,
      lastError: null,
      createdAt: at,
      nextAttemptAt: at,
    })
    await store.timeline.append('agt_1', entry(1), [delivery('dlv_2'), delivery('dlv_1')])
    // The answer of a write got lost: written again, it is there once.
    expect(await store.timeline.append('agt_1', entry(1), [delivery('dlv_3')])).toBe(true)
    await expect(store.timeline.append('agt_1', entry(2), [delivery('dlv_1')])).rejects.toMatchObject({ code: 'store/failed' })
    expect((await store.timeline.read('agt_1', 0, 10)).map(({ seq }) => seq)).toEqual([1])
    // Another server has written under this number meanwhile: that is no lost answer.
    expect(await store.timeline.append('agt_1', { ...entry(1), type: 'session.closed' }, [delivery('dlv_4')])).toBe(false)
    // A webhook that is deleted while an event happens takes nothing with it.
    expect(await store.timeline.append('agt_1', entry(2), [delivery('dlv_5', 'whk_none')])).toBe(true)
    expect((await store.timeline.read('agt_1', 0, 10)).map(({ seq, type }) => [seq, type])).toEqual([
      [1, 'session.created'],
      [2, 'session.created'],
    ])
    expect(await store.webhooks.due(at)).toEqual(['whk_1'])
    const claims = await Promise.all([store.webhooks.claim('whk_1', at, later), store.webhooks.claim('whk_1', at, later)])
    expect(claims.flatMap((claimed) => claimed ?? []).map(({ id, attempts }) => [id, attempts])).toContainEqual(['dlv_1', 1])
    expect(new Set(claims.flatMap((claimed) => claimed?.id ?? [])).size).toBe(claims.filter(Boolean).length)
    await store.webhooks.updateDelivery('dlv_1', { status: 'delivered', lastStatus: 200, nextAttemptAt: null })
    await store.webhooks.giveUp('whk_1', 'gone')
    expect((await store.webhooks.deliveries('whk_1', null, 10)).map(({ id, status }) => [id, status])).toEqual([
      ['dlv_2', 'dead'],
      ['dlv_1', 'delivered'],
    ])
    expect(await store.webhooks.deadLetters()).toEqual(new Map([['whk_1', 1]]))
    expect([await store.webhooks.nextDue(), await store.webhooks.countPending('whk_1')]).toEqual([null, 0])
    await store.webhooks.prune('2026-01-02T00:00:00.000Z', at)
    expect((await store.webhooks.deliveries('whk_1', null, 10)).map(({ id }) => id)).toEqual(['dlv_2'])
    expect([await store.webhooks.remove('whk_1'), await store.webhooks.remove('whk_1')]).toEqual([true, false])
    await store.close()
  })

  test('every failure is a typed error, and one server has a data directory', async () => {
    const store = await open()
    await store.sessions.insert(row('agt_1'))
    await expect(store.sessions.insert(row('agt_1'))).rejects.toMatchObject({ code: 'store/failed', details: { reason: 'refused' } })
    await expect(store.timeline.append('unknown', entry(1))).rejects.toMatchObject({ code: 'store/failed' })
    await expect(open()).rejects.toMatchObject({ code: 'store/locked' })
    await store.check()
    await store.close()
    await expect(store.sessions.find('agt_1')).rejects.toMatchObject({ code: 'server/shutting-down' })
    await expect(Store.open({ dataDir: join(dir, 'no', 'such'), databaseUrl: url, log })).rejects.toMatchObject({ code: 'store/failed' })
    await (await open()).close()
  })
}

describe('on SQLite', () => {
  contract(async () => undefined)

  test('a file that is no database is refused', async () => {
    writeFileSync(join(dir, 'tandem.db'), 'this is no database, whatever its name says, and long enough to look like one'.repeat(100))
    await expect(Store.open({ dataDir: dir, log })).rejects.toMatchObject({ code: 'store/failed' })
  })
})

describe.skipIf(postgresMissing())('on PostgreSQL', () => {
  let postgres: Postgres
  beforeAll(async () => {
    postgres = await startPostgres()
  })
  afterAll(() => postgres.close())
  contract(() => postgres.createDatabase())

  test('servers that start at once migrate an empty database once', async () => {
    const databaseUrl = await postgres.createDatabase()
    const dirs = ['a', 'b', 'c'].map((name) => mkdtempSync(join(dir, name)))
    const stores = await Promise.all(dirs.map((dataDir) => Store.open({ dataDir, databaseUrl, log })))
    const secrets = await Promise.all(stores.map((store, index) => store.secrets.readOrInsert('api-key', `key ${index}`)))
    expect(new Set(secrets).size).toBe(1)
    await Promise.all(stores.map((store) => store.close()))
  })

  test('while it is stopped all is refused at once with what to do, and what was to be written is written afterwards', async () => {
    const databaseUrl = await postgres.createDatabase()
    const store = await Store.open({ dataDir: dir, databaseUrl, log })
    await store.sessions.insert(row('agt_1'))
    await postgres.stop()
    await expect(store.sessions.find('agt_1')).rejects.toMatchObject({ code: 'store/failed', details: { reason: 'unreachable' } })
    for (let seq = 1; seq <= 700; seq++) store.writes.add('an entry', ({ timeline }) => timeline.append('agt_1', entry(seq)))
    for (const mode of ['ai', 'manual', 'shared'] as const) store.writes.add('a session', ({ sessions }) => sessions.update('agt_1', { mode }), 'session:agt_1')
    await store.writes.flush()
    expect(store.writes.status).toMatchObject({ waiting: 701, lost: 0 })
    await expect(store.check()).rejects.toMatchObject({ code: 'store/failed' })
    const message = await store.check().catch((error: unknown) => String(error))
    expect(message).toContain('DATABASE_URL')
    expect(message).not.toContain(new URL(databaseUrl).password)
    await postgres.start()
    await expect.poll(() => store.writes.status, { timeout: 20_000 }).toEqual({ waiting: 0, lost: 0, failingSince: null })
    await store.check()
    expect((await store.sessions.find('agt_1'))?.mode).toBe('shared')
    expect(await store.timeline.lastSeq('agt_1')).toBe(700)
    await store.close()
  })

  test('a connection that ends between two statements of a write costs a try, not the server', async () => {
    const databaseUrl = await postgres.createDatabase()
    const store = await Store.open({ dataDir: dir, databaseUrl, log })
    let tries = 0
    store.writes.add('a session', async ({ sessions }) => {
      await sessions.insert(row('agt_1'))
      if (++tries === 1) await postgres.cut()
      await sessions.update('agt_1', { mode: 'manual' })
    })
    await expect.poll(() => store.writes.status, { timeout: 20_000 }).toEqual({ waiting: 0, lost: 0, failingSince: null })
    expect(tries).toBe(2)
    expect((await store.sessions.find('agt_1'))?.mode).toBe('manual')
    await store.close()
  })

  test('a transaction that began too late for us is not what others write in afterwards', async () => {
    const databaseUrl = await postgres.createDatabase()
    const store = await Store.open({ dataDir: dir, databaseUrl, log })
    await store.sessions.insert(row('agt_1'))
    postgres.hang()
    try {
      store.writes.add('a control record', ({ controls }) => controls.save('agt_1', { epoch: 1 }))
      await store.writes.flush()
      expect(store.writes.status).toMatchObject({ waiting: 1 })
    } finally {
      postgres.wake()
    }
    await expect.poll(() => store.sessions.insert(row('agt_2')).then(() => 'written', String), { timeout: 20_000 }).toBe('written')
    expect(await postgres.ask(databaseUrl, "select id from sessions where id = 'agt_2'")).toEqual([{ id: 'agt_2' }])
    await expect.poll(() => store.writes.status, { timeout: 20_000 }).toEqual({ waiting: 0, lost: 0, failingSince: null })
    expect(await store.controls.load('agt_1')).toEqual({ epoch: 1 })
    await store.close()
  })

  test('one that hangs is told after seconds, and then at once, until it answers again', async () => {
    const databaseUrl = await postgres.createDatabase()
    const store = await Store.open({ dataDir: dir, databaseUrl, log })
    await store.sessions.insert(row('agt_1'))
    postgres.hang()
    try {
      await expect(store.sessions.find('agt_1')).rejects.toMatchObject({ code: 'store/failed', details: { reason: 'unreachable' } })
      // One of them may try again; all others are refused in one go, none of them waits for anything.
      let refused = 0
      const tries = Array.from({ length: 200 }, () => store.sessions.find('agt_1').catch(() => refused++))
      const first = await Promise.race(tries.map(async (found) => (await found, refused)))
      expect(first).toBeGreaterThanOrEqual(tries.length - 1)
      await Promise.all(tries)
    } finally {
      postgres.wake()
    }
    await expect
      .poll(
        () =>
          store.sessions.find('agt_1').then(
            (found) => found?.id,
            () => null,
          ),
        { timeout: 20_000 },
      )
      .toBe('agt_1')
    await store.close()
  })

  test('with TLS asked for, a database that has none is refused, and never used in the clear', async () => {
    const databaseUrl = await postgres.createDatabase()
    for (const mode of ['prefer', 'require', 'verify-full', 'no-verify']) {
      const error = await Store.open({ dataDir: dir, databaseUrl: `${databaseUrl}?sslmode=${mode}`, log }).catch((failure: unknown) => failure)
      expect(error).toMatchObject({ code: 'store/failed' })
      expect(String(error)).toContain('does not support SSL')
      expect(String(error)).not.toContain(new URL(databaseUrl).password)
    }
  })

  test('a database that is not there is said at the start, without its password', async () => {
    const databaseUrl = (await postgres.createDatabase()).replace(/tandem_\d+$/, 'nothing')
    const error = await Store.open({ dataDir: dir, databaseUrl, log }).catch((failure: unknown) => failure)
    expect(error).toMatchObject({ code: 'store/failed' })
    expect(String(error)).toContain('nothing')
    expect(String(error)).not.toContain(new URL(databaseUrl).password)
  })
})
