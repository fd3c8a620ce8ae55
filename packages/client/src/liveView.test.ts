import type { InputEvent } from '@tandem/protocol'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { FakeSocket } from './live/fakeSocket.ts'
import { LiveView } from './liveView.ts'

const URL_OF_LIVE = 'ws://h/v1/agent-sessions/agt_1/live?token=t'
const MOVE: InputEvent = { type: 'mouseMove', x: 1, y: 2 }
const control = (epoch: number, holder: string | null) => ({
  state: holder === null ? 'ai-driving' : 'human-driving',
  driver: holder === null ? { kind: 'agent' } : { kind: 'human', client_id: holder, name: 'Ada' },
  epoch,
  requests: [],
  last_handback: null,
})
const hello = (epoch = 3, holder: string | null = null) => ({
  viewer: { id: 'v1', name: 'Ada', role: 'control' },
  session: { id: 'agt_1', status: 'active', control: control(epoch, holder) },
  viewers: [],
  tabs: [],
  iceServers: [],
  iceTransportPolicy: 'all',
  rungs: { webrtc: null, websocket: null, jpeg: null },
})

const stored = new Map<string, string>()
let sockets: FakeSocket[]
let views: LiveView[]
const last = (): FakeSocket => sockets.at(-1)!
function made(): LiveView {
  const createSocket = (url: string): FakeSocket => {
    sockets.push(new FakeSocket(url))
    return last()
  }
  views.push(new LiveView({ url: URL_OF_LIVE, createSocket }))
  return views.at(-1)!
}

beforeEach(() => {
  vi.useFakeTimers()
  vi.stubGlobal('sessionStorage', {
    getItem: (key: string) => stored.get(key) ?? null,
    setItem: (key: string, value: string) => stored.set(key, value),
    removeItem: (key: string) => stored.delete(key),
  })
  stored.clear()
  sockets = []
  views = []
})
afterEach(() => {
  for (const view of views) view.close()
  vi.unstubAllGlobals()
  vi.useRealTimers()
})

test('input goes out under the epoch of now, and only while this viewer steers', () => {
  const view = made()
  last().hello('r', hello(3))
  view.input([MOVE])
  expect(last().last('input.dispatch')).toBeUndefined()
  last().receive({ event: 'control.changed', data: control(4, 'v1') })
  view.input([MOVE])
  expect(last().last('input.dispatch')?.params).toEqual({ epoch: 4, seq: 1, events: [MOVE] })
  last().receive({ event: 'control.changed', data: control(5, 'v2') })
  view.input([MOVE])
  expect(last().sent.filter(({ method }) => method === 'input.dispatch')).toHaveLength(1)
})

test('more events than one message may hold become several, in order', () => {
  const view = made()
  last().hello('r', hello(3, 'v1'))
  view.input(Array.from({ length: 1_200 }, (_, x): InputEvent => ({ type: 'mouseMove', x, y: 0 })))
  const sizes = last()
    .sent.filter(({ method }) => method === 'input.dispatch')
    .map(({ params }) => (params as { events: unknown[] }).events.length)
  expect(sizes).toEqual([500, 500, 200])
})

test('a new name outlives the connection, also where there was none to tell it', () => {
  const view = made()
  last().hello('r', hello())
  void view.rename('Grace').catch(() => {})
  expect(last().last('viewer.rename')?.params).toEqual({ name: 'Grace' })
  view.reconnect()
  expect(new URL(last().url).searchParams.get('name')).toBe('Grace')
  void view.rename('Edith').catch(() => {})
  view.reconnect()
  expect(new URL(last().url).searchParams.get('name')).toBe('Edith')
})

test('a slow connection carries the presses and leaves the moves', () => {
  const view = made()
  last().hello('r', hello(3, 'v1'))
  last().bufferedAmount = 1_000_000
  view.input([MOVE, { type: 'mouseDown', x: 1, y: 2, button: 0 }, MOVE])
  expect(last().last('input.dispatch')?.params).toMatchObject({ events: [{ type: 'mouseDown' }] })
})

test('an answer that is older than the last event does not bring the wheel back', async () => {
  const view = made()
  last().hello('r', hello(3))
  const taking = view.takeControl()
  last().receive({ event: 'control.changed', data: control(4, 'v1') })
  last().receive({ event: 'control.changed', data: control(5, null) })
  last().receive({ id: last().last('control.take')?.id, result: control(4, 'v1') })
  await taking
  expect(view.snapshot).toMatchObject({ holding: false, control: { epoch: 5 } })
})

test('a refusal of input is shown for some seconds', () => {
  const view = made()
  last().hello('r', hello(3, 'v1'))
  last().receive({ event: 'input.refused', data: { code: 'control/stale-epoch', message: 'The driver has changed since.' } })
  expect(view.snapshot.inputRefused?.code).toBe('control/stale-epoch')
  vi.advanceTimersByTime(4_000)
  expect(view.snapshot.inputRefused).toBeNull()
})

test('what needs the epoch says that there is no connection yet, instead of guessing', async () => {
  const view = made()
  await expect(view.navigate('https://example.com')).rejects.toMatchObject({ code: 'server/overloaded' })
})

test('all changes of a message are told once', async () => {
  const view = made()
  const listener = vi.fn<() => void>()
  view.subscribe(listener)
  last().hello('r', hello(3, 'v1'))
  await Promise.resolve()
  expect(listener).toHaveBeenCalledTimes(1)
  expect(view.snapshot).toMatchObject({ holding: true, me: { id: 'v1' } })
})

test('after the end nothing is held, and the reason stays', () => {
  const view = made()
  last().hello('r', hello(3, 'v1'))
  last().receive({ event: 'session.closed', data: { reason: 'closed by its owner' } })
  expect(view.snapshot).toMatchObject({ status: 'ended', reason: 'Closed by its owner.', code: 'session/closed', holding: false, steering: false })
})

test('the viewer of a page that was reloaded comes back under its token, also when the page mounts twice', () => {
  stored.set('tandem.resume:http://h/v1/agent-sessions/agt_1', 'kept')
  const first = made()
  expect(last().url).toContain('resume=kept')
  expect(stored.size).toBe(0)
  first.close()
  made()
  expect(last().url).toContain('resume=kept')
})

test('a view that was open and is closed is gone for good: its token is not kept', () => {
  const view = made()
  last().hello('r', hello())
  view.close()
  expect(last().closedWith).toBe(1000)
  expect(stored.size).toBe(0)
})
