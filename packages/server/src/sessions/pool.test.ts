import { EventEmitter } from 'node:events'
import type { BrowserEvents, LiveBrowser } from '@tandem/browser'
import { pino } from 'pino'
import { expect, test } from 'vitest'
import { FakeClock, settled } from '../control/fakeClock.ts'
import { Pool } from './pool.ts'

function begin(options: { size?: number; room?: () => boolean; busy?: () => boolean; fails?: () => boolean } = {}) {
  const clock = new FakeClock()
  const closed: string[] = []
  const discarded: string[] = []
  const launched: string[] = []
  const events = new Map<string, EventEmitter<BrowserEvents>>()
  let running = 0
  let mostAtOnce = 0
  const pool = new Pool({
    size: options.size ?? 2,
    clock,
    log: pino({ level: 'silent' }),
    newId: () => `agt_${launched.length}`,
    async launch(id) {
      launched.push(id)
      mostAtOnce = Math.max(mostAtOnce, ++running)
      await settled()
      running--
      if (options.fails?.()) throw new Error('no Chromium')
      const emitter = new EventEmitter<BrowserEvents>()
      events.set(id, emitter)
      // What the pool uses of a browser.
      return { pid: 1, events: emitter, close: async () => void closed.push(id) } as unknown as LiveBrowser
    },
    discard: async (id) => void discarded.push(id),
    hasRoom: async () => options.room?.() ?? true,
    busy: () => options.busy?.() ?? false,
  })
  const full = async (): Promise<void> => {
    for (let turn = 0; turn < 20; turn++) await settled()
  }
  return { clock, pool, closed, discarded, launched, events, full, mostAtOnce: () => mostAtOnce }
}

test('it fills itself, one browser at a time', async () => {
  const { pool, full, mostAtOnce } = begin({ size: 3 })
  pool.fill()
  await full()
  expect(pool.size).toBe(3)
  expect(mostAtOnce()).toBe(1)
})

test('what was taken never comes back, and another takes its place a while later', async () => {
  const { clock, pool, full, launched } = begin({ size: 2 })
  pool.fill()
  await full()
  expect(pool.take()?.id).toBe('agt_0')
  await full()
  expect(launched).toHaveLength(2)
  await clock.advance(1_500)
  await full()
  expect(launched).toEqual(['agt_0', 'agt_1', 'agt_2'])
  expect([pool.take()?.id, pool.take()?.id, pool.take()]).toEqual(['agt_1', 'agt_2', null])
})

test('a busy machine is waited for, with patience that ends', async () => {
  const { clock, pool, full, launched } = begin({ size: 1, busy: () => true })
  pool.fill()
  await clock.advance(9_000)
  expect(launched).toEqual([])
  await clock.advance(1_500)
  await full()
  expect(launched).toEqual(['agt_0'])
})

test('a browser that dies is cleared away and replaced', async () => {
  const { clock, pool, full, events, closed, discarded } = begin({ size: 1 })
  pool.fill()
  await full()
  events.get('agt_0')?.emit('crashed', { reason: 'killed' })
  expect(pool.size).toBe(0)
  await clock.advance(2_000)
  await full()
  expect(pool.take()?.id).toBe('agt_1')
  expect([closed, discarded]).toEqual([['agt_0'], ['agt_0']])
})

test('one that dies just when it was taken says so', async () => {
  const { pool, full, events } = begin({ size: 1 })
  pool.fill()
  await full()
  const taken = pool.take()
  events.get('agt_0')?.emit('crashed', { reason: 'killed' })
  expect(taken?.dead).toBe(true)
})

test('an old browser waits until its successor is ready, and then goes', async () => {
  const { clock, pool, full, closed } = begin({ size: 1 })
  pool.fill()
  await full()
  await clock.advance(30 * 60_000 - 1)
  expect(closed).toEqual([])
  await clock.advance(1)
  await full()
  expect(closed).toEqual(['agt_0'])
  expect(pool.size).toBe(1)
  expect(pool.take()?.id).toBe('agt_1')
})

test('where Chromium does not start it is tried again, ever more rarely', async () => {
  let fails = true
  const { clock, pool, full, launched, discarded } = begin({ size: 1, fails: () => fails })
  pool.fill()
  await full()
  expect(launched).toHaveLength(1)
  for (const [wait, launches] of [
    [2_000, 2],
    [4_000, 3],
    [8_000, 4],
  ] as const) {
    await clock.advance(wait)
    await full()
    expect(launched).toHaveLength(launches)
  }
  fails = false
  await clock.advance(16_000)
  await full()
  expect(pool.size).toBe(1)
  expect(discarded).toHaveLength(4)
})

test('without room none is kept; when there is room again it fills', async () => {
  let room = false
  const { pool, full, launched } = begin({ size: 1, room: () => room })
  pool.fill()
  await full()
  expect(launched).toEqual([])
  room = true
  pool.fill()
  await full()
  expect(pool.size).toBe(1)
})

test('closing ends those that wait and the one that is being started', async () => {
  const { pool, full, closed, clock } = begin({ size: 2 })
  pool.fill()
  await settled()
  await pool.close()
  await full()
  expect(pool.size).toBe(0)
  expect(closed.length).toBeGreaterThan(0)
  expect(pool.take()).toBeNull()
  expect(clock.waiting).toBe(0)
})
