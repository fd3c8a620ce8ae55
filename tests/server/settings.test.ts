/** What the configuration changes for those outside: ICE servers, a Chromium that is not there, allowed schemes, how long sessions are kept. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DEVICES } from '@tandem/protocol'
import { createHmac } from 'node:crypto'
import { expect, test } from 'vitest'
import { createLog } from '../../packages/server/src/log.ts'
import { Store } from '../../packages/server/src/store/store.ts'
import { LiveClient } from '../harness/liveClient.ts'
import { startTestServer } from '../harness/server.ts'

test('each viewer gets TURN credentials of its own that expire, and the policy', async () => {
  await using server = await startTestServer({
    ice: {
      policy: 'relay',
      stunUrls: ['stun:stun.example.com:3478'],
      turnUrls: ['turn:127.0.0.1:9?transport=udp'],
      turnUsername: undefined,
      turnCredential: undefined,
      turnSecret: 'secret',
    },
  })
  const session = await server.create()
  const [ann, bob] = [await LiveClient.join(session.live.ws_url), await LiveClient.join(session.live.ws_url)]
  expect(ann.hello.iceTransportPolicy).toBe('relay')
  const [stun, turn] = ann.hello.iceServers
  expect(stun).toEqual({ urls: ['stun:stun.example.com:3478'] })
  expect(turn?.username).toMatch(new RegExp(`^\\d+:${ann.hello.viewer.id}$`))
  expect(turn?.credential).toBe(
    createHmac('sha1', 'secret')
      .update(turn?.username ?? '')
      .digest('base64'),
  )
  expect(bob.hello.iceServers[1]?.username).not.toBe(turn?.username)
  // Relay only, and no relay there: the capture page offers no address of this machine.
  await ann.call('media.start', { transport: 'webrtc' })
  const offer = await ann.event('media.offer')
  expect(offer.sdp).not.toContain('typ host')
  expect(ann.events('media.candidate').filter(({ candidate }) => candidate?.candidate.includes('typ host'))).toEqual([])
})

test('without a Chromium that starts, a session is refused with what to do, and nothing is left', async () => {
  await using server = await startTestServer({ chromiumPath: '/bin/false' })
  const { status, body } = await server.request('POST', '/v1/agent-sessions', { body: {} })
  expect(status).toBe(503)
  expect(body.code).toMatch(/^browser\/(launch-failed|not-installed)$/)
  expect(body.fix).toContain('CHROMIUM_PATH')
  expect(readdirSync(`${server.dataDir}/sessions`)).toEqual([])
  expect((await server.request('GET', '/v1/agent-sessions')).body.data).toEqual([])
  expect((await server.request('GET', '/health')).status).toBe(200)
})

test('a scheme can be allowed', async () => {
  await using server = await startTestServer({ allowedSchemes: ['file'] })
  const session = await server.create({ initial_url: 'file:///etc/hostname' })
  expect((await server.request('GET', `/v1/agent-sessions/${session.id}/page-state`)).body.page_state.url).toBe('file:///etc/hostname')
})

test('closed sessions are forgotten at the start when their days are over, or never', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'tandem-keep-'))
  const store = await Store.open({ dataDir, log: createLog('silent') })
  const closedAt = new Date(Date.now() - 3 * 86_400_000).toISOString()
  const row = { name: null, status: 'closed', closedReason: 'done', closedAt, mode: 'pair', viewport: DEVICES.desktop, quietFrame: 'allow' } as const
  const limits = { idleTimeoutS: 0, maxDurationS: 0, maxViewers: 1_000 }
  const home = { profile: null, serverId: 'srv_1', nodeId: null, createdAt: closedAt, updatedAt: closedAt }
  await store.sessions.insert({ ...row, ...limits, ...home, id: 'agt_1', tabs: { urls: [], active: 0 } })
  await store.close()
  for (const keepDays of [0, 4]) {
    await using server = await startTestServer({ dataDir, keepDays })
    expect((await server.request('GET', '/v1/agent-sessions/agt_1')).status).toBe(200)
  }
  {
    await using server = await startTestServer({ dataDir, keepDays: 2 })
    await expect.poll(async () => (await server.request('GET', '/v1/agent-sessions/agt_1')).status, { timeout: 20_000 }).toBe(404)
  }
  rmSync(dataDir, { recursive: true, force: true })
})
