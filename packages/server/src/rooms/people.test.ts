import { VIEWER_IDENTITY_PREFIX } from '@tandem/protocol'
import { expect, test } from 'vitest'
import { FakeClock } from '../control/fakeClock.ts'
import { createLog } from '../log.ts'
import { People } from './people.ts'

const DAY_MS = 24 * 3_600_000
const ANN = `${VIEWER_IDENTITY_PREFIX}ann`

function setUp() {
  const clock = new FakeClock()
  const removed: string[] = []
  const people = new People({
    sessionId: 'ses_1',
    credentials: { proofOf: () => '', readProof: () => null, isWelcome: () => Promise.resolve(true), watch: () => () => undefined },
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
