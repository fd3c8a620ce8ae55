import { EventEmitter } from 'node:events'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { WebSocket } from 'ws'
import { keepAlive } from './heartbeat.ts'

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

function socket() {
  const [ping, terminate] = [vi.fn(), vi.fn()]
  // Of a socket only these are used.
  return Object.assign(new EventEmitter(), { ping, terminate }) as unknown as WebSocket & { ping: typeof ping; terminate: typeof terminate }
}

test('a side that left a ping unanswered is ended where it is to be', () => {
  const one = socket()
  keepAlive(one, 1_000, 'cut')
  vi.advanceTimersByTime(1_000)
  one.emit('pong')
  vi.advanceTimersByTime(1_000)
  expect(one.terminate).not.toHaveBeenCalled()
  vi.advanceTimersByTime(1_000)
  expect(one.terminate).toHaveBeenCalledTimes(1)
})

test('else it is told to be silent, once, and to answer again; and is never ended', () => {
  const one = socket()
  const told = vi.fn()
  keepAlive(one, 1_000, told)
  vi.advanceTimersByTime(5_000)
  expect(told.mock.calls).toEqual([[true]])
  one.emit('pong')
  one.emit('pong')
  expect(told.mock.calls).toEqual([[true], [false]])
  vi.advanceTimersByTime(2_000)
  expect(told.mock.calls).toEqual([[true], [false], [true]])
  expect(one.terminate).not.toHaveBeenCalled()
  one.emit('close')
  one.ping.mockClear()
  vi.advanceTimersByTime(10_000)
  expect(one.ping).not.toHaveBeenCalled()
})
