import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { systemClock } from '../control/clock.ts'
import { createLog } from '../log.ts'
import { Store } from '../store/store.ts'
import { Profiles } from './profiles.ts'

let dataDir: string
let store: Store
let profiles: Profiles
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'tandem-profiles-'))
  store = await Store.open({ dataDir, log: createLog('silent') })
  profiles = new Profiles({ store, dataDir, clock: systemClock })
})
afterEach(async () => {
  await store.close()
  await rm(dataDir, { recursive: true, force: true })
})

test('a profile whose folder cannot be made is given to nobody', async () => {
  await writeFile(join(dataDir, 'profiles'), 'in the way')
  await expect(profiles.acquire('ann', 'agt_1')).rejects.toMatchObject({ code: 'store/failed' })
  await rm(join(dataDir, 'profiles'))
  await profiles.acquire('ann', 'agt_2')
  expect(await profiles.list()).toMatchObject([{ name: 'ann', session_id: 'agt_2' }])
})

test('nobody gets a profile while its folder is being removed', async () => {
  await profiles.acquire('ann', 'agt_1')
  await profiles.release('agt_1')
  // Enough of it to take a while.
  await Promise.all(Array.from({ length: 200 }, (_, n) => mkdir(join(profiles.folder('ann'), `folder ${n}`))))
  const removed = profiles.remove('ann')
  while ((await store.profiles.find('ann'))?.sessionId === null);
  await expect(profiles.acquire('ann', 'agt_2')).rejects.toMatchObject({ code: 'profile/in-use' })
  await removed
  expect(await profiles.list()).toEqual([])
  await profiles.acquire('ann', 'agt_2')
  expect(existsSync(profiles.folder('ann'))).toBe(true)
  expect(await profiles.list()).toMatchObject([{ name: 'ann', session_id: 'agt_2' }])
})
