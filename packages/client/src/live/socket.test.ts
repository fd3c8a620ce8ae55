import { CLOSE, MEDIA_HEADER_BYTES, writeMediaHeader } from '@tandem/protocol'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { BACKOFF_MAX_MS, LiveSocket, PING_EVERY_MS, SILENT_SOCKET_MS } from './socket.ts'
import type { SocketState } from './socket.ts'
import { FakeSocket } from './fakeSocket.ts'

const sockets: FakeSocket[] = []
const states: SocketState[] = []
const last = (): FakeSocket => sockets.at(-1)!
function opened(): LiveSocket {
  const socket = new LiveSocket({
    url: 'ws://h/v1/agent-sessions/agt_1/live?token=t',
    createSocket: (url) => {
      sockets.push(new FakeSocket(url))
      return last()
    },
    random: () => 1,
  })
  socket.events.on('state', (state) => states.push(state))
  socket.open()
  return socket
}

beforeEach(() => {
  vi.useFakeTimers()
  sockets.length = states.length = 0
})
afterEach(() => void vi.useRealTimers())

test('it is open from hello on, and asks for the server clock at once', () => {
  const socket = opened()
  expect(socket.state.state).toBe('connecting')
  last().hello()
  expect(socket.state.state).toBe('open')
  expect(last().sent[0]).toMatchObject({ id: 1, method: 'viewer.ping' })
  socket.close()
})

test('after a loss it comes back with its resume token, later each time, and at most ten seconds apart', () => {
  const socket = opened()
  last().hello('resume-7')
  last().drop(1006)
  expect(socket.state).toEqual({ state: 'waiting', attempt: 1, why: 'The connection was lost.' })
  vi.advanceTimersByTime(249)
  expect(sockets).toHaveLength(1)
  vi.advanceTimersByTime(1)
  expect(last().url).toBe('ws://h/v1/agent-sessions/agt_1/live?token=t&resume=resume-7')
  const waits: number[] = []
  for (let attempt = 0; attempt < 8; attempt++) {
    const count = sockets.length
    last().drop(1006)
    let waited = 0
    while (sockets.length === count) {
      vi.advanceTimersByTime(50)
      waited += 50
    }
    waits.push(waited)
  }
  expect(waits).toEqual([500, 1_000, 2_000, 4_000, 8_000, BACKOFF_MAX_MS, BACKOFF_MAX_MS, BACKOFF_MAX_MS])
  socket.close()
})

test('where as many watch as may it says so, also while it asks again, until there is a place', () => {
  const socket = opened()
  last().drop(CLOSE.full, 'session/viewer-limit')
  const why = 'This view begins by itself when somebody leaves.'
  expect(socket.state).toEqual({ state: 'waiting', attempt: 1, why, code: 'session/viewer-limit' })
  vi.advanceTimersByTime(250)
  expect(socket.state).toMatchObject({ state: 'connecting', why, code: 'session/viewer-limit' })
  last().hello()
  expect(socket.state).toEqual({ state: 'open' })
  last().drop(1006)
  expect(socket.state).not.toHaveProperty('code')
  socket.close()
})

test('calls that wait are rejected by a loss, and those made without a connection at once', async () => {
  const socket = opened()
  last().hello()
  const call = socket.call('control.take', {})
  last().drop(1006)
  await expect(call).rejects.toMatchObject({ code: 'server/overloaded' })
  await expect(socket.call('control.take', {})).rejects.toMatchObject({ code: 'server/overloaded' })
  socket.close()
})

test.each([
  [CLOSE.unauthorized, 'auth/invalid'],
  [CLOSE.forbidden, 'auth/forbidden'],
  [CLOSE.notFound, 'session/not-found'],
  [CLOSE.sessionClosed, 'session/closed'],
  [CLOSE.replaced, 'auth/forbidden'],
  [CLOSE.kicked, 'auth/kicked'],
])('close code %i is for good, with the code %s', (close, code) => {
  const socket = opened()
  last().drop(close)
  expect(socket.state).toMatchObject({ state: 'closed', code })
  vi.advanceTimersByTime(60_000)
  expect(sockets).toHaveLength(1)
})

test('a socket that goes silent is given up without a goodbye, and made anew', () => {
  const socket = opened()
  last().hello()
  vi.advanceTimersByTime(PING_EVERY_MS)
  last().answerPing()
  expect(socket.silentSince).toBeNull()
  vi.advanceTimersByTime(SILENT_SOCKET_MS / 2)
  expect(socket.silentSince).not.toBeNull()
  vi.advanceTimersByTime(SILENT_SOCKET_MS)
  expect(sockets[0]?.closedWith).toBe(4000)
  expect(sockets.length).toBeGreaterThan(1)
  socket.close()
})

test('any word of the server ends its silence', () => {
  const socket = opened()
  last().hello()
  vi.advanceTimersByTime(3_000)
  expect(socket.silentSince).not.toBeNull()
  last().receive({ event: 'cursor.changed', data: { cursor: 'text' } })
  expect(socket.silentSince).toBeNull()
  socket.close()
})

test('reconnect cuts the back-off short', () => {
  const socket = opened()
  for (let attempt = 0; attempt < 6; attempt++) {
    last().drop(1006)
    vi.advanceTimersByTime(BACKOFF_MAX_MS)
  }
  last().drop(1006)
  const count = sockets.length
  socket.reconnect()
  expect(sockets).toHaveLength(count + 1)
  vi.advanceTimersByTime(BACKOFF_MAX_MS - 1)
  expect(sockets).toHaveLength(count + 1)
  socket.close()
})

test('closing says goodbye, and nothing follows', () => {
  const socket = opened()
  last().hello()
  socket.close()
  expect(last().closedWith).toBe(CLOSE.goodbye)
  vi.advanceTimersByTime(60_000)
  expect(sockets).toHaveLength(1)
})

test('it follows to the server that has the browser, with its token and as who it is, and REST goes there too', () => {
  const socket = opened()
  last().hello('resume-7')
  last().drop(CLOSE.moved, 'wss://other:7900/v1/agent-sessions/agt_1/live')
  expect(last().url).toBe('wss://other:7900/v1/agent-sessions/agt_1/live?token=t&resume=resume-7')
  expect(socket.url).toBe('wss://other:7900/v1/agent-sessions/agt_1/live?token=t')
  last().hello()
  expect(socket.state.state).toBe('open')
  socket.close()
})

test('two servers that name each other do not keep it going in a circle, and an address that is none is not followed', () => {
  const socket = opened()
  for (let moves = 0; moves < 3; moves++) last().drop(CLOSE.moved, `ws://server${moves}/live`)
  expect(sockets).toHaveLength(4)
  last().drop(CLOSE.moved, 'ws://server0/live')
  expect(socket.state).toMatchObject({ state: 'waiting', why: 'Another server has the browser.' })
  vi.advanceTimersByTime(BACKOFF_MAX_MS)
  last().hello()
  last().drop(CLOSE.moved, 'https://elsewhere/')
  expect(socket.state.state).toBe('waiting')
  socket.close()
})

test('when the server it was sent to does not answer, the one that sent it is asked again, in turns', () => {
  const socket = opened()
  const first = socket.url
  last().drop(CLOSE.moved, 'wss://other:7900/v1/agent-sessions/agt_1/live')
  const hosts: string[] = []
  for (let attempts = 0; attempts < 4; attempts++) {
    last().drop(1006)
    vi.advanceTimersByTime(BACKOFF_MAX_MS)
    hosts.push(new URL(last().url).host)
  }
  const here = new URL(first).host
  expect(hosts).toEqual(['other:7900', here, 'other:7900', here])
  last().hello()
  expect(socket.url).toBe(first)
  socket.close()
})

test('binary messages are packets; what is none of this version is left out', () => {
  const socket = opened()
  const seen: number[] = []
  socket.events.on('packet', ({ seq, payload }) => seen.push(seq, payload.byteLength))
  last().hello()
  const bytes = new Uint8Array(MEDIA_HEADER_BYTES + 3)
  writeMediaHeader(bytes, { kind: 'video', keyFrame: true, config: 1, seq: 7, capturedAt: 1, durationUs: 0, width: 2, height: 2 })
  last().receiveBytes(bytes)
  last().receiveBytes(new Uint8Array(5))
  expect(seen).toEqual([7, 3])
  socket.close()
})
