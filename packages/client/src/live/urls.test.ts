import { expect, test } from 'vitest'
import { restOf, withIdentity } from './urls.ts'

test('name and resume token join the token that the address carries', () => {
  expect(withIdentity('ws://h/v1/agent-sessions/agt_1/live?token=t', { resumeToken: 'r' })).toBe('ws://h/v1/agent-sessions/agt_1/live?token=t&resume=r')
  expect(withIdentity('ws://h/live?resume=old', { resumeToken: null, name: 'Ada L' })).toBe('ws://h/live?name=Ada+L')
})

test('the REST resource of a live address, with its token and without it in the address', () => {
  expect(restOf('wss://h:1/v1/agent-sessions/agt_1/live?token=t')).toEqual({ sessionUrl: 'https://h:1/v1/agent-sessions/agt_1', token: 't' })
  expect(restOf('ws://h/base/v1/agent-sessions/agt_1/live')).toEqual({ sessionUrl: 'http://h/base/v1/agent-sessions/agt_1', token: null })
})
