import { expect, test } from 'vitest'
import { loadOf, sentence, stateOf } from './nodeWords.ts'

const node = { connected: true, has_livekit: true, state: 'active', sessions: 2 } as const

test('a server that does not answer is down, whatever was decided about it', () => {
  expect(stateOf({ ...node, connected: false, state: 'cordoned' }).label).toBe('Down')
  expect(stateOf({ ...node, connected: false, has_livekit: false }).label).toBe('No LiveKit yet')
})

test('one that is drained says when it is done', () => {
  expect(stateOf({ ...node, state: 'draining' }).label).toBe('Draining')
  expect(stateOf({ ...node, state: 'draining', sessions: 0 }).label).toBe('Drained')
  expect(stateOf({ ...node, state: 'cordoned' }).label).toBe('Cordoned')
  expect(stateOf(node)).toEqual({ label: 'In use', tone: 'good' })
})

test('load is said in numbers', () => {
  expect(loadOf({ sessions: 1, participants: 3 })).toBe('1 session, 3 participants')
  expect(loadOf({ sessions: 0, participants: 1 })).toBe('0 sessions, 1 participant')
})

test('a reason is a sentence', () => {
  expect(sentence('it cannot be reached (ECONNREFUSED)')).toBe('It cannot be reached (ECONNREFUSED).')
  expect(sentence('There is no Go.')).toBe('There is no Go.')
})
