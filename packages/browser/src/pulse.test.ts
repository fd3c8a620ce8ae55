import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Connection } from './connection.ts'
import type { Transport } from './pipe.ts'
import { Pulse, STALLED_AFTER_MS } from './pulse.ts'

let asked: number[]
let answer: () => Promise<void>
let document: PromiseWithResolvers<void>
let pulse: Pulse

beforeEach(() => {
  vi.useFakeTimers()
  asked = []
  const transport: Transport = {
    send: (message) => void asked.push(JSON.parse([message].flat().join('')).id),
    close: () => {},
    onmessage: () => {},
    onclose: () => {},
  }
  const connection = new Connection(transport)
  answer = async () => {
    for (const id of asked.splice(0)) transport.onmessage?.(JSON.stringify({ id, result: {} }))
    await vi.advanceTimersByTimeAsync(0)
  }
  document = Promise.withResolvers()
  pulse = new Pulse(connection.session('page'), () => document.promise)
})
afterEach(() => vi.useRealTimers())

/** Whether a promise is fulfilled by now. */
async function isDone(promise: Promise<unknown>): Promise<boolean> {
  let done = false
  void promise.then(() => (done = true))
  await vi.advanceTimersByTimeAsync(0)
  return done
}

test('nothing is kept of who has waited for it', async () => {
  pulse.run()
  document.resolve()
  const settled = pulse.settled()
  await answer()
  expect(await isDone(settled)).toBe(true)
  expect(pulse.events.listenerCount('changed')).toBe(0)
})

test('a page that still stands at its start is not asked', async () => {
  expect(await isDone(pulse.settled())).toBe(true)
  expect(asked).toEqual([])
})

test('a page that answers is asked once by all who ask at a time', async () => {
  document.resolve()
  pulse.run()
  const settled = pulse.settled()
  const again = pulse.ask()
  expect(asked).toHaveLength(1)
  await answer()
  expect(await isDone(Promise.all([settled, again]))).toBe(true)
  expect(pulse.isStalled).toBe(false)
})

test('a page that does not answer in time is stalled until it does', async () => {
  document.resolve()
  pulse.run()
  const settled = pulse.settled()
  await vi.advanceTimersByTimeAsync(STALLED_AFTER_MS - 1)
  expect(await isDone(settled)).toBe(false)
  await vi.advanceTimersByTimeAsync(1)
  expect(await isDone(settled)).toBe(true)
  expect(pulse.isStalled).toBe(true)
  // Known to be: nobody waits for it again.
  expect(await isDone(pulse.settled())).toBe(true)
  const over = pulse.ask()
  expect(await isDone(over)).toBe(false)
  await answer()
  expect(await isDone(over)).toBe(true)
  expect(pulse.isStalled).toBe(false)
})

test('a page without a first document is stalled, too', async () => {
  pulse.run()
  const settled = pulse.settled()
  await answer()
  expect(await isDone(settled)).toBe(false)
  await vi.advanceTimersByTimeAsync(STALLED_AFTER_MS)
  expect(await isDone(settled)).toBe(true)
  expect(pulse.isStalled).toBe(true)
  document.resolve()
  await vi.advanceTimersByTimeAsync(0)
  expect(pulse.isStalled).toBe(false)
})
