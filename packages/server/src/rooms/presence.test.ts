import { expect, test } from 'vitest'
import { FakeClock } from '../control/fakeClock.ts'
import { Presence } from './presence.ts'

function presence({ always = false } = {}) {
  const clock = new FakeClock()
  const who = new Set<string>()
  /** Whether the browser is to be in the room. */
  const room = { wanted: false }
  const subject = new Presence({ clock, always, occupied: () => who.size > 0, want: (wanted) => (room.wanted = wanted) })
  return { subject, clock, who, room }
}

test('whoever is expected finds the browser there; when nobody comes it leaves, a while later', async () => {
  const { subject, clock, room } = presence()
  subject.look()
  expect(room.wanted).toBe(false)
  subject.expect(60_000)
  expect(room.wanted).toBe(true)
  await clock.advance(89_999)
  expect(room.wanted).toBe(true)
  await clock.advance(1)
  expect(room.wanted).toBe(false)
  expect(clock.waiting).toBe(0)
})

test('it stays while somebody is there, and for who comes back soon', async () => {
  const { subject, clock, who, room } = presence()
  who.add('anna')
  subject.look()
  await clock.advance(3_600_000)
  who.clear()
  subject.look()
  await clock.advance(29_999)
  who.add('anna')
  subject.look()
  await clock.advance(3_600_000)
  expect(room.wanted).toBe(true)
  who.clear()
  subject.look()
  await clock.advance(30_000)
  expect(room.wanted).toBe(false)
})

test('whoever has come is expected no more: it leaves after that one, not after the time that it might have taken', async () => {
  const { subject, clock, who, room } = presence()
  subject.expect(60_000)
  who.add('anna')
  subject.came()
  subject.look()
  who.clear()
  subject.look()
  await clock.advance(30_000)
  expect(room.wanted).toBe(false)
})

test('always means always, and closed means never again', async () => {
  const { subject, clock, room } = presence({ always: true })
  subject.look()
  await clock.advance(3_600_000)
  expect(room.wanted).toBe(true)
  room.wanted = false
  subject.close()
  subject.expect(1_000)
  subject.look()
  expect(room.wanted).toBe(false)
  expect(clock.waiting).toBe(0)
})
