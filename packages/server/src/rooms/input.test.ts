import type { LiveBrowser } from '@tandem/browser'
import { expect, test, vi } from 'vitest'
import type { Principal } from '../access/principal.ts'
import { Control } from '../control/control.ts'
import { FakeClock } from '../control/fakeClock.ts'
import { RoomInput } from './input.ts'
import { Participant } from './participant.ts'

const OWNER: Principal = {
  role: 'admin',
  sessionId: null,
  tokenId: null,
  keyId: 'key_1',
  name: null,
  link: null,
  claim: null,
  claimedNow: false,
  expiresAt: null,
  address: null,
}

function setUp(mode: 'pair' | 'manual' = 'pair') {
  const clock = new FakeClock()
  const control = new Control({ mode, clock })
  const there = new Set<string>()
  const sent: { to: string; text: string }[] = []
  const browser = { input: vi.fn(), releaseInput: vi.fn() } as unknown as LiveBrowser
  const input = new RoomInput({
    control,
    clock,
    metrics: { roomPacketRefused: () => undefined },
    drive: (clientId) => {
      control.assertDriver(clientId, undefined)
      return browser
    },
    running: () => browser,
    ofHuman: (work) => work,
    principalOf: (clientId) => (clientId === 'gui' ? OWNER : null),
    isParticipant: (clientId) => there.has(clientId),
    send: (to, text) => sent.push({ to, text }),
    bound: () => undefined,
  })
  const join = (identity: string): Participant => {
    there.add(identity)
    return new Participant({ identity, name: '', principal: OWNER, onClose: () => undefined })
  }
  /** As `room.ts` has it. */
  const leave = (participant: Participant): void => {
    there.delete(participant.identity)
    const inName = input.left(participant)
    if (inName !== null) control.holderLeft(inName, 'lost')
  }
  const tap = (participant: Participant): string => {
    input.receive(participant, '{"type":"tap","x":1,"y":1,"id":"t"}', true)
    const acks = sent.filter(({ to, text }) => to === participant.identity && text.includes('inputAck'))
    sent.length = 0
    expect(acks).toHaveLength(1)
    return JSON.parse(acks[0]?.text ?? '{}').status
  }
  return { control, browser, input, sent, join, leave, tap }
}

test('who drove under the name of a REST client and was lost drives on as somebody else of the same credential', async () => {
  const { control, browser, join, leave, tap } = setUp()
  const [first, other] = [join('customer_1'), join('customer_2')]
  await control.takeover({ clientId: 'gui', name: 'GUI', role: 'admin' })
  expect([tap(first), tap(other)]).toEqual(['applied', 'dropped'])
  leave(first)
  expect(browser.releaseInput).toHaveBeenCalledOnce()
  expect(control.info.grace_ends_at).not.toBeNull()
  expect(tap(join('customer_3'))).toBe('applied')
  expect(control.info).toMatchObject({ client_id: 'gui', grace_ends_at: null })
  // Still one at a time.
  expect(tap(other)).toBe('dropped')
  control.close()
})

test.each(['mouseDown', 'wheel', 'keyDown', 'touchStart', 'text', 'tap'])('in mode manual %s takes the wheel, and a move alone does not', (type) => {
  const { control, browser, input, sent, join } = setUp('manual')
  const person = join('customer_1')
  const at = { x: 1, y: 2 }
  input.receive(person, JSON.stringify({ type: 'mouseMove', ...at }), false)
  expect([control.holder, sent]).toEqual([null, []])
  expect(browser.input).not.toHaveBeenCalled()
  input.receive(person, JSON.stringify({ type, ...at, button: 0, deltaX: 0, deltaY: 1, key: 'h', touchId: 0, text: 'hi' }), true)
  expect(control.holder?.clientId).toBe('customer_1')
  input.receive(person, JSON.stringify({ type: 'mouseMove', x: 3, y: 4 }), true)
  expect(browser.input).toHaveBeenCalledTimes(2)
  control.close()
})
