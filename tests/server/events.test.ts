/** The stream of a session's events: resuming, ending, who may read, who reads too slowly. */
import { request } from 'node:http'
import { Tandem } from '@tandem/client'
import type { TimelineEntry } from '@tandem/protocol'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { LiveClient } from '../harness/liveClient.ts'
import { servePages } from '../harness/pages.ts'
import type { Pages } from '../harness/pages.ts'
import { spawnServer, startTestServer } from '../harness/server.ts'
import type { TestServer } from '../harness/server.ts'

let server: TestServer
let pages: Pages

interface Frame {
  id: number | null
  event: string
  data: ReturnType<typeof JSON.parse>
}

/** A reader by hand, so that what is on the wire is seen as it is. */
class Reader {
  readonly frames: Frame[] = []
  text = ''
  readonly ended: Promise<void>
  readonly #abort = new AbortController()
  status = 0
  headers = new Headers()

  constructor(url: string, headers: Record<string, string>) {
    this.ended = this.#read(url, headers)
  }

  async #read(url: string, headers: Record<string, string>): Promise<void> {
    try {
      const response = await fetch(url, { headers, signal: this.#abort.signal })
      this.status = response.status
      this.headers = response.headers
      const decoder = new TextDecoder()
      let rest = ''
      for await (const chunk of response.body ?? []) {
        const text = decoder.decode(chunk, { stream: true })
        this.text += text
        rest += text
        const blocks = rest.split('\n\n')
        rest = blocks.pop() ?? ''
        for (const block of blocks) {
          const field = (name: string): string | undefined => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1]
          const event = field('event')
          if (event !== undefined)
            this.frames.push({ id: field('id') === undefined ? null : Number(field('id')), event, data: JSON.parse(field('data') ?? 'null') })
        }
      }
    } catch (error) {
      if (!this.#abort.signal.aborted && !(error instanceof TypeError)) throw error
    }
  }

  get ids(): number[] {
    return this.frames.flatMap(({ id }) => id ?? [])
  }

  /** The first of this kind, of those that came and those to come. */
  async find(event: string): Promise<Frame> {
    return vi.waitFor(
      () => {
        const found = this.frames.find((frame) => frame.event === event)
        if (!found) throw new Error(`no ${event} came; there were: ${this.frames.map((frame) => frame.event).join(', ')}`)
        return found
      },
      { timeout: 20_000 },
    )
  }

  async stop(): Promise<void> {
    this.#abort.abort()
    await this.ended
  }
}

const read = (id: string, options: { after?: number; last?: number; token?: string; of?: TestServer } = {}): Reader => {
  const { url, apiKey } = options.of ?? server
  const query = options.after === undefined ? '' : `?after=${options.after}`
  return new Reader(`${url}/v1/agent-sessions/${id}/events${query}`, {
    authorization: `Bearer ${options.token ?? apiKey}`,
    ...(options.last === undefined ? {} : { 'last-event-id': String(options.last) }),
  })
}

beforeAll(async () => {
  pages = await servePages({
    '/one': '<!doctype html><title>One</title>one',
    '/secret': '<!doctype html><title>Secret</title>secret',
  })
  server = await startTestServer()
})
afterAll(async () => {
  await server?.close()
  await pages?.close()
})

test('a stream gives what was, then what comes, each with its number and once, and ends with the session', async () => {
  const session = await server.create({ initial_url: `${pages.url}/one` })
  const reader = read(session.id)
  await reader.find('tab.page')
  expect(reader.headers.get('content-type')).toContain('text/event-stream')
  const viewer = await LiveClient.join(session.live.ws_url)
  await viewer.call('control.take', {})
  await reader.find('control.granted')
  await viewer.call('control.release', { outcome: 'done', note: 'there you are' })
  expect((await reader.find('control.handed-back')).data).toMatchObject({ type: 'control.handed-back', data: { outcome: 'done', note: 'there you are' } })
  const changed = await reader.find('session.changed')
  expect(changed.id).toBeNull()
  expect(changed.data).toMatchObject({ id: session.id, status: 'active' })
  await server.request('DELETE', `/v1/agent-sessions/${session.id}`)
  expect((await reader.find('end')).data).toEqual({ reason: 'closed by request' })
  await reader.ended
  const { data } = (await server.request('GET', `/v1/agent-sessions/${session.id}/timeline?limit=1000`)).body
  expect(reader.ids).toEqual(data.map((entry: TimelineEntry) => entry.seq))
  expect(reader.ids).toEqual(reader.ids.map((_id, index) => index + 1))
  expect(reader.frames.at(-1)?.event).toBe('end')

  // What is left of it can be read later too, and an EventSource that comes back is told to stay away.
  const later = read(session.id, { after: reader.ids.length - 2 })
  await later.ended
  expect(later.frames.map(({ event }) => event)).toEqual([
    ...reader.frames
      .filter(({ id }) => id !== null)
      .slice(-2)
      .map(({ event }) => event),
    'end',
  ])
  const back = read(session.id, { last: reader.ids.at(-1)! })
  await back.ended
  expect([back.status, back.frames]).toEqual([204, []])
})

test('Last-Event-ID goes on behind that event, and wins over `after`', async () => {
  const session = await server.create({ initial_url: `${pages.url}/one` })
  const first = read(session.id)
  await first.find('tab.page')
  await first.stop()
  const second = read(session.id, { after: 0, last: 2 })
  await expect.poll(() => second.ids.length).toBeGreaterThan(0)
  expect(second.ids[0]).toBe(3)
  await second.stop()
  const beyond = await server.request('GET', `/v1/agent-sessions/${session.id}/events?after=100000`)
  expect([beyond.status, beyond.body.code]).toEqual([400, 'request/invalid'])
  await server.request('DELETE', `/v1/agent-sessions/${session.id}`)
})

test('a role that may only watch reads, by a token in the address too, without what addresses give away', async () => {
  const session = await server.create({ initial_url: `${pages.url}/secret?access_token=hunter2&item=3` })
  const { token } = (await server.request('POST', `/v1/agent-sessions/${session.id}/viewer-tokens`, { body: { role: 'view' } })).body
  const reader = new Reader(`${server.url}/v1/agent-sessions/${session.id}/events?token=${token}`, {})
  const page = await reader.find('tab.page')
  await reader.find('session.changed')
  expect(page.data.data.url).toContain('item=3')
  expect(reader.text).not.toContain('hunter2')
  const timeline = await server.request('GET', `/v1/agent-sessions/${session.id}/timeline`, { token })
  expect(JSON.stringify(timeline.body)).not.toContain('hunter2')
  const full = read(session.id)
  await full.find('tab.page')
  expect(full.text).toContain('hunter2')
  await full.stop()
  // It ends with the token.
  const { data } = (await server.request('GET', `/v1/agent-sessions/${session.id}/viewer-tokens`)).body
  await server.request('DELETE', `/v1/agent-sessions/${session.id}/viewer-tokens/${data[0].id}`)
  await reader.ended
  const other = await server.create()
  expect((await server.request('GET', `/v1/agent-sessions/${other.id}/events`, { token })).body.code).toBe('auth/revoked')
  expect((await server.request('GET', `/v1/agent-sessions/${other.id}/events`, { token: null })).status).toBe(401)
  for (const { id } of [session, other]) await server.request('DELETE', `/v1/agent-sessions/${id}`)
})

test('a reader that reads nothing costs little and holds nobody up', async () => {
  const session = await server.create({ mode: 'manual' })
  const connected = Promise.withResolvers<void>()
  const stuck = request(`${server.url}/v1/agent-sessions/${session.id}/events`, { headers: { authorization: `Bearer ${server.apiKey}` } }, (response) => {
    response.pause()
    connected.resolve()
  })
  stuck.on('error', () => undefined).end()
  await connected.promise
  const reader = read(session.id)
  for (const round of [1, 2, 3]) {
    const viewer = await LiveClient.join(session.live.ws_url)
    await viewer.close()
    await expect.poll(() => reader.frames.filter(({ event }) => event === 'viewer.left').length, { timeout: 20_000 }).toBe(round)
  }
  stuck.destroy()
  await reader.stop()
  await server.request('DELETE', `/v1/agent-sessions/${session.id}`)
})

test('the SDK follows a session through a restart of the server, each event once', async () => {
  const first = await spawnServer()
  const { port } = new URL(first.url)
  const session = await first.create()
  const tandem = new Tandem({ baseUrl: first.url, apiKey: first.apiKey })
  const seen: TimelineEntry[] = []
  const following = (async () => {
    for await (const entry of tandem.events.follow(session.id)) seen.push(entry)
  })()
  await expect.poll(() => seen.some(({ type }) => type === 'browser.started')).toBe(true)
  await first.kill('SIGKILL')
  const second = await spawnServer({ dataDir: first.dataDir, env: { TANDEM_PORT: port } })
  try {
    await expect.poll(() => seen.some(({ type }) => type === 'browser.restored'), { timeout: 30_000 }).toBe(true)
    await second.request('DELETE', `/v1/agent-sessions/${session.id}`)
    await following
    expect(seen.map(({ seq }) => seq)).toEqual(seen.map((_entry, index) => index + 1))
    expect(seen.map(({ type }) => type)).toEqual(expect.arrayContaining(['session.created', 'session.restored', 'session.closed']))
  } finally {
    await second.close()
    await first.close()
  }
})
