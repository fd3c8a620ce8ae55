import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createLog } from '../log.ts'
import { Store } from '../store/store.ts'
import { Audit, NOBODY, withoutSecrets } from './audit.ts'

let dir: string
let store: Store
let audit: Audit
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'tandem-audit-'))
  store = await Store.open({ dataDir: dir, log: createLog('silent') })
  audit = new Audit({ store, log: createLog('silent'), days: 90 })
})
afterEach(async () => {
  audit.close()
  await store.close()
  rmSync(dir, { recursive: true, force: true })
})

test('entries are read newest first, also those of one millisecond, and by action, actor and session', async () => {
  for (let count = 0; count < 300; count++) audit.record({ action: 'test.count', actor: NOBODY, data: { count } })
  audit.record({ action: 'key.create', actor: { id: 'key:1', name: 'Ann', address: '::1' }, sessionId: 'agt_1', data: { nested: { deep: [1] } } })
  await audit.flushed()
  const all = await store.audit.list({ limit: 500, action: 'test.*' })
  expect(all.map(({ data }) => data['count'])).toEqual(Array.from({ length: 300 }, (_, index) => 299 - index))
  const [entry] = await store.audit.list({ limit: 1 })
  expect(entry).toMatchObject({
    action: 'key.create',
    actor: { id: 'key:1', name: 'Ann', address: '::1' },
    session_id: 'agt_1',
    data: { nested: { deep: [1] } },
  })
  for (const query of [{ actor: 'key:1' }, { sessionId: 'agt_1' }, { action: 'key.*' }, { action: 'key.create' }])
    expect(await store.audit.list({ limit: 10, ...query })).toEqual([entry])
  expect(await store.audit.list({ limit: 10, action: 'ke.*' })).toEqual([])
})

test('the oldest are forgotten by age and by number', async () => {
  const at = (day: number): string => `2026-01-${String(day).padStart(2, '0')}T00:00:00.000Z`
  await store.audit.insert(
    Array.from({ length: 20 }, (_, index) => ({ id: `aud_${index + 10}`, at: at(index + 1), action: 'a.b', actor: NOBODY, session_id: null, data: {} })),
  )
  await store.audit.prune(at(6), 10)
  expect((await store.audit.list({ limit: 50 })).map(({ id }) => id)).toEqual(Array.from({ length: 10 }, (_, index) => `aud_${29 - index}`))
  await store.audit.prune(at(16), 100)
  expect(await store.audit.list({ limit: 50 })).toHaveLength(5)
})

test('of a flood of refusals the first are listed and the rest is a number', async () => {
  for (let count = 0; count < 5_000; count++) audit.refused({ ...NOBODY, address: `10.0.0.${count % 250}` }, null, { code: 'auth/invalid' })
  audit.close()
  await audit.flushed()
  const entries = await store.audit.list({ limit: 500 })
  expect(entries).toHaveLength(101)
  expect(entries[0]).toMatchObject({ action: 'auth.refused', data: { more: 4_900 } })
})

test('what looks like a secret of ours is taken out, wherever it stands', () => {
  const jwt = 'eyJhbGciOiJIUzI1NiJ9.eyJyb2xlIjoiYWRtaW4ifQ.c2lnbmF0dXJl'
  const data = { key: 'tandem_key_abc-DEF_1', deep: [{ url: `https://example.com/hook?secret=1#token=${jwt}` }], text: `a ${jwt} b`, count: 1 }
  expect(withoutSecrets({ long: 'eyJ'.repeat(500_000) }).long).toHaveLength(4_000)
  expect(withoutSecrets(data)).toEqual({ key: '…', deep: [{ url: 'https://example.com/hook' }], text: 'a … b', count: 1 })
})
