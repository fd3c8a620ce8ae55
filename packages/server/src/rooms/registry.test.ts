import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createLog } from '../log.ts'
import { Store } from '../store/store.ts'
import { Registry } from './registry.ts'
import { Seal } from './seal.ts'

test('rotations and registrations at the same time lose no secret', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'tandem-registry-'))
  const log = createLog('silent')
  const store = await Store.open({ dataDir, log })
  try {
    const registry = new Registry({ rows: store.nodes, seal: await Seal.open({ dataDir, secretKeys: [] }), log, added: () => undefined })
    const register = (id: string) => registry.register(id, { api_key: 'key', api_secret: `the secret of ${id}`, ws_url: 'ws://127.0.0.1:1' })
    await register('one')
    await Promise.all([registry.rotate(), register('two'), registry.rotate(), registry.rotate(), register('three')])
    const after = await Seal.open({ dataDir, secretKeys: [] })
    for (const { id, livekit } of await store.nodes.list()) expect(after.open(livekit?.apiSecret ?? '', id)).toBe(`the secret of ${id}`)
  } finally {
    await store.close()
    rmSync(dataDir, { recursive: true, force: true })
  }
})
