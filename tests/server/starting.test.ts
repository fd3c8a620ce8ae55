import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { launchBrowser } from '@tandem/browser'
import { Tandem } from '@tandem/client'
import { loadConfig, startServer } from '@tandem/server'
import { expect, test } from 'vitest'

test('a session that is closed while its browser is being started stays closed, and whoever asked for it is told', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'tandem-starting-'))
  const gate = Promise.withResolvers<void>()
  const server = await startServer(loadConfig({}, { port: 0, logLevel: 'silent', dataDir }), {
    launch: async (options) => {
      await gate.promise
      return launchBrowser(options)
    },
  })
  try {
    const { sessions } = new Tandem({ baseUrl: server.url, apiKey: server.apiKey })
    const created = sessions.create().catch((error: unknown) => error)
    await expect.poll(async () => (await sessions.list()).data.length).toBe(1)
    const [listed] = (await sessions.list()).data
    const closed = sessions.close(listed?.id ?? '')
    await expect.poll(async () => (await sessions.get(listed?.id ?? '')).status).toBe('closed')
    gate.resolve()
    await closed
    expect(await created).toMatchObject({ code: 'session/closed' })
    expect((await sessions.get(listed?.id ?? '')).status).toBe('closed')
  } finally {
    gate.resolve()
    await server.close()
    await rm(dataDir, { recursive: true, force: true, maxRetries: 5 })
  }
})
