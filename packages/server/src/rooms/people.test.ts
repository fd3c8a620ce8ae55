import { CUSTOMER_IDENTITY_PREFIX, VIEWER_IDENTITY_PREFIX } from '@tandem/protocol'
import { expect, test } from 'vitest'
import { FakeClock, settled } from '../control/fakeClock.ts'
import { createLog } from '../log.ts'
import { People, PROOF_ATTRIBUTE } from './people.ts'
import type { PeopleOptions } from './people.ts'

const DAY_MS = 24 * 3_600_000
const ANN = `${VIEWER_IDENTITY_PREFIX}ann`

function setUp(credentials: Partial<PeopleOptions['credentials']> = {}) {
  const clock = new FakeClock()
  const removed: string[] = []
  const people = new People({
    sessionId: 'ses_1',
    credentials: { proofOf: () => '', readProof: () => null, isWelcome: () => Promise.resolve(true), watch: () => () => undefined, ...credentials },
    clock,
    log: createLog('silent'),
    isFull: () => false,
    join: () => undefined,
    leave: () => undefined,
    came: () => undefined,
    gone: () => undefined,
    watching: () => [],
    remove: (identity) => removed.push(identity),
    changed: () => undefined,
  })
  return { clock, people, removed }
}

test('whoever was sent away has no part in the picture, and is removed as often as it comes', () => {
  const { people, removed } = setUp()
  people.ban(ANN, true)
  for (let coming = 1; coming <= 2; coming++) {
    people.update([{ identity: ANN, name: '', attributes: {} }])
    expect(people.audience).toEqual([])
    expect(removed).toHaveLength(coming)
  }
  people.ban(ANN, false)
  expect(people.audience).toBeNull()
})

test('it is remembered for as long as any token of its is good, and not for ever', async () => {
  const { clock, people } = setUp()
  people.ban(ANN, true)
  await clock.advance(DAY_MS)
  people.ban('bob', true)
  people.ban('bob', false)
  expect(people.audience).not.toBeNull()
  await clock.advance(DAY_MS)
  people.ban('bob', true)
  people.ban('bob', false)
  expect(people.audience).toBeNull()
})

test('whose credential could not be looked at is sent away, and let in when it comes again and it can', async () => {
  const nobody = { tokenId: 'tok_1', keyId: null, name: null, link: null, claim: null, claimedNow: false, expiresAt: null, address: null }
  let isAway = true
  const { people, removed } = setUp({
    readProof: () => ({ role: 'view', sessionId: 'ses_1', ...nobody }),
    isWelcome: () => (isAway ? Promise.reject(new Error('the database is away')) : Promise.resolve(true)),
  })
  const bob = { identity: `${CUSTOMER_IDENTITY_PREFIX}bob`, name: 'Bob', attributes: { [PROOF_ATTRIBUTE]: 'proof' } }
  people.update([bob])
  await settled()
  expect(removed).toEqual([bob.identity])
  expect(people.get(bob.identity)).toBeNull()
  people.update([])
  isAway = false
  people.update([bob])
  await settled()
  expect(people.get(bob.identity)?.viewer.name).toBe('Bob')
  people.close()
})
