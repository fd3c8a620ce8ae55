import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Connection } from './connection.ts'
import type { Transport } from './pipe.ts'

interface Sent {
  id: number
  method: string
  sessionId?: string
}

const PAGE = { targetId: 'page', type: 'page' }
let sent: Sent[]
let connection: Connection
let ran: string[]

beforeEach(() => {
  vi.useFakeTimers()
  sent = []
  ran = []
  const transport: Transport = { send: (text) => void sent.push(JSON.parse(String(text))), close: () => {}, onmessage: () => {}, onclose: () => {} }
  connection = new Connection(transport)
  answer = async () => {
    for (const { id } of sent.splice(0)) transport.onmessage?.(JSON.stringify({ id, result: {} }))
    await vi.advanceTimersByTimeAsync(0)
  }
})
afterEach(() => vi.useRealTimers())

let answer: () => Promise<void>
const ready = (sessionId: string, targetId = 'page'): void => connection.starts.ready(targetId, sessionId, () => ran.push(sessionId))
/** Somebody else than the server is there. */
const agent = (): void => connection.adopt('root', { deliver: () => {} })

test('without anybody else a target runs at once, and nothing is asked', () => {
  connection.starts.hold(PAGE, 'ours')
  ready('ours')
  expect(ran).toEqual(['ours'])
  expect(sent).toEqual([])
})

test('a target that nobody else holds runs when everybody has been told of it', async () => {
  agent()
  connection.starts.hold(PAGE, 'ours')
  ready('ours')
  expect(ran).toEqual([])
  await answer()
  expect(ran).toEqual(['ours'])
})

test('a target runs when each of its holders has said so, and those who say it later run it by themselves', async () => {
  agent()
  connection.starts.hold(PAGE, 'ours')
  ready('ours')
  connection.starts.hold(PAGE, 'one')
  connection.starts.hold(PAGE, 'two')
  await answer()
  ready('two')
  expect(ran).toEqual([])
  ready('one')
  expect(ran).toEqual(['ours', 'two', 'one'])
  ready('two')
  expect(ran.at(-1)).toBe('two')
})

test('a session that ends holds nothing any more', async () => {
  agent()
  connection.starts.hold(PAGE, 'ours')
  connection.starts.hold(PAGE, 'gone')
  await answer()
  ready('ours')
  connection.starts.leave('gone')
  expect(ran).toEqual(['ours'])
})

test('who knows a tab alone holds its page too, until it knows the page', async () => {
  agent()
  connection.starts.hold({ targetId: 'tab', type: 'tab' }, 'tab of one')
  connection.starts.hold(PAGE, 'ours')
  await answer()
  ready('ours')
  ready('tab of one', 'tab')
  expect(ran).toEqual(['tab of one'])
  connection.starts.hold(PAGE, 'one')
  connection.starts.knowsPage('tab of one')
  expect(ran).toEqual(['tab of one'])
  ready('one')
  expect(ran).toEqual(['tab of one', 'ours', 'one'])
})

test('after 3 s a target runs, also for whoever said nothing', async () => {
  agent()
  connection.starts.hold({ targetId: 'tab', type: 'tab' }, 'tab of one')
  connection.starts.hold(PAGE, 'ours')
  connection.starts.hold(PAGE, 'silent')
  await answer()
  ready('ours')
  await vi.advanceTimersByTimeAsync(2_999)
  expect(ran).toEqual([])
  await vi.advanceTimersByTimeAsync(1)
  expect(ran).toEqual(['ours'])
  expect(sent.map(({ method, sessionId }) => [method, sessionId])).toEqual([
    ['Runtime.runIfWaitingForDebugger', 'tab of one'],
    ['Runtime.runIfWaitingForDebugger', 'silent'],
  ])
})
