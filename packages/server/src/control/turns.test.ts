import { describe, expect, test } from 'vitest'
import { ann, bob, details, refusal, setUp } from './controlHarness.ts'
import { settled } from './fakeClock.ts'

describe('handback', () => {
  test('[CTL22] carries the outcome, the note and the reason', async () => {
    const { control } = setUp()
    await control.takeover(ann)
    const told: unknown[] = []
    control.events.on('handedBack', (handback) => told.push(handback))
    const info = control.release('ann', { outcome: 'failed', note: 'needs the code from the phone' })
    const handback = { outcome: 'failed', note: 'needs the code from the phone', client_id: 'ann', reason: 'released' }
    expect(info.last_handback).toMatchObject(handback)
    expect(told).toMatchObject([handback])
  })

  test('[CTL22] opens the fence after the human has ended', async () => {
    const { control, log } = setUp()
    await control.takeover(ann)
    log.length = 0
    control.release('ann')
    expect(log).toEqual(['human false', 'fence false', 'control.returned', 'handback done released'])
  })

  test('[CTL22] only the holder can hand back, and only when there is a turn', async () => {
    const { control } = setUp()
    expect(await details(() => control.release('ann'))).toEqual({ from: 'ai-driving', transition: 'handback-request' })
    await control.takeover(ann)
    expect(await refusal(() => control.release('bob'))).toBe('control/not-holder')
  })

  test('[CTL23] the fence stays up until the browser has let go, 250 ms at most', async () => {
    const { control, clock, log } = setUp()
    const held = Promise.withResolvers<void>()
    control.onSettle(() => held.promise)
    await control.takeover(ann)
    log.length = 0
    expect(control.release('ann')).toMatchObject({ state: 'handback-pending', epoch: 2 })
    expect([control.admit('look', 'agent'), await refusal(() => control.assertDriver('ann', 1))]).toEqual(['control/human-driving', 'control/stale-epoch'])
    held.resolve()
    await settled()
    expect([control.info.state, control.info.epoch, control.fenced]).toEqual(['ai-driving', 2, false])
    expect(log).toEqual(['human false', 'control.handbackPending', 'handback done released', 'fence false', 'control.returned'])

    control.onSettle(() => new Promise(() => {}))
    await control.takeover(ann)
    control.release('ann')
    await clock.advance(250)
    expect(control.info.state).toBe('ai-driving')
  })

  test('[CTL23] where nothing was held the handback waits for nothing', async () => {
    const { control, log } = setUp()
    control.onSettle(() => null)
    await control.takeover(ann)
    log.length = 0
    expect(control.release('ann').state).toBe('ai-driving')
    expect(log).toEqual(['human false', 'fence false', 'control.returned', 'handback done released'])
  })

  test("[CTL23] a handback waits for the human's declared step, 2 s at most, and a takeover calls it back", async () => {
    const { control, clock } = setUp()
    await control.takeover(ann)
    control.stepStarted('upload', 'human')
    expect(control.release('ann', { note: 'n' })).toMatchObject({ state: 'handback-queued', epoch: 1 })
    expect((await control.takeover(ann)).state).toBe('human-driving')
    control.release('ann', { note: 'n' })
    control.stepEnded('upload')
    expect(control.info).toMatchObject({ state: 'ai-driving', last_handback: { note: 'n' } })

    await control.takeover(ann)
    control.stepStarted('upload', 'human')
    control.release('ann')
    await clock.advance(2_000)
    expect(control.info.state).toBe('ai-driving')
  })

  test('[CTL24] the first changing command after a handback fails once when nothing was read before', async () => {
    const { control } = setUp()
    await control.takeover(ann)
    control.release('ann')
    expect(control.mustObserve('agent')).toBe(true)
    expect([control.admit('neutral', 'agent'), control.admit('act', 'agent'), control.admit('act', 'agent')]).toEqual(['pass', 'control/observe-first', 'pass'])
  })

  test('[CTL24] after a look the first changing command passes', async () => {
    const { control } = setUp()
    await control.takeover(ann)
    control.release('ann')
    expect([control.admit('look', 'agent'), control.admit('act', 'agent')]).toEqual(['pass', 'pass'])
    await control.takeover(ann)
    control.release('ann')
    expect(control.admit('act', 'agent')).toBe('control/observe-first')
  })

  test('[CTL24] what one agent has seen another has not', async () => {
    const { control } = setUp()
    await control.takeover(ann)
    control.release('ann')
    expect([control.admit('look', 'monitor'), control.mustObserve('agent'), control.mustObserve('monitor')]).toEqual(['pass', true, false])
    expect([control.admit('act', 'agent'), control.admit('act', 'monitor')]).toEqual(['control/observe-first', 'pass'])
  })

  test('[CTL24] a refused look while the human drives does not count', async () => {
    const { control } = setUp()
    await control.takeover(ann)
    expect(control.admit('look', 'agent')).toBe('control/human-driving')
    control.release('ann')
    expect(control.admit('act', 'agent')).toBe('control/observe-first')
  })
})

describe('requests', () => {
  test('[CTL25] a second human asks, and the holder sees it', async () => {
    const { control } = setUp()
    await control.takeover(ann)
    const request = control.request(bob)
    expect(control.info.requests).toEqual([request])
    expect(request).toMatchObject({ client_id: 'bob', name: 'BOB' })
    expect(control.request(bob)).toBe(request)
  })

  test('[CTL25] there is nobody to ask while the agent drives, and nobody asks himself', async () => {
    const { control } = setUp()
    expect(await refusal(() => control.request(bob))).toBe('control/invalid-transition')
    await control.takeover(ann)
    expect(await refusal(() => control.request(ann))).toBe('control/invalid-transition')
  })

  test('[CTL26] the holder gives: a new holder and epoch, behind the same fence', async () => {
    const { control, log } = setUp()
    await control.takeover(ann)
    const { id } = control.request(bob)
    log.length = 0
    expect(await refusal(() => control.give('bob', id))).toBe('control/not-holder')
    const info = await control.give('ann', id)
    expect(info).toMatchObject({ driver: { client_id: 'bob' }, epoch: 2, requests: [], last_handback: { reason: 'given' } })
    expect(log).toEqual(['request given', 'control.requestClosed', 'control.given', 'handback done given'])
  })

  test('[CTL27] the holder declines', async () => {
    const { control, log } = setUp()
    await control.takeover(ann)
    const { id } = control.request(bob)
    expect(await refusal(() => control.decline('bob', id))).toBe('control/not-holder')
    control.decline('ann', id)
    expect([control.info.requests, log.includes('request declined')]).toEqual([[], true])
    expect(await refusal(() => control.give('ann', id))).toBe('control/no-request')
  })

  test('[CTL28] no answer within 60 s is no', async () => {
    const { control, clock, log } = setUp()
    await control.takeover(ann)
    const { id, at, expires_at } = control.request(bob)
    expect(Date.parse(expires_at) - Date.parse(at)).toBe(60_000)
    await clock.advance(59_999)
    expect(control.info.requests).toHaveLength(1)
    await clock.advance(1)
    expect([control.info.requests, log.includes('request expired'), control.info.client_id]).toEqual([[], true, 'ann'])
    expect(await refusal(() => control.give('ann', id))).toBe('control/no-request')
  })

  test('[CTL29] whoever asked withdraws, nobody else', async () => {
    const { control, log } = setUp()
    await control.takeover(ann)
    const { id } = control.request(bob)
    expect(await refusal(() => control.withdraw('ann', id))).toBe('control/no-request')
    control.withdraw('bob', id)
    expect([control.info.requests, log.includes('request withdrawn')]).toEqual([[], true])
  })

  test('[CTL29] a request ends with its client, and with the turn that it was about', async () => {
    const { control, log } = setUp()
    await control.takeover(ann)
    control.request(bob)
    control.holderLeft('bob', 'lost')
    expect(control.info.requests).toEqual([])
    control.request(bob)
    control.release('ann')
    expect(control.info.requests).toEqual([])
    expect(log.filter((entry) => entry.startsWith('request'))).toEqual(['request withdrawn', 'request expired'])
  })
})

describe('absence', () => {
  test('[CTL30] a goodbye hands back at once', async () => {
    const { control } = setUp()
    await control.takeover(ann)
    control.holderLeft('ann', 'goodbye')
    expect(control.info).toMatchObject({ driver: { kind: 'agent' }, last_handback: { reason: 'left', outcome: 'failed' } })
  })

  test('[CTL31] a page that is left has 10 s to come back', async () => {
    const { control, clock } = setUp()
    await control.takeover(ann)
    control.holderLeft('ann', 'leaving')
    expect(Date.parse(control.info.grace_ends_at ?? '') - clock.now()).toBe(10_000)
    await clock.advance(9_999)
    expect(control.info.driver.kind).toBe('human')
    await clock.advance(1)
    expect(control.info).toMatchObject({ driver: { kind: 'agent' }, grace_ends_at: null, last_handback: { reason: 'left' } })
  })

  test('[CTL32] a lost holder keeps control for 30 s, and the agent stays fenced', async () => {
    const { control, clock } = setUp()
    await control.takeover(ann)
    control.holderLeft('ann', 'lost')
    await clock.advance(29_999)
    expect([control.info.driver.kind, control.admit('look', 'agent')]).toEqual(['human', 'control/human-driving'])
    await clock.advance(1)
    expect(control.info.last_handback?.reason).toBe('lost')
  })

  test('[CTL33] a holder who returns in time goes on, in the same epoch', async () => {
    const { control, clock } = setUp()
    await control.takeover(ann)
    control.holderLeft('ann', 'lost')
    await clock.advance(29_000)
    control.holderReturned('ann')
    await clock.advance(60_000)
    expect(control.info).toMatchObject({ client_id: 'ann', grace_ends_at: null, epoch: 1 })
  })

  test('[CTL33] a second departure does not make the grace longer', async () => {
    const { control, clock } = setUp()
    await control.takeover(ann)
    control.holderLeft('ann', 'leaving')
    await clock.advance(5_000)
    control.holderLeft('ann', 'lost')
    await clock.advance(5_000)
    expect(control.info.driver.kind).toBe('agent')
  })

  test('[CTL33] the departure of somebody else changes nothing', async () => {
    const { control } = setUp()
    await control.takeover(ann)
    const before = control.info
    control.holderLeft('bob', 'goodbye')
    control.holderReturned('bob')
    expect(control.info).toBe(before)
  })

  test('[CTL34] an idle holder is warned for 30 s, then control returns', async () => {
    const { control, clock, log } = setUp()
    await control.takeover(ann)
    await clock.advance(569_999)
    expect(control.info.idle_ends_at).toBeNull()
    await clock.advance(1)
    expect(Date.parse(control.info.idle_ends_at ?? '') - clock.now()).toBe(30_000)
    expect(log).toContain('control.idleWarned')
    await clock.advance(30_000)
    expect(control.info).toMatchObject({ driver: { kind: 'agent' }, idle_ends_at: null, last_handback: { reason: 'idle' } })
  })

  test('[CTL35] input and "stay" end the warning, of the holder alone', async () => {
    const { control, clock } = setUp()
    await control.takeover(ann)
    await clock.advance(570_000)
    control.activity('bob')
    expect(await refusal(() => control.stay('bob'))).toBe('control/not-holder')
    expect(control.info.idle_ends_at).not.toBeNull()
    control.stay('ann')
    expect(control.info.idle_ends_at).toBeNull()
    await clock.advance(570_000)
    control.activity('ann')
    expect(control.info.idle_ends_at).toBeNull()
    await clock.advance(60_000)
    expect(control.info.driver.kind).toBe('human')
  })

  test('[CTL35] input before the warning puts it off', async () => {
    const { control, clock } = setUp()
    await control.takeover(ann)
    await clock.advance(300_000)
    control.activity('ann')
    await clock.advance(569_999)
    expect(control.info.idle_ends_at).toBeNull()
    await clock.advance(1)
    expect(control.info.idle_ends_at).not.toBeNull()
  })

  test('[CTL36] a turn lasts an hour at most, however busy', async () => {
    const { control, clock } = setUp()
    await control.takeover(ann)
    for (let minute = 0; minute < 59; minute++) {
      await clock.advance(60_000)
      control.activity('ann')
    }
    await clock.advance(59_999)
    expect(control.info.driver.kind).toBe('human')
    await clock.advance(1)
    expect(control.info.last_handback?.reason).toBe('max')
  })

  test('[CTL36] a new holder has an hour of his own', async () => {
    const { control, clock } = setUp()
    await control.takeover(ann)
    await clock.advance(500_000)
    await control.give('ann', control.request(bob).id)
    await clock.advance(569_000)
    expect(control.info).toMatchObject({ client_id: 'bob', idle_ends_at: null })
  })
})

describe('restart and end', () => {
  test('[CTL37] a restart raises the epoch and keeps mode and last handback', async () => {
    const { control } = setUp()
    await control.takeover(ann)
    control.release('ann', { note: 'n' })
    control.setMode('ai')
    const after = setUp('pair', control.record()).control
    expect(after.mode).toBe('ai')
    expect(after.info).toMatchObject({ state: 'ai-driving', epoch: control.info.epoch + 1, last_handback: { note: 'n' } })
  })

  test('[CTL38] a human who drove before the restart has the grace to come back, behind the fence', async () => {
    const { control } = setUp()
    await control.takeover(ann)
    const { control: after, clock } = setUp('pair', control.record())
    expect(after.info).toMatchObject({ state: 'human-driving', client_id: 'ann', epoch: 2 })
    expect([after.fenced, Date.parse(after.info.grace_ends_at ?? '') - clock.now()]).toEqual([true, 30_000])
    expect(await refusal(() => after.assertDriver('ann', 1))).toBe('control/stale-epoch')
    after.holderReturned('ann')
    await clock.advance(60_000)
    expect(await refusal(() => after.assertDriver('ann', 2))).toBe('passed')
  })

  test('[CTL38] a human who does not come back after the restart loses control', async () => {
    const { control } = setUp()
    await control.takeover(ann)
    const { control: after, clock } = setUp('pair', control.record())
    await clock.advance(30_000)
    expect(after.info).toMatchObject({ driver: { kind: 'agent' }, epoch: 3, last_handback: { reason: 'restarted' } })
    expect(after.admit('act', 'agent')).toBe('control/observe-first')
  })

  test('[CTL38] a takeover that waited before the restart is forgotten', () => {
    const { control } = setUp()
    control.stepStarted('s')
    control.takeover(ann).catch(() => {})
    expect(setUp('pair', control.record()).control.info).toMatchObject({ state: 'ai-driving', client_id: null })
  })

  test('[CTL39] a close refuses what waits, rings no timer, and can be called twice', async () => {
    const { control, clock } = setUp()
    control.stepStarted('s')
    const taking = refusal(() => control.takeover(ann))
    control.close()
    control.close()
    expect([await taking, await refusal(() => control.takeover(bob)), clock.waiting]).toEqual(['session/closed', 'session/closed', 0])
  })

  test('[CTL39] a close keeps the record of who drove, unless the session itself ended', async () => {
    const { control, clock, log } = setUp()
    await control.takeover(ann)
    control.request(bob)
    control.close()
    expect([control.record().info.client_id, clock.waiting]).toEqual(['ann', 0])
    const other = setUp()
    await other.control.takeover(ann)
    other.control.close({ sessionEnded: true })
    expect([log.at(-1), other.log.at(-1), other.clock.waiting]).toEqual(['control.requested', 'handback failed closed', 0])
  })

  test('[CTL40] each state has its name in the LiveKit dialect, in mode pair only', async () => {
    const { control } = setUp()
    expect(control.pairModeState()).toEqual({ kind: 'ai-driving' })
    control.stepStarted('s')
    const taking = control.takeover(ann)
    expect(control.pairModeState()).toMatchObject({ kind: 'takeover-queued', requestedByClientId: 'ann', queuedAt: '2026-01-01T00:00:00.000Z' })
    control.stepEnded('s')
    expect(control.pairModeState()).toMatchObject({ kind: 'takeover-pending', requestedByClientId: 'ann' })
    await taking
    expect(control.pairModeState()).toMatchObject({ kind: 'human-driving', clientId: 'ann', sinceAt: '2026-01-01T00:00:00.000Z' })
    control.setMode('manual')
    expect(control.pairModeState()).toBeNull()
  })
})
