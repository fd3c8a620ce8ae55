import { afterEach, expect, test, vi } from 'vitest'
import type { Rest } from './rest.ts'
import { Watching } from './watching.ts'

afterEach(() => void vi.useRealTimers())

test('off and on again while an answer is awaited: one question at a time, and the answer to the old one is nobody’s', async () => {
  vi.useFakeTimers()
  let asked = 0
  const heard: unknown[] = []
  const json = async (): Promise<unknown> => {
    const number = ++asked
    await new Promise((resolve) => setTimeout(resolve, 500))
    return number
  }
  const watching = new Watching({ rest: () => ({ json }) as unknown as Rest, session: (session) => heard.push(session), ended: () => {} })
  watching.on = true
  watching.on = false
  watching.on = true
  await vi.advanceTimersByTimeAsync(500)
  expect(heard).toEqual([2])
  await vi.advanceTimersByTimeAsync(3_000)
  expect(asked).toBe(3)
  watching.on = false
  await vi.advanceTimersByTimeAsync(10_000)
  expect(asked).toBe(3)
})
