import { RawJson } from '@tandem/browser'
import { CLOSE } from '@tandem/protocol'
import { expect, test, vi } from 'vitest'
import { Inbox, MAX_WAITING_BYTES } from './inbox.ts'

function inbox(limit = 10) {
  const handled: unknown[] = []
  const fail = vi.fn()
  const broken = vi.fn()
  const box: Inbox = new Inbox({
    limit,
    handle: (command) => handled.push('params' in command ? command.id : command.code),
    fail: (...why) => {
      fail(...why)
      box.close()
    },
    broken,
  })
  const send = (text: string): void => box.take(Buffer.from(text))
  return { box, send, handled, fail, broken }
}

const small = (id: number) => JSON.stringify({ id, method: 'A.b' })
/** Many values: nothing to skip. */
const large = (id: number) => JSON.stringify({ id, method: 'A.b', params: { arguments: Array.from({ length: 100_000 }, () => ({ value: 1 })) } })

test('commands wait for the session, and come in their order', () => {
  const { box, send, handled } = inbox()
  send(small(1))
  send('{"id":2}')
  expect(handled).toEqual([])
  box.open()
  send(small(3))
  expect(handled).toEqual([1, 'request/invalid', 3])
})

test('others have their turn while a large command is read, and what its client sends behind it waits', async () => {
  const { box, send, handled } = inbox()
  box.open()
  send(large(1))
  send(small(2))
  let turns = 0
  while (handled.length < 2) {
    expect(handled).toEqual([])
    turns++
    await new Promise((resolve) => setImmediate(resolve))
  }
  expect(handled).toEqual([1, 2])
  expect(turns).toBeGreaterThan(5)
})

test('no long text is made of a large command, neither to read nor to look at it', () => {
  const parse = vi.spyOn(JSON, 'parse')
  const text = vi.spyOn(Buffer.prototype, 'toString')
  try {
    const taken: unknown[] = []
    const box = new Inbox({ limit: 1, handle: (command) => taken.push(command), fail: vi.fn(), broken: vi.fn() })
    const bytes = Buffer.from(
      JSON.stringify({ id: 1, method: 'Runtime.callFunctionOn', params: { arguments: [{ value: 'x'.repeat(3_000_000) }], returnByValue: true } }),
    )
    box.open()
    box.take(bytes)
    expect(taken).toMatchObject([{ id: 1, params: { arguments: expect.any(RawJson), returnByValue: true } }])
    for (const [parsed] of parse.mock.calls) expect(parsed.length).toBeLessThan(1_000)
    for (const { value } of text.mock.results) expect(String(value).length).toBeLessThan(1_000)
  } finally {
    parse.mockRestore()
    text.mockRestore()
  }
})

test('a client that sends more than may wait is closed, and one that sends nonsense, in the middle of a large command too', async () => {
  const early = inbox(2)
  for (let id = 1; id <= 3; id++) early.send(small(id))
  expect(early.fail).toHaveBeenCalledWith(CLOSE.tooManyErrors, 'request/rate-limited')
  for (const nonsense of ['{', '[]', `${large(1)}]`]) {
    const { box, send, handled, fail } = inbox()
    box.open()
    send(nonsense)
    await vi.waitFor(() => expect(fail).toHaveBeenCalledWith(CLOSE.malformed, expect.any(String)))
    send(small(9))
    expect(handled).toEqual([])
  }
})

test('a fault of ours is told, at once and in the middle of a large command', async () => {
  const broken = vi.fn()
  const box = new Inbox({
    limit: 10,
    handle: () => {
      throw new TypeError('ours')
    },
    fail: vi.fn(),
    broken,
  })
  box.open()
  box.take(Buffer.from(small(1)))
  expect(broken).toHaveBeenCalledTimes(1)
  box.take(Buffer.from(large(2)))
  await vi.waitFor(() => expect(broken).toHaveBeenCalledTimes(2))
})

test('no more waits than has room', () => {
  const { box, fail } = inbox()
  // The same one again and again: nothing is copied.
  const quarter = Buffer.alloc(MAX_WAITING_BYTES / 4)
  for (let sent = 0; sent < 4; sent++) box.take(quarter)
  expect(fail).not.toHaveBeenCalled()
  box.take(Buffer.from('{}'))
  expect(fail).toHaveBeenCalledOnce()
})
