import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { CONGESTION_MS, ReliableInputCongestedError } from './congestion.ts'
import { FakeRoom } from './fakeRoom.ts'
import { LatencyPing, PING_DISCARD_MS, PING_EVERY_MS } from './latencyPing.ts'
import { InputUnconfirmedError, RECEIPT_DEADLINE_MS } from './receipts.ts'
import { confirmInputEvent, sendInputEvent, sendNavigate, sendText } from './send.ts'
import { readTopic } from './topics.ts'

const RELIABLE = 0
const LOSSY = 1

let fake: FakeRoom

beforeEach(() => {
  vi.useFakeTimers()
  fake = new FakeRoom()
})
afterEach(() => void vi.useRealTimers())

describe('the channel', () => {
  test('of moves and pings is the lossy one, of all else the one that loses nothing', async () => {
    const room = fake.asRoom
    await sendInputEvent(room, { type: 'mouseMove', x: 1, y: 2 })
    await sendInputEvent(room, { type: 'touchMove', x: 1, y: 2, touchId: 0 })
    await sendInputEvent(room, { type: 'ping', timestamp: 1 })
    expect(fake.take().map(({ reliable }) => reliable)).toEqual([false, false, false])
    await sendInputEvent(room, { type: 'wheel', x: 1, y: 2, deltaX: 0, deltaY: 10 })
    await sendInputEvent(room, { type: 'mouseDown', x: 1, y: 2, button: 0 })
    await sendInputEvent(room, { type: 'keyUp', key: 'a' })
    await sendNavigate(room, 'https://example.com')
    expect(fake.take().map(({ reliable }) => reliable)).toEqual([true, true, true, true])
  })

  test('may be asked for, but what must not be lost never is', async () => {
    await sendInputEvent(fake.asRoom, { type: 'touchMove', x: 1, y: 2, touchId: 0 }, { reliable: true })
    await sendInputEvent(fake.asRoom, { type: 'mouseUp', x: 1, y: 2, button: 0 }, { reliable: false })
    expect(fake.take()).toEqual([
      { packet: { type: 'touchMove', x: 1, y: 2, touchId: 0 }, reliable: true },
      { packet: { type: 'mouseUp', x: 1, y: 2, button: 0 }, reliable: true },
    ])
  })
})

describe('while the reliable channel is full', () => {
  beforeEach(async () => {
    await sendInputEvent(fake.asRoom, { type: 'tap', x: 1, y: 1 })
    fake.emit('dcBufferStatusChanged', false, RELIABLE)
    fake.take()
  })
  const tap = (): Promise<void> => sendInputEvent(fake.asRoom, { type: 'tap', x: 1, y: 1 })

  test('new input is refused where it is made, and releases are sent', async () => {
    await expect(tap()).rejects.toThrow(ReliableInputCongestedError)
    await expect(sendText(fake.asRoom, 'a')).rejects.toThrow(ReliableInputCongestedError)
    await expect(sendNavigate(fake.asRoom, 'https://example.com')).rejects.toThrow(ReliableInputCongestedError)
    await sendInputEvent(fake.asRoom, { type: 'touchEnd', x: 1, y: 1, touchId: 0 })
    await sendInputEvent(fake.asRoom, { type: 'keyUp', key: 'a' })
    await sendInputEvent(fake.asRoom, { type: 'mouseUp', x: 1, y: 1, button: 0 })
    expect(fake.take().map(({ packet }) => packet['type'])).toEqual(['touchEnd', 'keyUp', 'mouseUp'])
  })

  test('it ends when the channel says so, when the room was joined anew, and after a while by itself', async () => {
    fake.emit('dcBufferStatusChanged', true, RELIABLE)
    await tap()
    fake.emit('dcBufferStatusChanged', false, RELIABLE)
    fake.emit('reconnected')
    await tap()
    fake.emit('dcBufferStatusChanged', false, RELIABLE)
    vi.advanceTimersByTime(CONGESTION_MS - 1)
    await expect(tap()).rejects.toThrow(ReliableInputCongestedError)
    vi.advanceTimersByTime(1)
    await tap()
  })

  test('the lossy channel is another one', async () => {
    fake.emit('dcBufferStatusChanged', true, RELIABLE)
    fake.emit('dcBufferStatusChanged', false, LOSSY)
    await tap()
  })
})

describe('receipts', () => {
  test('say what became of it', async () => {
    const typed = sendText(fake.asRoom, 'hello')
    const packet = fake.take()[0]?.packet ?? {}
    expect(packet).toMatchObject({ type: 'text', text: 'hello', id: expect.stringMatching(/^[A-Za-z0-9_-]{1,64}$/) })
    fake.receive({ type: 'inputAck', id: packet['id'], status: 'dropped' })
    expect(await typed).toBe('dropped')
  })

  test('are the browser’s to give', async () => {
    const tapped = confirmInputEvent(fake.asRoom, { type: 'tap', x: 1, y: 1 })
    const outcome = tapped.catch((error: unknown) => error)
    const packet = fake.take()[0]?.packet ?? {}
    fake.receive({ type: 'inputAck', id: packet['id'], status: 'applied' }, 'customer-1')
    fake.receive({ type: 'inputAck', id: packet['id'], status: 'applied' }, 'tandem-browser', 'browser-url')
    fake.receive('no json')
    await vi.advanceTimersByTimeAsync(RECEIPT_DEADLINE_MS)
    expect(await outcome).toBeInstanceOf(InputUnconfirmedError)
  })

  test('are not waited for longer than the deadline', async () => {
    const outcome = sendText(fake.asRoom, 'hello').catch((error: unknown) => error)
    await vi.advanceTimersByTimeAsync(RECEIPT_DEADLINE_MS - 1)
    fake.receive({ type: 'inputAck', id: 'another', status: 'applied' })
    await vi.advanceTimersByTimeAsync(1)
    expect(await outcome).toBeInstanceOf(InputUnconfirmedError)
  })

  test('a text that is too large is not sent', async () => {
    await expect(sendText(fake.asRoom, 'ä'.repeat(5_000))).rejects.toMatchObject({ code: 'request/invalid' })
    expect(fake.take()).toEqual([])
  })
})

describe('the latency ping', () => {
  const timestamps = (): unknown[] => fake.take().map(({ packet }) => packet['timestamp'])

  test('goes at once and every two seconds, and its echo says how long it took', () => {
    const ping = new LatencyPing(fake.asRoom)
    ping.start()
    vi.advanceTimersByTime(PING_EVERY_MS)
    const [first, second] = timestamps()
    expect(Number(second) - Number(first)).toBe(PING_EVERY_MS)
    vi.advanceTimersByTime(40)
    fake.receive({ type: 'ping', timestamp: second })
    expect(ping.state).toEqual({ rttMs: 40, lastSeenAt: Date.now() })
    ping.stop()
    vi.advanceTimersByTime(10_000)
    expect(timestamps()).toEqual([])
  })

  test('an echo that is late, of another, or of the future is none', () => {
    const ping = new LatencyPing(fake.asRoom)
    ping.start()
    fake.receive({ type: 'ping', timestamp: Date.now() - PING_DISCARD_MS - 1 })
    fake.receive({ type: 'ping', timestamp: Date.now() + 5 })
    fake.receive({ type: 'ping', timestamp: Date.now() - 5 }, 'customer-2')
    expect(ping.state).toEqual({ rttMs: null, lastSeenAt: null })
    ping.stop()
  })

  test('what was measured long ago is not known now, and a room that is left knows nothing', () => {
    const ping = new LatencyPing(fake.asRoom)
    ping.start()
    fake.receive({ type: 'ping', timestamp: Date.now() - 5 })
    const seen = Date.now()
    vi.advanceTimersByTime(PING_DISCARD_MS + 1_000)
    expect(ping.state).toEqual({ rttMs: null, lastSeenAt: seen })
    fake.emit('disconnected')
    expect(ping.state).toEqual({ rttMs: null, lastSeenAt: null })
    ping.stop()
  })
})

test('topics are read from the browser alone', () => {
  const bytes = (value: object): Uint8Array => new TextEncoder().encode(JSON.stringify(value))
  const browser = { identity: 'tandem-browser' }
  expect(readTopic(bytes({ identity: 'customer-1' }), browser, 'browser-focus')).toEqual({ topic: 'focus', identity: 'customer-1' })
  expect(readTopic(bytes({ identity: null }), browser, 'browser-focus')).toEqual({ topic: 'focus', identity: null })
  expect(readTopic(bytes({ url: 'https://example.com' }), browser, 'browser-url')).toEqual({ topic: 'url', url: 'https://example.com' })
  const viewport = { width: 800, height: 600, scale: 1, touch: false, mobile: false }
  expect(readTopic(bytes(viewport), browser, 'browser-viewport')).toEqual({ topic: 'viewport', viewport })
  expect(readTopic(bytes({ width: 800 }), browser, 'browser-viewport')).toBeNull()
  expect(readTopic(bytes({ identity: 'customer-1' }), { identity: 'customer-1' }, 'browser-focus')).toBeNull()
  expect(readTopic(bytes({ type: 'ping' }), browser, undefined)).toBeNull()
})
