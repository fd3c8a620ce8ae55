import { EventEmitter } from 'node:events'
import { PassThrough, Writable } from 'node:stream'
import type { TimelineEntry } from '@tandem/protocol'
import { expect, test } from 'vitest'
import { FakeClock, settled } from '../control/fakeClock.ts'
import type { Session } from '../sessions/session.ts'
import type { TimelineRows } from '../store/timeline.ts'
import { EventStream } from './eventStream.ts'

const entry = (seq: number, data = {}): TimelineEntry => ({ seq, at: '2026-01-01T00:00:00.000Z', type: 'viewer.joined', data })
const turns = async (count = 20): Promise<void> => {
  for (let turn = 0; turn < count; turn++) await settled()
}

function begin(out: Writable, { after = 0, stored = [] as TimelineEntry[], closed = false } = {}) {
  const clock = new FakeClock()
  const reads: number[] = []
  const rows = {
    read: async (_id: string, from: number, limit: number) => {
      reads.push(from)
      return stored.filter(({ seq }) => seq > from).slice(0, limit)
    },
  } as unknown as TimelineRows
  const timeline = { events: new EventEmitter() }
  const state = { row: { closedReason: 'done' } }
  const session = {
    events: new EventEmitter(),
    timeline,
    row: state.row,
    close: async () => undefined,
    resource: () => ({ id: 'agt_1' }),
  } as unknown as Session
  const stream = new EventStream({
    rows,
    sessionId: 'agt_1',
    session: closed ? null : session,
    closedReason: closed ? 'long ago' : null,
    after,
    clock,
    out,
    heartbeatMs: 15_000,
    redact: (value) => value,
  })
  const add = (...entries: TimelineEntry[]): void => {
    stored.push(...entries)
    timeline.events.emit('entry')
  }
  return { clock, reads, session, stream, add, timeline }
}

test('what comes while it reads is neither lost nor doubled', async () => {
  const out = new PassThrough()
  const { stream, add, session } = begin(out, { stored: Array.from({ length: 250 }, (_none, index) => entry(index + 1)) })
  const done = stream.run()
  add(entry(251))
  await turns()
  add(entry(252), entry(253))
  await turns()
  session.events.emit('closed')
  let text = ''
  for await (const chunk of out) text += String(chunk)
  await done
  expect([...text.matchAll(/^id: (\d+)$/gm)].map(([, id]) => Number(id))).toEqual(Array.from({ length: 253 }, (_none, index) => index + 1))
  expect(text.trimEnd().endsWith('event: end\ndata: {"reason":"done"}')).toBe(true)
})

test('a reader that takes nothing is read no further for, and cut after a while', async () => {
  // Takes one chunk and never asks for the next.
  const out = new Writable({ highWaterMark: 64, write: () => undefined })
  const { clock, reads, stream, timeline } = begin(out, {
    stored: Array.from({ length: 1_000 }, (_none, index) => entry(index + 1, { text: 'x'.repeat(100) })),
  })
  const done = stream.run()
  await turns()
  expect(reads).toHaveLength(1)
  expect(out.writableLength).toBeLessThan(1_000)
  // No sign of life is piled up for it either.
  await clock.advance(19_000)
  expect(out.writableLength).toBeLessThan(1_000)
  await clock.advance(1_001)
  await done
  expect(out.destroyed).toBe(true)
  expect(clock.waiting).toBe(0)
  expect(timeline.events.listenerCount('entry')).toBe(0)
})

test('silence is broken by a comment, so that proxies keep the connection', async () => {
  const out = new PassThrough()
  const { clock, stream } = begin(out)
  const done = stream.run()
  let text = ''
  out.on('data', (chunk) => (text += String(chunk)))
  await turns()
  await clock.advance(30_000)
  expect(text.match(/^: /gm)).toHaveLength(2)
  out.destroy()
  await done
  expect(clock.waiting).toBe(0)
})

test('what was forgotten meanwhile is said', async () => {
  const out = new PassThrough()
  const { stream } = begin(out, { after: 3, stored: [entry(501)], closed: true })
  await stream.run()
  const text = String(out.read())
  expect(text).toContain('event: gap\ndata: {"after":3,"next":501}')
  expect(text.trimEnd().endsWith('event: end\ndata: {"reason":"long ago"}')).toBe(true)
})
