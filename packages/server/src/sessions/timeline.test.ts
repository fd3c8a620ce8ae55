import type { TimelineEntry } from '@tandem/protocol'
import { pino } from 'pino'
import { expect, test } from 'vitest'
import { FakeClock, settled } from '../control/fakeClock.ts'
import type { TimelineRows } from '../store/timeline.ts'
import { Timeline } from './timeline.ts'

async function begin(last = 0) {
  const clock = new FakeClock()
  const written: TimelineEntry[] = []
  const told: number[] = []
  const state = { away: false }
  const rows = {
    lastSeq: async () => written.at(-1)?.seq ?? last,
    append: async (_id: string, entry: TimelineEntry) => {
      await settled()
      if (state.away) throw new Error('the database is away')
      if (written.some(({ seq }) => seq === entry.seq)) return false
      written.push(entry)
      return true
    },
    trim: async () => undefined,
  } as unknown as TimelineRows
  const outbox = { deliveriesFor: async () => [], written: () => undefined }
  const timeline = await Timeline.open({ rows, sessionId: 'agt_1', log: pino({ level: 'silent' }), clock, outbox })
  timeline.events.on('entry', ({ seq }) => {
    expect(written.at(-1)?.seq).toBe(seq)
    told.push(seq)
  })
  return { clock, written, told, timeline, state }
}

test('entries go on from the last number of an earlier run, are written in order and told once written', async () => {
  const { timeline, written, told } = await begin(41)
  timeline.add('session.restored')
  timeline.add('viewer.joined', { name: 'Ann' })
  await timeline.flushed()
  expect(written.map(({ seq, type }) => [seq, type])).toEqual([
    [42, 'session.restored'],
    [43, 'viewer.joined'],
  ])
  expect(told).toEqual([42, 43])
})

test('while the database is away entries wait, and come in order when it is back', async () => {
  const { clock, timeline, written, told, state } = await begin()
  state.away = true
  timeline.add('one')
  timeline.add('two')
  await timeline.flushed()
  expect(told).toEqual([])
  timeline.add('three')
  state.away = false
  await clock.advance(1_000)
  await timeline.flushed()
  expect(written.map(({ type }) => type)).toEqual(['one', 'two', 'three'])
  expect(told).toEqual([1, 2, 3])
})

test('a flush does not hang on a database that is away', async () => {
  const { timeline, state, clock } = await begin()
  state.away = true
  timeline.add('one')
  await timeline.flushed()
  await timeline.flushed()
  state.away = false
  await timeline.flushed()
  expect(clock.waiting).toBe(0)
})

test('what waits goes on behind what another server has written meanwhile, and nothing is lost', async () => {
  const { clock, written, told, timeline, state } = await begin(1)
  state.away = true
  timeline.add('viewer.joined')
  timeline.add('viewer.left')
  await timeline.flushed()
  written.push({ seq: 2, at: '', type: 'session.closed', data: {} })
  state.away = false
  await clock.advance(1_000)
  await timeline.flushed()
  timeline.add('session.restored')
  await timeline.flushed()
  expect(written.map(({ seq, type }) => [seq, type])).toEqual([
    [2, 'session.closed'],
    [3, 'viewer.joined'],
    [4, 'viewer.left'],
    [5, 'session.restored'],
  ])
  expect(told).toEqual([3, 4, 5])
})
