import type { AgentSession, ControlInfo, LiveEventData, Viewer } from '@tandem/protocol'
import { expect, test } from 'vitest'
import { EMPTY_SNAPSHOT, reduce } from './reduce.ts'
import type { LiveSnapshot } from './types.ts'

const AT = '2026-01-01T00:00:00.000Z'
const me: Viewer = { id: 'v1', name: 'Ada', role: 'control', transport: null, joinedAt: AT, kind: 'human' }
const control = (driver: ControlInfo['driver'], epoch: number): ControlInfo => ({
  state: driver.kind === 'human' ? 'human-driving' : 'ai-driving',
  driver,
  epoch,
  since: AT,
  client_id: null,
  grace_ends_at: null,
  idle_ends_at: null,
  requests: [],
  last_handback: null,
})
const session = (info: ControlInfo): AgentSession => ({
  id: 'agt_1',
  name: null,
  status: 'active',
  closed_reason: null,
  closed_at: null,
  mode: 'pair',
  control: info,
  pair_mode_state: null,
  page_state: null,
  viewport: { width: 1280, height: 720, scale: 1, touch: false, mobile: false },
  own_viewport: { width: 1280, height: 720, scale: 1, touch: false, mobile: false },
  viewers: 1,
  profile: null,
  max_viewers: 1_000,
  idle_ends_at: null,
  ends_at: null,
  server: null,
  room: null,
  agents: 0,
  created_at: AT,
  updated_at: AT,
})
const hello = (data: Partial<LiveEventData<'session.hello'>> = {}): LiveEventData<'session.hello'> => ({
  protocol: 1,
  viewer: me,
  resumeToken: 'r',
  session: session(control({ kind: 'agent' }, 3)),
  serverTime: 0,
  iceServers: [],
  iceTransportPolicy: 'all',
  tabs: [],
  activeTabId: null,
  viewers: [me],
  stream: null,
  dialogs: [],
  fileChoosers: [],
  authPrompts: [],
  pickers: [],
  humanRequests: [],
  cursor: 'default',
  pointerLocked: false,
  blanked: null,
  rungs: { webrtc: null, room: 'none', websocket: null, jpeg: null },
  ...data,
})
const after = (snapshot: LiveSnapshot, ...messages: Parameters<typeof reduce>[1][]): LiveSnapshot =>
  messages.reduce((now, message) => ({ ...now, ...reduce(now, message) }), snapshot)
const greeted = after(EMPTY_SNAPSHOT, { event: 'session.hello', data: hello() })

test('what the server offers is known from the hello on, and changes', () => {
  expect(greeted.offers).toEqual({ webrtc: null, room: 'none', websocket: null, jpeg: null })
  const offers = { webrtc: 'taken', room: null, websocket: null, jpeg: null }
  expect(after(greeted, { event: 'media.rungs', data: offers }).offers).toEqual(offers)
})

test('hello tells who this viewer is and that it does not hold the wheel', () => {
  expect(greeted).toMatchObject({ me, mayControl: true, holding: false, steering: false })
})

test('the holder is told by id, not by name', () => {
  const other = after(greeted, { event: 'control.changed', data: control({ kind: 'human', client_id: 'v2', name: 'Ada' }, 4) })
  expect(other.holding).toBe(false)
  const mine = after(greeted, { event: 'control.changed', data: control({ kind: 'human', client_id: 'v1', name: 'Ada' }, 4) })
  expect(mine).toMatchObject({ holding: true, steering: true })
  expect(mine.session?.control.epoch).toBe(4)
})

test('in mode shared everybody who may control steers, and nobody holds', () => {
  expect(after(greeted, { event: 'control.changed', data: control({ kind: 'both' }, 4) })).toMatchObject({ holding: false, steering: true })
  const watcher = after(EMPTY_SNAPSHOT, {
    event: 'session.hello',
    data: hello({ viewer: { ...me, role: 'view' }, session: session(control({ kind: 'both' }, 4)) }),
  })
  expect(watcher).toMatchObject({ steering: false, mayControl: false })
})

test('a session that was read before a change of control does not bring the old driver back', () => {
  const holding = after(greeted, { event: 'control.changed', data: control({ kind: 'human', client_id: 'v1', name: 'Ada' }, 5) })
  const late = after(holding, { event: 'session.changed', data: { ...session(control({ kind: 'agent' }, 3)), name: 'renamed' } })
  expect(late).toMatchObject({ holding: true, session: { name: 'renamed', control: { epoch: 5 } } })
})

test('dialogs open and close by id', () => {
  const dialog = { id: 'd1', tabId: 't', type: 'alert' as const, message: 'hi', defaultPrompt: '', url: '' }
  const open = after(greeted, { event: 'dialog.opened', data: dialog }, { event: 'dialog.opened', data: { ...dialog, message: 'again' } })
  expect(open.dialogs).toEqual([{ ...dialog, message: 'again' }])
  expect(after(open, { event: 'dialog.closed', data: { id: 'd1' } }).dialogs).toEqual([])
})

test('the end that comes is known until it does not come any more', () => {
  const warned = after(greeted, { event: 'session.expiring', data: { kind: 'idle', endsAt: '2026-01-01T00:01:00.000Z' } })
  expect(warned.expiring).toEqual({ kind: 'idle', endsAt: '2026-01-01T00:01:00.000Z' })
  expect(after(warned, { event: 'session.expiring', data: { kind: null, endsAt: null } }).expiring).toBeNull()
})
