import { expect, test } from 'vitest'
import { FakeClock } from '../control/fakeClock.ts'
import { HumanRequests } from './humanRequests.ts'

test('requests for a human are bounded, and an answer makes room for the next', async () => {
  const requests = new HumanRequests(new FakeClock())
  const opened: string[] = []
  requests.events.on('opened', ({ id }) => opened.push(id))
  const ask = () => requests.ask({ reason: 'a code', timeoutMs: 60_000, signal: new AbortController().signal })
  const open = Array.from({ length: 20 }, ask)
  await expect(ask()).rejects.toMatchObject({ code: 'request/rate-limited' })
  requests.answer(opened[0] ?? '', 'done', 'there')
  await expect(open[0]).resolves.toMatchObject({ outcome: 'done', note: 'there' })
  const next = ask()
  expect(opened).toHaveLength(21)
  for (const id of opened.slice(1)) requests.answer(id, 'failed', null)
  await Promise.all([...open, next])
})
