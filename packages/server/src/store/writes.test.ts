import { TandemError } from '@tandem/protocol'
import { pino } from 'pino'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Areas } from './areas.ts'
import { Writes } from './writes.ts'
import type { Write } from './writes.ts'

const AWAY = new TandemError('store/failed', 'away', { reason: 'unreachable' })
const REFUSED = new TandemError('store/failed', 'no', { reason: 'refused' })

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** A database in memory: what a transaction wrote is kept only when all of it went well. */
function begin(limit?: number) {
  const state = { away: false, written: [] as string[], transactions: 0, log: [] as string[] }
  let current: string[] = []
  const transact = async (work: Write): Promise<void> => {
    state.transactions++
    current = []
    // The writes of these tests look at no area.
    await work({} as Areas)
    if (state.away) throw AWAY
    state.written.push(...current)
  }
  const log = pino({ level: 'warn' }, { write: (line: string) => void state.log.push(JSON.parse(line).msg) })
  const writes = new Writes(transact, log, limit)
  const put = (text: string, key?: string): void => writes.add(text, async () => void current.push(text), key)
  const refuse = (): void => writes.add('bad', () => Promise.reject(REFUSED))
  return { state, writes, put, refuse }
}

test('what is added in one turn is written in one transaction, in order', async () => {
  const { state, put } = begin()
  for (const text of ['a', 'b', 'c']) put(text)
  await vi.advanceTimersByTimeAsync(1)
  expect(state).toMatchObject({ written: ['a', 'b', 'c'], transactions: 1 })
})

test('of the same key the newest is written, at the place of the first', async () => {
  const { state, writes, put } = begin()
  put('one', 'k')
  put('between')
  put('two', 'k')
  await writes.flush()
  expect(state.written).toEqual(['two', 'between'])
})

test('while the database is away all waits, is tried again, and is written in order', async () => {
  const { state, writes, put } = begin()
  state.away = true
  put('a', 'k')
  put('b')
  await writes.flush()
  expect(() => writes.check()).toThrow('away')
  put('c')
  put('d', 'k')
  state.away = false
  await vi.advanceTimersByTimeAsync(2_000)
  expect(state.written).toEqual(['d', 'b', 'c'])
  writes.check()
  expect(state.log).toEqual([expect.stringContaining('takes no writes'), expect.stringContaining('everything is written')])
})

test('a write that is refused for what it is takes no other with it', async () => {
  const { state, writes, put, refuse } = begin()
  put('a')
  refuse()
  put('b')
  await writes.flush()
  expect(state.written).toEqual(['a', 'b'])
  expect(writes.status).toEqual({ waiting: 0, lost: 1, failingSince: null })
  expect(state.log).toEqual(['the database refused a write'])
})

test('past the limit the oldest without a key are lost, and that is said', async () => {
  const { state, writes, put } = begin(3)
  state.away = true
  put('state', 'k')
  for (const text of ['a', 'b', 'c', 'd']) put(text)
  await writes.flush()
  expect(writes.status).toMatchObject({ waiting: 3, lost: 2 })
  state.away = false
  await writes.flush()
  expect(state.written).toEqual(['state', 'c', 'd'])
  expect(state.log).toContain('too much waits for the database: the oldest entries are lost')
})

test('at the end it tries for a while and says what it could not write', async () => {
  const { state, writes, put } = begin()
  state.away = true
  put('a')
  const closing = writes.close()
  await vi.advanceTimersByTimeAsync(10_000)
  await closing
  await writes.close()
  expect(state.log.at(-1)).toContain('before the database took everything')
})
