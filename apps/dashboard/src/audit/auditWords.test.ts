import { expect, test } from 'vitest'
import { actorName, auditDetail, auditWords } from './auditWords.ts'

test('an action is a sentence without its subject, an unknown one its own words', () => {
  expect(auditWords('viewer.kick')).toBe('removed a viewer')
  expect(auditWords('server.clock-jumped')).toBe('server clock jumped')
})

test('whoever did it has a name, or at least what they came with', () => {
  expect(actorName({ id: 'key:key_1', name: 'nightly run', address: null })).toBe('nightly run')
  expect(actorName({ id: 'token:vt_12', name: null, address: null })).toBe('token 12')
  expect(actorName({ id: 'nobody', name: null, address: '10.0.0.1' })).toBe('Nobody known')
})

test('details are the plain values, in order', () => {
  expect(auditDetail({ data: { role: 'view', single_use: true, session_id: 'agt_1', note: null, more: {} } })).toBe('role view · single use')
})

test('details read as people say them: times in units, ids by their beginning, nothing that is not so', () => {
  const data = { expires_in_s: 86_400, single_use: false, viewer_id: 'vwr_7bc38fec-fd6d-4921-9984-7a8528eb20f6', epoch: 3 }
  expect(auditDetail({ data })).toBe('for 1 day · viewer vwr_7bc38fec')
  expect(auditDetail({ data: { expires_in_s: 5_400 } })).toBe('for 90 minutes')
})
