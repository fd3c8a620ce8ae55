import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Store } from '../store/store.ts'
import { Cluster } from './cluster.ts'
import { addressAt } from './forward.ts'
import { movedReason } from './relay.ts'

let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'tandem-cluster-'))
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
  rmSync(dir, { recursive: true, force: true })
})

/** A database with one other server in it, whose silence is told by hand: time passes for it with the test's clock. */
async function begin() {
  const state = { away: false, heardAt: performance.now(), closed: [] as string[] }
  const answer = <T>(value: () => T): Promise<T> => (state.away ? Promise.reject(new Error('away')) : Promise.resolve(value()))
  const store = {
    shared: true,
    servers: {
      register: () => answer(() => undefined),
      beat: () => answer(() => true),
      leave: () => answer(() => undefined),
      prune: () => answer(() => undefined),
      list: () => answer(() => [{ id: 'srv_other', url: 'http://other:1', startedAt: '', silentMs: performance.now() - state.heardAt }]),
    },
    sessions: { closeOf: (id: string) => answer(() => (state.closed.push(id), ['agt_1'])) },
  } as unknown as Store
  const cluster = await Cluster.open({ store, dataDir: dir, log: pino({ level: 'silent' }) })
  const told: string[] = []
  cluster.events.on('back', () => told.push('back'))
  cluster.events.on('lost', () => told.push('lost'))
  await cluster.join('http://here:1')
  told.length = 0
  return { state, cluster, told }
}

test('its id is the same at each start, and addresses of others come from the database alone', async () => {
  const { cluster } = await begin()
  const again = await begin()
  expect(again.cluster.id).toBe(cluster.id)
  expect(cluster.peer(cluster.id)).toEqual({ id: cluster.id, url: 'http://here:1', alive: true })
  expect(cluster.peer('srv_other')).toEqual({ id: 'srv_other', url: 'http://other:1', alive: true })
  expect(cluster.peer('srv_unknown')).toEqual({ id: 'srv_unknown', url: '', alive: false })
  expect(cluster.origins).toEqual(['http://other:1'])
})

test('a server is away after ten seconds of silence, and its sessions are closed after a minute', async () => {
  const { state, cluster, told } = await begin()
  await vi.advanceTimersByTimeAsync(8_000)
  expect(cluster.peer('srv_other').alive).toBe(true)
  await vi.advanceTimersByTimeAsync(6_000)
  expect(cluster.peer('srv_other').alive).toBe(false)
  expect(state.closed).toEqual([])
  await vi.advanceTimersByTimeAsync(50_000)
  expect(state.closed).toContain('srv_other')
  expect(told).toContain('lost')
})

test('while the database is away nobody is given up: silence counts anew, and whoever was there still is', async () => {
  const { state, cluster, told } = await begin()
  state.heardAt = performance.now()
  await vi.advanceTimersByTimeAsync(4_000)
  state.heardAt = performance.now()
  state.away = true
  await vi.advanceTimersByTimeAsync(300_000)
  state.away = false
  await vi.advanceTimersByTimeAsync(6_000)
  expect(told).toEqual(['back'])
  expect(cluster.peer('srv_other').alive).toBe(true)
  expect(state.closed).toEqual([])
  // It was away for another reason.
  await vi.advanceTimersByTimeAsync(12_000)
  expect(cluster.peer('srv_other').alive).toBe(false)
  expect(state.closed).toContain('srv_other')
})

test('a viewer is told where to go without a query, unless the address is too long for a close frame', () => {
  const peer = { id: 'srv_other', url: 'https://two.example.com/browsers', alive: true }
  expect(movedReason(peer, '/v1/agent-sessions/agt_1/live?token=secret')).toBe('wss://two.example.com/browsers/v1/agent-sessions/agt_1/live')
  expect(movedReason({ ...peer, url: `https://${'long.'.repeat(30)}example.com` }, '/live')).toBeNull()
})

test('a request that names a whole address goes to the owner all the same', () => {
  const owner = { id: 'srv_2', url: 'http://two:7900/base', alive: true }
  for (const asked of ['/v1/agent-sessions/agt_1?a=b', 'http://evil.example/v1/agent-sessions/agt_1?a=b'])
    expect(addressAt(owner, asked).href).toBe('http://two:7900/base/v1/agent-sessions/agt_1?a=b')
})
