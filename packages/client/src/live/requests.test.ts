import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { REQUEST_TIMEOUT_MS, Requests } from './requests.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

test('answers find their requests, in any order', async () => {
  const requests = new Requests()
  const ids: number[] = []
  const first = requests.add('a.b', (id) => ids.push(id))
  const second = requests.add('a.b', (id) => ids.push(id))
  requests.resolve(ids[1]!, 'second')
  requests.resolve(ids[0]!, 'first')
  expect(await Promise.all([first, second])).toEqual(['first', 'second'])
  expect(requests.size).toBe(0)
})

test('an error of the server keeps its code and its extras', async () => {
  const requests = new Requests()
  const call = requests.add('control.take', () => {})
  requests.reject(1, { code: 'control/conflict', message: 'Another viewer was faster.', retry: true, winner_client_id: 'v2' })
  await expect(call).rejects.toMatchObject({ code: 'control/conflict', details: { winner_client_id: 'v2' } })
})

test('all are rejected when the connection is lost, and an answer that comes later harms nothing', async () => {
  const requests = new Requests()
  const call = requests.add('page.navigate', () => {})
  requests.rejectAll('the connection was lost')
  await expect(call).rejects.toMatchObject({ code: 'server/overloaded', message: expect.stringContaining('page.navigate') })
  requests.resolve(1, {})
})

test('a request without an answer ends by itself', async () => {
  const requests = new Requests()
  const call = requests.add('viewer.ping', () => {})
  const failed = call.catch((error: unknown) => error)
  await vi.advanceTimersByTimeAsync(REQUEST_TIMEOUT_MS)
  expect(await failed).toMatchObject({ code: 'server/overloaded' })
})

test('what cannot be sent is rejected at once', async () => {
  const requests = new Requests()
  const call = requests.add('viewer.ping', () => {
    throw new Error('closed')
  })
  await expect(call).rejects.toThrow('closed')
  expect(requests.size).toBe(0)
})
