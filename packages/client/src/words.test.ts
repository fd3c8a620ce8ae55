import { expect, test } from 'vitest'
import { EMPTY_SNAPSHOT } from './reduce.ts'
import type { LiveSnapshot } from './types.ts'
import { connectionState, describeOffer, describeSign, driverSentence, describeDriver, whoSentence } from './words.ts'

const NOW = '2026-01-01T00:00:00.000Z'
const me = { id: 'v1', name: 'Ada', role: 'control', transport: null, joinedAt: NOW, kind: 'human' } as const
const control = (driver: NonNullable<LiveSnapshot['control']>['driver'], parts: Partial<NonNullable<LiveSnapshot['control']>> = {}) => ({
  state: driver.kind === 'human' ? ('human-driving' as const) : ('ai-driving' as const),
  driver,
  epoch: 1,
  since: NOW,
  client_id: null,
  grace_ends_at: null,
  idle_ends_at: null,
  requests: [],
  last_handback: null,
  ...parts,
})
const live: LiveSnapshot = { ...EMPTY_SNAPSHOT, status: 'live', reason: null, me, mayControl: true, control: control({ kind: 'agent' }) }
const bob = { kind: 'human', client_id: 'v2', name: 'Bob' } as const

test('the button takes, asks, waits or hands back, as control stands', () => {
  expect(describeOffer(live)).toEqual({ action: 'take', label: 'Take control', enabled: true })
  expect(describeOffer({ ...live, control: control({ kind: 'agent' }, { state: 'takeover-pending' }) })).toEqual({
    action: 'take',
    label: 'Asking…',
    enabled: false,
  })
  expect(describeOffer({ ...live, control: control(bob) })).toEqual({ action: 'request', label: 'Ask for control', enabled: true })
  const asked = [{ id: 'r', client_id: 'v1', name: 'Ada', at: NOW, expires_at: NOW }]
  expect(describeOffer({ ...live, control: control(bob, { requests: asked }) })).toMatchObject({ label: 'Asked for control', enabled: false })
  expect(describeOffer({ ...live, holding: true })).toMatchObject({ action: 'hand-back' })
})

test('a viewer who may only watch is offered nothing', () => {
  expect(describeOffer({ ...live, mayControl: false })).toBeNull()
  expect(describeOffer({ ...live, status: 'ended' })).toBeNull()
})

test('an old picture always has a sign, and how it ended is its title', () => {
  expect(describeSign(live)).toBeNull()
  expect(describeSign({ ...live, blanked: 'Ada types a password.' })).toMatchObject({ kind: 'hidden', reason: 'Ada types a password.' })
  expect(describeSign({ ...live, status: 'stalled', reason: null })?.title).toBe('The picture has stopped')
  expect(describeSign({ ...live, status: 'ended', code: 'auth/kicked', reason: 'Ask the owner.' })).toEqual({
    kind: 'ended',
    title: 'Your watching was ended',
    reason: 'Ask the owner.',
  })
  expect(describeSign({ ...live, status: 'connecting', code: 'session/viewer-limit', reason: 'This view begins by itself when somebody leaves.' })).toEqual({
    kind: 'connecting',
    title: 'As many watch as may',
    reason: 'This view begins by itself when somebody leaves.',
  })
  const kicked = { ...live, status: 'ended', code: 'auth/kicked', reason: 'Your watching was ended. Ask the owner.' } as const
  expect(describeSign(kicked)?.reason, 'nothing is said twice').toBe('Ask the owner.')
})

test('what the agent asks for comes before who drives, until somebody has the wheel', () => {
  const asked = { ...live, humanRequests: [{ id: 'h', reason: 'The bank wants a code.', instructions: null, created_at: NOW, expires_at: NOW }] }
  expect(whoSentence(live)).toBe('Agent drives')
  expect(whoSentence(asked)).toBe('The agent asks: The bank wants a code.')
  expect(whoSentence({ ...asked, holding: true, control: control({ kind: 'human', client_id: 'v1', name: 'Ada' }) })).toBe('You drive')
})

test('who drives is a sentence, and the connection one of four words', () => {
  expect(driverSentence(describeDriver({ ...live, control: control(bob) }))).toBe('Bob drives')
  expect(driverSentence(describeDriver({ ...live, holding: true, control: control({ kind: 'human', client_id: 'v1', name: 'Ada' }) }))).toBe('You drive')
  expect(connectionState({ status: 'stalled' })).toBe('disconnected')
})

test('an agent that stands still is said to, as long as no other one drives', () => {
  const agent = (id: string, silent: boolean) => ({ id, name: 'Buyer', role: 'agent', transport: null, joinedAt: NOW, kind: 'agent', silent }) as const
  expect(driverSentence(describeDriver({ ...live, viewers: [agent('a', true)] }))).toBe('Buyer does not answer')
  expect(driverSentence(describeDriver({ ...live, viewers: [agent('a', true), agent('b', false)] }))).toBe('Agent drives')
  expect(driverSentence(describeDriver({ ...live, viewers: [me] }))).toBe('Agent drives')
})
