import { EventEmitter } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { LiveBrowser } from '@tandem/browser'
import { DEVICES } from '@tandem/protocol'
import { afterEach, expect, test } from 'vitest'
import { systemClock } from '../control/clock.ts'
import { createLog } from '../log.ts'
import { Metrics } from '../metrics.ts'
import type { SessionRow } from '../store/sessions.ts'
import { Store } from '../store/store.ts'
import { Session } from './session.ts'

const log = createLog('silent')
const undo: (() => unknown)[] = []
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step()
})

/** A session on a real store, with a browser that is started when the test says so. */
async function begin() {
  const dir = await mkdtemp(join(tmpdir(), 'tandem-session-'))
  const store = await Store.open({ dataDir: dir, log })
  const metrics = new Metrics()
  undo.push(
    () => rm(dir, { recursive: true, force: true }),
    () => store.close(),
    () => metrics.close(),
  )
  const now = new Date().toISOString()
  const row: SessionRow = {
    id: 'agt_1',
    name: null,
    status: 'active',
    closedReason: null,
    closedAt: null,
    mode: 'pair',
    viewport: DEVICES.desktop,
    quietFrame: 'allow',
    tabs: { urls: [], active: 0 },
    profile: null,
    idleTimeoutS: 0,
    maxDurationS: 0,
    maxViewers: 10,
    serverId: 'srv_1',
    nodeId: null,
    createdAt: now,
    updatedAt: now,
  }
  await store.sessions.insert(row)
  const launched = Promise.withResolvers<LiveBrowser>()
  const session = await Session.open({
    row,
    controlLimits: {},
    controlRecord: null,
    store,
    clock: systemClock,
    log,
    metrics,
    dir: join(dir, 'session'),
    outbox: { deliveriesFor: async () => [], written: () => undefined },
    server: () => null,
    launch: () => launched.promise,
    leaving: async () => undefined,
    ended: async () => undefined,
    iceServers: () => [],
    icePolicy: 'all',
    allowedSchemes: ['http'],
    privateDir: dir,
  })
  let closed = 0
  // Whatever else is asked of it: a session that ends has no use for a browser.
  const browser = { events: new EventEmitter(), close: async () => void (closed += 1) } as unknown as LiveBrowser
  return { session, store, launched, browser, closedBrowsers: () => closed }
}

test('a browser that is there only when its session is being closed is ended, and the session stays closed', async () => {
  const { session, store, launched, browser, closedBrowsers } = await begin()
  const started = session.start(false)
  const ended = session.close('closed by request')
  launched.resolve(browser)
  await expect(started).rejects.toMatchObject({ code: 'session/closed' })
  await ended
  await store.writes.flush()
  expect([session.closed, closedBrowsers()]).toEqual([true, 1])
  expect(await store.sessions.find('agt_1')).toMatchObject({ status: 'closed', closedReason: 'closed by request' })
  expect((await store.timeline.read('agt_1', 0, 10)).map(({ type }) => type)).toEqual(['session.closed'])
})
