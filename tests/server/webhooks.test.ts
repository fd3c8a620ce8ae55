/** Webhooks: what arrives and how it is signed, what is tried again and when, what is given up, where they may not go. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Tandem, verifyWebhookSignature } from '@tandem/client'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { FakeClock } from '../../packages/server/src/control/fakeClock.ts'
import { createTargets } from '../../packages/server/src/events/targets.ts'
import { Webhooks } from '../../packages/server/src/events/webhooks.ts'
import { createLog } from '../../packages/server/src/log.ts'
import { Store } from '../../packages/server/src/store/store.ts'
import { LiveClient } from '../harness/liveClient.ts'
import { startTestServer } from '../harness/server.ts'
import type { TestServer } from '../harness/server.ts'
import { startWebhookTarget } from '../harness/webhookTarget.ts'
import type { WebhookTarget } from '../harness/webhookTarget.ts'

const MINUTE = 60_000
const SESSION = 'agt_00000000-0000-4000-8000-000000000000'

describe('a server with webhooks', () => {
  let server: TestServer
  let target: WebhookTarget
  let tandem: Tandem
  beforeAll(async () => {
    server = await startTestServer({ webhookPrivate: true })
    target = await startWebhookTarget()
    tandem = new Tandem({ baseUrl: server.url, apiKey: server.apiKey })
  })
  afterAll(async () => {
    await server?.close()
    await target?.close()
  })
  const came = async (type: string): Promise<WebhookTarget['received'][number]> => {
    await expect.poll(() => target.received.some(({ event }) => event.type === type), { timeout: 20_000 }).toBe(true)
    return target.received.find(({ event }) => event.type === type)!
  }

  test('takeovers, handbacks, requests for a human, creation and end arrive, signed, in order', async () => {
    const webhook = await tandem.webhooks.create({ url: `${target.url}/hook`, events: ['session.*', 'control.*', 'human-request.opened'] })
    expect(webhook.secret).toMatch(/^whsec_/)
    const session = await server.create({ name: 'shop' })
    const asked = server.request('POST', `/v1/agent-sessions/${session.id}/human-requests`, { body: { reason: 'captcha' } })
    await came('human-request.opened')
    const viewer = await LiveClient.join(session.live.ws_url)
    await viewer.call('control.take', {})
    await viewer.call('control.release', { note: 'solved' })
    await asked
    await viewer.close()
    await server.request('DELETE', `/v1/agent-sessions/${session.id}`)
    await came('session.closed')
    const types = target.received.map(({ event }) => event.type)
    expect(types).toEqual(expect.arrayContaining(['session.created', 'control.granted', 'control.handed-back', 'session.closed']))
    // `viewer.joined` was not asked for.
    expect(types.some((type) => type.startsWith('viewer.'))).toBe(false)
    const { data } = (await server.request('GET', `/v1/agent-sessions/${session.id}/timeline?limit=1000`)).body
    const wanted = data.map((entry: { type: string }) => entry.type).filter((type: string) => /^(session|control)\.|^human-request\.opened/.test(type))
    await expect.poll(() => target.received.length).toBe(wanted.length)
    expect(target.received.map(({ event }) => event.type)).toEqual(wanted)

    const { headers, body, event } = await came('control.handed-back')
    expect(event).toMatchObject({ session_id: session.id, data: { outcome: 'done', note: 'solved' } })
    expect(event.id).toMatch(/^evt_/)
    expect(headers['tandem-event-id']).toBe(event.id)
    expect(headers['tandem-event-type']).toBe('control.handed-back')
    expect(await verifyWebhookSignature(body, String(headers['tandem-signature']), webhook.secret)).toBe(true)
    expect(await verifyWebhookSignature(body, String(headers['tandem-signature']), 'whsec_other')).toBe(false)

    const { data: deliveries } = await tandem.webhooks.deliveries(webhook.id)
    expect(deliveries.every(({ status, attempts, last_status }) => status === 'delivered' && attempts === 1 && last_status === 204)).toBe(true)
    const listed = await tandem.webhooks.list()
    expect(listed.data).toMatchObject([{ id: webhook.id, dead_letters: 0, disabled_at: null }])
    expect(JSON.stringify(listed)).not.toContain(webhook.secret)

    // A delivery that arrived may be sent once more; its event keeps its id.
    const before = target.received.length
    const again = deliveries[0]!
    expect(await tandem.webhooks.retry(webhook.id, again.id)).toMatchObject({ status: 'pending', attempts: 0 })
    await expect.poll(() => target.received.length).toBe(before + 1)
    expect(target.received.at(-1)?.event.id).toBe(again.event_id)
    await tandem.webhooks.delete(webhook.id)
    await expect(tandem.webhooks.deliveries(webhook.id)).rejects.toMatchObject({ code: 'webhook/not-found' })
  })

  test('a test says at once what came of it', async () => {
    const webhook = await tandem.webhooks.create({ url: target.url, events: ['*'] })
    expect(await tandem.webhooks.test(webhook.id)).toMatchObject({ type: 'webhook.test', status: 'delivered', last_status: 204 })
    target.answer = 302
    const redirected = await tandem.webhooks.test(webhook.id)
    expect(redirected).toMatchObject({ status: 'dead', last_status: 302 })
    expect(redirected.last_error).toContain('redirects are not followed')
    target.answer = 204
    expect(target.received.at(-1)?.headers['host']).toBe(new URL(target.url).host)
    const nobody = await tandem.webhooks.create({ url: 'http://127.0.0.1:9/', events: ['*'] })
    expect(await tandem.webhooks.test(nobody.id)).toMatchObject({ status: 'dead', last_status: null })
    for (const { id } of [webhook, nobody]) await tandem.webhooks.delete(id)
  })

  test('only keys of the whole server may see or make webhooks', async () => {
    const session = await server.create()
    const { token } = (await server.request('POST', `/v1/agent-sessions/${session.id}/viewer-tokens`, { body: { role: 'control' } })).body
    const own = new URL(session.live.ws_url).searchParams.get('token')
    for (const credential of [token, own]) {
      expect((await server.request('GET', '/v1/webhooks', { token: credential })).body.code).toBe('auth/forbidden')
      expect((await server.request('GET', '/v1/profiles', { token: credential })).body.code).toBe('auth/forbidden')
    }
    await server.request('DELETE', `/v1/agent-sessions/${session.id}`)
  })
})

test('without TANDEM_WEBHOOK_PRIVATE nothing private is called, whatever it is called', async () => {
  await using server = await startTestServer()
  for (const url of [
    'http://example.com/',
    'https://127.0.0.1/',
    'https://localhost/',
    'https://[::ffff:169.254.169.254]/',
    'https://169.254.169.254/',
    'https://0.0.0.0/',
  ]) {
    const { status, body } = await server.request('POST', '/v1/webhooks', { body: { url, events: ['*'] } })
    expect([url, status, body.code]).toEqual([url, 403, 'webhook/url-refused'])
  }
})

describe('deliveries by a clock that the test moves', () => {
  let dir: string
  let clock: FakeClock
  let store: Store
  let webhooks: Webhooks
  const log = createLog('silent')
  const outcomes: string[] = []

  async function begin(): Promise<void> {
    store = await Store.open({ dataDir: dir, log })
    const metrics = { webhookDelivery: (outcome: string) => void outcomes.push(outcome) }
    webhooks = new Webhooks({ rows: store.webhooks, clock, log, metrics, targets: createTargets({ allowPrivate: true }) })
    webhooks.start()
  }
  async function end(): Promise<void> {
    await webhooks.close()
    await store.close()
  }
  let seq = 0
  async function happen(type = 'viewer.joined'): Promise<void> {
    const entry = { seq: ++seq, at: new Date(clock.now()).toISOString(), type, data: { n: seq } }
    const deliveries = await webhooks.deliveriesFor(SESSION, entry)
    for (const delivery of deliveries) await store.webhooks.insertDelivery(delivery)
    webhooks.written()
  }
  /** Each step is real I/O, which the clock knows nothing of. */
  const settles = async (look: () => Promise<unknown>, value: unknown): Promise<void> => {
    await expect.poll(look, { timeout: 20_000 }).toEqual(value)
  }
  const state = async (id: string): Promise<unknown> => (await webhooks.deliveries(id, null, 50)).map(({ status, attempts }) => [status, attempts]).toReversed()

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'tandem-webhooks-'))
    clock = new FakeClock()
    outcomes.length = 0
    seq = 0
    await begin()
  })
  afterEach(async () => {
    await end()
    await rm(dir, { recursive: true, force: true })
  })

  test('what fails is tried six times, after 1, 5, 15, 30 and 60 minutes, and then lies with the dead letters', async () => {
    await using target = await startWebhookTarget(500)
    const { id } = await webhooks.create(target.url, ['*'])
    await happen()
    // The next attempt tells that the outcome of this one is written.
    const waits = async (): Promise<unknown> => {
      const [delivery] = await webhooks.deliveries(id, null, 1)
      const next = delivery?.next_attempt_at ?? null
      return [delivery?.status, delivery?.attempts, next === null ? null : (Date.parse(next) - clock.now()) / MINUTE]
    }
    for (const [attempt, minutes] of [1, 5, 15, 30, 60].entries()) {
      await settles(waits, ['pending', attempt + 1, minutes])
      await clock.advance(minutes * MINUTE - 1)
      expect(target.received).toHaveLength(attempt + 1)
      await clock.advance(1)
    }
    await settles(waits, ['dead', 6, null])
    expect(target.received).toHaveLength(6)
    expect(new Set(target.received.map(({ event }) => event.id)).size).toBe(1)
    // Each attempt is signed anew, so that it is not old when it arrives.
    expect(new Set(target.received.map(({ headers }) => headers['tandem-signature'])).size).toBe(6)
    expect((await webhooks.list())[0]?.dead_letters).toBe(1)
    expect(outcomes).toEqual([...Array.from({ length: 5 }, () => 'failed'), 'dead'])
    target.answer = 200
    const [dead] = await webhooks.deliveries(id, 'dead', 10)
    await webhooks.retry(id, dead!.id)
    await settles(() => state(id), [['delivered', 1]])
    expect((await webhooks.list())[0]?.dead_letters).toBe(0)
  })

  test('deliveries and their next attempts survive a restart', async () => {
    await using target = await startWebhookTarget(503)
    const { id } = await webhooks.create(target.url, ['*'])
    await happen()
    await settles(async () => outcomes.length, 1)
    await end()
    target.answer = 200
    await clock.advance(MINUTE)
    await begin()
    await settles(() => state(id), [['delivered', 2]])
    expect(target.received).toHaveLength(2)
  })

  test('a stop in the middle of an attempt loses nothing and counts no attempt', async () => {
    await using target = await startWebhookTarget('hang')
    const { id } = await webhooks.create(target.url, ['*'])
    await happen()
    await settles(async () => target.received.length, 1)
    await end()
    target.answer = 200
    await begin()
    await settles(() => state(id), [['delivered', 1]])
  })

  test('a target that does not answer blocks no other', async () => {
    await using slow = await startWebhookTarget('hang')
    await using quick = await startWebhookTarget()
    const slowId = (await webhooks.create(slow.url, ['*'])).id
    const quickId = (await webhooks.create(quick.url, ['*'])).id
    for (let count = 0; count < 5; count++) await happen()
    await settles(
      () => state(quickId),
      Array.from({ length: 5 }, () => ['delivered', 1]),
    )
    expect(quick.received.map(({ event }) => event.data['n'])).toEqual([1, 2, 3, 4, 5])
    expect(slow.received).toHaveLength(1)
    await webhooks.remove(slowId)
  })

  test('what fails does not hold up what follows', async () => {
    await using target = await startWebhookTarget(500)
    const { id } = await webhooks.create(target.url, ['*'])
    await happen()
    await settles(async () => (await webhooks.deliveries(id, null, 1))[0]?.last_status, 500)
    target.answer = 200
    await happen()
    await settles(
      () => state(id),
      [
        ['pending', 1],
        ['delivered', 1],
      ],
    )
    await clock.advance(MINUTE)
    await settles(
      () => state(id),
      [
        ['delivered', 2],
        ['delivered', 1],
      ],
    )
  })

  test('a target that says 410 is called no more until a test succeeds', async () => {
    await using target = await startWebhookTarget(410)
    const { id } = await webhooks.create(target.url, ['*'])
    await happen()
    await settles(() => state(id), [['dead', 1]])
    expect((await webhooks.list())[0]?.disabled_at).not.toBeNull()
    await clock.advance(3_000)
    await happen()
    await clock.advance(3_000)
    expect(target.received).toHaveLength(1)
    target.answer = 200
    expect(await webhooks.test(id)).toMatchObject({ status: 'delivered' })
    expect((await webhooks.list())[0]?.disabled_at).toBeNull()
    await happen()
    await settles(
      () => state(id),
      [
        ['dead', 1],
        ['delivered', 1],
      ],
    )
  })
})
