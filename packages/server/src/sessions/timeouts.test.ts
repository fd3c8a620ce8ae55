import { expect, test } from 'vitest'
import { FakeClock } from '../control/fakeClock.ts'
import { Timeouts } from './timeouts.ts'
import type { Expiring } from './timeouts.ts'

const HOUR = 3_600_000

function begin(limits: { idleMs?: number; maxMs?: number; createdAgoMs?: number }) {
  const clock = new FakeClock()
  const state = { inUse: false }
  const timeouts = new Timeouts({
    clock,
    idleMs: limits.idleMs ?? 0,
    maxMs: limits.maxMs ?? 0,
    createdAt: new Date(clock.now() - (limits.createdAgoMs ?? 0)).toISOString(),
    inUse: () => state.inUse,
  })
  const told: (Expiring['kind'] | null)[] = []
  const ended: string[] = []
  timeouts.events.on('expiring', (expiring) => told.push(expiring?.kind ?? null))
  timeouts.events.on('expired', (reason) => ended.push(reason))
  timeouts.start()
  return { clock, state, timeouts, told, ended }
}

test('a session that nobody uses is announced a minute before and then ends', async () => {
  const { clock, timeouts, told, ended } = begin({ idleMs: 600_000 })
  await clock.advance(539_999)
  expect(told).toEqual([])
  await clock.advance(1)
  expect(told).toEqual(['idle'])
  expect(timeouts.expiring?.endsAt).toBe(new Date(clock.now() + 60_000).toISOString())
  await clock.advance(60_000)
  expect(ended).toEqual(['idle'])
  expect(clock.waiting).toBe(0)
})

test('any use after the announcement takes it back, and the whole time begins anew', async () => {
  const { clock, timeouts, told, ended } = begin({ idleMs: 600_000 })
  await clock.advance(590_000)
  timeouts.used()
  expect(told).toEqual(['idle', null])
  expect(timeouts.idleEndsAt).toBe(new Date(clock.now() + 600_000).toISOString())
  await clock.advance(539_000)
  expect(told).toHaveLength(2)
  await clock.advance(61_000)
  expect(ended).toEqual(['idle'])
})

test('use moves the end on without an announcement', async () => {
  const { clock, timeouts, told } = begin({ idleMs: 600_000 })
  for (let minute = 0; minute < 30; minute++) {
    timeouts.used()
    await clock.advance(60_000)
  }
  expect(told).toEqual([])
})

test('while somebody is there it is not idle, and has no idle end', async () => {
  const { clock, state, timeouts, ended } = begin({ idleMs: 10_000 })
  state.inUse = true
  expect(timeouts.idleEndsAt).toBeNull()
  await clock.advance(HOUR)
  expect(ended).toEqual([])
  state.inUse = false
  timeouts.used()
  await clock.advance(9_999)
  expect(ended).toEqual([])
  await clock.advance(1)
  expect(ended).toEqual(['idle'])
})

test('a short time-out is announced at its half', async () => {
  const { clock, told } = begin({ idleMs: 10_000 })
  await clock.advance(4_999)
  expect(told).toEqual([])
  await clock.advance(1)
  expect(told).toEqual(['idle'])
})

test('the longest duration is announced, and no use takes it back', async () => {
  const { clock, state, timeouts, told, ended } = begin({ maxMs: HOUR })
  state.inUse = true
  await clock.advance(HOUR - 60_000)
  timeouts.used()
  expect(told).toEqual(['absolute'])
  expect(timeouts.expiring).toEqual({ kind: 'absolute', endsAt: timeouts.endsAt })
  await clock.advance(60_000)
  expect(ended).toEqual(['max-duration'])
})

test('the longest duration counts from the creation: a restart of the server gives no more', async () => {
  const { clock, ended } = begin({ maxMs: HOUR, createdAgoMs: HOUR - 5_000 })
  await clock.advance(4_999)
  expect(ended).toEqual([])
  await clock.advance(1)
  expect(ended).toEqual(['max-duration'])
  const late = begin({ maxMs: HOUR, createdAgoMs: 3 * HOUR })
  await late.clock.advance(0)
  expect(late.ended).toEqual(['max-duration'])
})

test('a wall clock that is set ends nothing early and keeps nothing alive', async () => {
  for (const jump of [24 * HOUR, -24 * HOUR]) {
    const { clock, timeouts, told, ended } = begin({ idleMs: 600_000, maxMs: HOUR })
    await clock.advance(60_000)
    clock.jump(jump)
    timeouts.used()
    await clock.advance(539_000)
    expect([told, ended]).toEqual([[], []])
    // What people are shown is by the clock that they see.
    expect(timeouts.idleEndsAt).toBe(new Date(clock.now() + 61_000).toISOString())
    await clock.advance(61_000)
    expect(ended).toEqual(['idle'])
  }
})

test('after a restart with a clock set far back the session has its whole time, not more', async () => {
  const { clock, ended } = begin({ maxMs: HOUR, createdAgoMs: -48 * HOUR })
  await clock.advance(HOUR)
  expect(ended).toEqual(['max-duration'])
})

test('both ends: the earlier is told', async () => {
  const { clock, timeouts, told } = begin({ idleMs: 200_000, maxMs: 230_000 })
  await clock.advance(180_000)
  expect(told).toEqual(['idle', 'idle'])
  timeouts.used()
  expect(timeouts.expiring?.kind).toBe('absolute')
})

test('closing leaves no timer behind', async () => {
  const { clock, timeouts } = begin({ idleMs: 10_000, maxMs: HOUR })
  await clock.advance(6_000)
  timeouts.close()
  expect(clock.waiting).toBe(0)
})
