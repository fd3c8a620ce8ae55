import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Connection } from './connection.ts'
import type { Transport } from './pipe.ts'
import { Stalls } from './stalls.ts'
import type { Tab } from './tab.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

function stallsOf(tabs: readonly { isOnItsWay: boolean; stalledForMs: number }[]): Stalls {
  const transport: Transport = {
    send: (message) => {
      const { id } = JSON.parse([message].flat().join(''))
      queueMicrotask(() => transport.onmessage?.(JSON.stringify({ id, result: { targetInfos: [] } })))
    },
    close: () => {},
    onmessage: () => {},
    onclose: () => {},
  }
  const made = tabs.map(({ isOnItsWay, stalledForMs }, index) => ({
    id: `t${index}`,
    isOnItsWay,
    pulse: { isStalled: true, stalledForMs, settled: async () => {}, ask: () => new Promise<void>(() => {}) },
  }))
  // All that it reads of a tab.
  return new Stalls(new Connection(transport).session('root'), () => made as unknown as readonly Tab[])
}

/** How much of the time that a page is waited for passes before a client is let in. */
async function waitedMs(stalls: Stalls): Promise<number> {
  const begun = performance.now()
  const settled = stalls.settled()
  await vi.advanceTimersByTimeAsync(0)
  let ended: number | undefined
  void settled.then(() => (ended ??= performance.now()))
  for (let step = 0; step < 12 && ended === undefined; step++) await vi.advanceTimersByTimeAsync(1_000)
  stalls.stop()
  return Math.round(((ended ?? Number.NaN) - begun) / 1_000) * 1_000
}

test('a first page that is on its way is waited for a while, counted from when it stood still and not from each client', async () => {
  expect(await waitedMs(stallsOf([{ isOnItsWay: true, stalledForMs: 0 }]))).toBe(10_000)
  expect(await waitedMs(stallsOf([{ isOnItsWay: true, stalledForMs: 6_000 }]))).toBe(4_000)
  expect(await waitedMs(stallsOf([{ isOnItsWay: true, stalledForMs: 60_000 }]))).toBe(0)
})

test('a page whose script does not end is not waited for', async () => {
  expect(await waitedMs(stallsOf([{ isOnItsWay: false, stalledForMs: 0 }]))).toBe(0)
})
