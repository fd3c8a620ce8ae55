/** Credentials and time, on a store of their own; what they open over the wire is tests/server/access.test.ts. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createLog } from '../log.ts'
import { Store } from '../store/store.ts'
import { Auth } from './auth.ts'
import { SteadyTime } from './steadyTime.ts'

let dir: string
let store: Store
/** The machine's clock, which the test sets, and the one that nobody sets. */
const clock = { wall: 0, elapsed: 0 }
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'tandem-auth-'))
  store = await Store.open({ dataDir: dir, log: createLog('silent') })
  clock.wall = Date.parse('2026-01-01T00:00:00.000Z')
  clock.elapsed = 0
})
afterEach(async () => {
  vi.useRealTimers()
  await store.close()
  rmSync(dir, { recursive: true, force: true })
})

const open = (apiKey = 'a key of the test'): Promise<Auth> =>
  Auth.open({
    store,
    dataDir: dir,
    apiKey,
    time: new SteadyTime(
      () => clock.wall,
      () => clock.elapsed,
    ),
  })
const viewer = { kind: 'viewer', role: 'view', sessionId: null } as const

test('a clock that is set back revives no link and no key', async () => {
  const auth = await open()
  const { token } = await auth.mint({ ...viewer, ttlS: 60 })
  const { key } = await auth.keys.create('short', 60)
  expect((await auth.verify(token)).role).toBe('view')
  clock.wall += 61_000
  await expect(auth.verify(token)).rejects.toMatchObject({ code: 'auth/expired' })
  await expect(auth.verify(key)).rejects.toMatchObject({ code: 'auth/expired' })
  clock.wall -= 3_600_000
  clock.elapsed += 5
  await expect(auth.verify(token)).rejects.toMatchObject({ code: 'auth/expired' })
  await expect(auth.verify(key)).rejects.toMatchObject({ code: 'auth/expired' })
})

test('who is here ends with the time of its credential, by whichever clock that is noticed first, and only once', async () => {
  vi.useFakeTimers()
  const auth = await open()
  const { token } = await auth.mint({ ...viewer, ttlS: 600 })
  const who = await auth.verify(token)
  const ended: string[] = []
  auth.watch(who, (code) => ended.push(code))
  // The clock is set back in the middle: nothing ends too early.
  clock.wall -= 86_400_000
  for (let second = 0; second < 590; second += 5) {
    clock.elapsed += 5_000
    vi.advanceTimersByTime(5_000)
  }
  expect(ended).toEqual([])
  clock.elapsed += 11_000
  vi.advanceTimersByTime(11_000)
  expect(ended).toEqual(['auth/expired'])
  vi.advanceTimersByTime(600_000)
  expect(ended).toHaveLength(1)

  // A machine that slept: its clock has moved on, its timers have not.
  const { token: other } = await auth.mint({ ...viewer, ttlS: 600 })
  auth.watch(await auth.verify(other), (code) => ended.push(code))
  clock.wall += 30 * 86_400_000
  vi.advanceTimersByTime(5_000)
  expect(ended).toEqual(['auth/expired', 'auth/expired'])
})

test('what a key has made ends with the key, wherever it was told', async () => {
  const auth = await open()
  const { id, key } = await auth.keys.create('ci', undefined)
  const who = await auth.verify(key)
  const address = await auth.mintForUrl(who, 'view', 'agt_1')
  const { token: cookie } = await auth.mint({ kind: 'cookie', role: 'admin', sessionId: null, keyId: id })
  const ended: string[] = []
  for (const credential of [key, address, cookie]) auth.watch(await auth.verify(credential), () => ended.push(credential))
  await auth.keys.revoke(id)
  expect(ended).toEqual([key, address, cookie])
  for (const credential of [key, address, cookie]) await expect(auth.verify(credential)).rejects.toMatchObject({ code: 'auth/revoked' })
})

test('what another server revokes is followed, and one that nobody uses is not asked about', async () => {
  const [here, there] = [await open(), await open()]
  const { token, row } = await here.mint(viewer)
  const who = await here.verify(token)
  const ended = new Promise((resolve) => here.watch(who, resolve))
  const stop = here.followRevocations((error) => expect.unreachable(String(error)))
  await there.revoke(row.id)
  expect(await ended).toBe('auth/revoked')
  expect(here.letIn.credentials()).toEqual([])
  stop()
})

test('whoever was looked at just before the credential was revoked is let in no more', async () => {
  const auth = await open()
  const { row, token } = await auth.mint({ kind: 'login', role: 'admin', sessionId: null })
  const who = await auth.verify(token)
  await auth.revoke(row.id)
  expect(await new Promise((resolve) => auth.watch(who, resolve))).toBe('auth/revoked')
})

test('another own key ends what came by the one before', async () => {
  const first = await open()
  const { token } = await first.mint({ kind: 'login', role: 'admin', sessionId: null, keyId: first.keys.ownId })
  expect((await first.verify(token)).name).toBe('TANDEM_API_KEY')
  const second = await open('another key of the test')
  await expect(second.verify('a key of the test')).rejects.toMatchObject({ code: 'auth/invalid' })
  await expect(second.verify(token)).rejects.toMatchObject({ code: 'auth/invalid' })
})

test('a resume token is of one session, one viewer and one credential', async () => {
  const auth = await open()
  const [ann, bob] = [await auth.verify((await auth.mint(viewer)).token), await auth.verify((await auth.mint(viewer)).token)]
  const resume = auth.resumeToken('agt_1', 'vwr_1', ann)
  expect(auth.readResumeToken('agt_1', resume, ann)).toBe('vwr_1')
  expect(auth.readResumeToken('agt_1', resume, bob)).toBeNull()
  expect(auth.readResumeToken('agt_2', resume, ann)).toBeNull()
  expect(auth.readResumeToken('agt_1', resume.replace('vwr_1', 'vwr_2'), ann)).toBeNull()
  for (const nonsense of ['', '.', 'vwr_1.', 'vwr_1.x', 'vwr_1']) expect(auth.readResumeToken('agt_1', nonsense, ann)).toBeNull()
})
