import { describe, expect, test } from 'vitest'
import { ann, bob, details, party, refusal, root, setUp } from './controlHarness.ts'
import { settled } from './fakeClock.ts'

describe('who drives', () => {
  test('[CTL1] the agent drives a new session, and its commands pass', () => {
    const { control } = setUp()
    expect(control.info).toMatchObject({ state: 'ai-driving', driver: { kind: 'agent' }, epoch: 0, client_id: null, last_handback: null })
    expect([control.fenced, control.admit('look', 'agent'), control.admit('act', 'agent')]).toEqual([false, 'pass', 'pass'])
  })

  test('[CTL1] one human drives after a takeover, and the agent does not', async () => {
    const { control } = setUp()
    const info = await control.takeover(ann)
    expect(info).toMatchObject({ state: 'human-driving', driver: { kind: 'human', client_id: 'ann', name: 'ANN' }, client_id: 'ann' })
    expect(control.fenced).toBe(true)
  })

  test('[CTL2] each change of driver raises the epoch by one, and nothing else does', async () => {
    const { control, clock } = setUp()
    const epochs = [control.info.epoch]
    const taking = control.takeover(ann)
    epochs.push(control.info.epoch)
    await taking
    epochs.push(control.info.epoch)
    control.request(bob)
    control.holderLeft('ann', 'lost')
    control.holderReturned('ann')
    await clock.advance(575_000)
    epochs.push(control.info.epoch)
    control.release('ann')
    epochs.push(control.info.epoch)
    control.setMode('shared')
    epochs.push(control.info.epoch)
    expect(epochs).toEqual([0, 0, 1, 1, 2, 3])
  })

  test('[CTL3] a viewer cannot type while the agent drives', async () => {
    const { control } = setUp()
    expect(await refusal(() => control.assertDriver('ann', 0))).toBe('control/agent-driving')
  })

  test('[CTL3] only the holder can type while a human drives', async () => {
    const { control } = setUp()
    await control.takeover(ann)
    expect(await refusal(() => control.assertDriver('ann', 1))).toBe('passed')
    expect(await details(() => control.assertDriver('bob', 1))).toEqual({ holder_client_id: 'ann', holder_name: 'ANN' })
    expect(await refusal(() => control.assertDriver('bob', undefined))).toBe('control/not-holder')
  })

  test('[CTL3] the human whose takeover still waits cannot type yet', async () => {
    const { control } = setUp()
    const taking = control.takeover(ann)
    expect(await refusal(() => control.assertDriver('ann', 0))).toBe('control/agent-driving')
    await taking
  })

  test('[CTL4] input of another epoch is refused, older or invented', async () => {
    const { control } = setUp()
    await control.takeover(ann)
    for (const epoch of [0, 2, -1]) expect(await refusal(() => control.assertDriver('ann', epoch))).toBe('control/stale-epoch')
  })

  test('[CTL4] a release of another epoch is refused', async () => {
    const { control } = setUp()
    await control.takeover(ann)
    expect(await refusal(() => control.release('ann', { epoch: 0 }))).toBe('control/stale-epoch')
    expect(control.release('ann', { epoch: 1 }).driver.kind).toBe('agent')
  })
})

describe('modes', () => {
  test('[CTL5] in mode ai humans watch: a takeover is refused, by an admin with force too', async () => {
    const { control } = setUp('ai')
    expect(await refusal(() => control.takeover(ann))).toBe('control/mode')
    expect(await refusal(() => control.takeover(root, { force: true }))).toBe('control/mode')
    expect(await refusal(() => control.assertDriver('ann', 0))).toBe('control/mode')
    expect(control.admit('act', 'agent')).toBe('pass')
  })

  test('[CTL6] in mode manual no agent command passes, whoever drives', async () => {
    const { control } = setUp('manual')
    expect(control.info.driver).toEqual({ kind: 'nobody' })
    expect([control.fenced, control.admit('look', 'agent'), control.admit('act', 'agent'), control.admit('neutral', 'agent')]).toEqual([
      true,
      'control/mode',
      'control/mode',
      'pass',
    ])
    await control.takeover(ann)
    expect(control.admit('look', 'agent')).toBe('control/mode')
  })

  test('[CTL6] in mode manual the first who may takes at once, and a release leaves nobody', async () => {
    const { control, log } = setUp('manual')
    expect(await refusal(() => control.assertDriver('ann', 0))).toBe('control/not-holder')
    control.onDrain(() => new Promise(() => {}))
    const taken = control.takeover(ann)
    expect(control.info.state).toBe('human-driving')
    await taken
    expect(control.release('ann').driver).toEqual({ kind: 'nobody' })
    expect(log).toEqual(['human true', 'control.granted', 'human false', 'control.returned', 'handback done released'])
  })

  test('[CTL7] in mode shared humans and the agent act at once, with nothing to take', async () => {
    const { control } = setUp('shared')
    expect(control.info.driver).toEqual({ kind: 'both' })
    expect(await refusal(() => control.assertDriver('ann', 0))).toBe('passed')
    expect(await refusal(() => control.assertDriver('ann', 7))).toBe('control/stale-epoch')
    expect(control.admit('act', 'agent')).toBe('pass')
    expect(await refusal(() => control.takeover(ann))).toBe('control/mode')
  })

  test('[CTL8] a change of mode to ai ends the turn of a human', async () => {
    const { control, log } = setUp()
    await control.takeover(ann)
    log.length = 0
    control.setMode('ai')
    expect(control.info).toMatchObject({ driver: { kind: 'agent' }, epoch: 2, last_handback: { reason: 'mode-changed', client_id: 'ann' } })
    expect(control.fenced).toBe(false)
    expect(log).toEqual(['human false', 'fence false', 'control.returned', 'handback failed mode-changed', 'control.modeChanged'])
  })

  test('[CTL8] a change of mode to shared ends the turn and lets both act', async () => {
    const { control } = setUp()
    await control.takeover(ann)
    control.setMode('shared')
    expect([control.info.driver, control.fenced]).toEqual([{ kind: 'both' }, false])
    expect(await refusal(() => control.assertDriver('bob', control.info.epoch))).toBe('passed')
  })

  test('[CTL8] a change between pair and manual leaves the holder at the wheel', async () => {
    const { control } = setUp()
    await control.takeover(ann)
    control.setMode('manual')
    control.setMode('pair')
    expect(control.info).toMatchObject({ driver: { client_id: 'ann' }, epoch: 1 })
    expect(control.admit('act', 'agent')).toBe('control/human-driving')
  })

  test('[CTL8] a change to manual stops an agent in the middle, a change back lets it look first', () => {
    const { control, log } = setUp()
    control.setMode('manual')
    expect([control.admit('act', 'agent'), control.info.driver.kind]).toEqual(['control/mode', 'nobody'])
    control.setMode('pair')
    expect([control.admit('act', 'agent'), control.admit('act', 'agent')]).toEqual(['control/observe-first', 'pass'])
    expect(log).toEqual(['fence true', 'control.modeChanged', 'fence false', 'control.modeChanged'])
  })

  test('[CTL8] a takeover that waits is refused when the new mode has no takeovers', async () => {
    const { control } = setUp()
    control.stepStarted('s')
    const taking = refusal(() => control.takeover(ann))
    control.setMode('ai')
    expect(await taking).toBe('control/mode')
    expect([control.info.state, control.fenced]).toEqual(['ai-driving', false])
  })

  test('[CTL8] a queued takeover is not kept waiting once the mode is manual', async () => {
    const { control } = setUp()
    control.stepStarted('s')
    const taking = control.takeover(ann)
    control.setMode('manual')
    expect((await taking).driver).toMatchObject({ client_id: 'ann' })
  })
})

describe('takeover', () => {
  test('[CTL9] whoever may only watch, and an agent, cannot take or ask', async () => {
    const { control } = setUp()
    for (const role of ['view', 'agent'] as const) {
      expect(await details(() => control.takeover(party('eve', role)))).toEqual({ needs: 'control' })
    }
    await control.takeover(ann)
    expect(await refusal(() => control.request(party('eve', 'view')))).toBe('auth/forbidden')
  })

  test('[CTL10] the fence goes up before the drain, and the grant comes after it', async () => {
    const { control, log } = setUp()
    const inFlight = Promise.withResolvers<void>()
    control.onDrain(() => {
      log.push('drain')
      return inFlight.promise
    })
    const taking = control.takeover(ann)
    expect(control.info).toMatchObject({ state: 'takeover-pending', driver: { kind: 'agent' }, client_id: 'ann' })
    expect(control.admit('look', 'agent')).toBe('control/human-driving')
    await settled()
    expect(control.info.state).toBe('takeover-pending')
    inFlight.resolve()
    await taking
    expect(log).toEqual(['fence true', 'control.pending', 'drain', 'human true', 'control.granted'])
  })

  test('[CTL10] a drain that does not end is cut after 250 ms', async () => {
    const { control, clock } = setUp()
    control.onDrain(() => new Promise(() => {}))
    const taking = control.takeover(ann)
    await clock.advance(249)
    expect(control.info.state).toBe('takeover-pending')
    await clock.advance(1)
    expect((await taking).state).toBe('human-driving')
  })

  test('[CTL10] a takeover waits for its own drain, not for that of one that was taken back in the same millisecond', async () => {
    const { control } = setUp()
    const drains: (() => void)[] = []
    control.onDrain(() => new Promise((resolve) => drains.push(resolve)))
    const first = refusal(() => control.takeover(ann))
    control.release('ann')
    expect(await first).toBe('control/invalid-transition')
    const second = control.takeover(ann)
    drains[0]?.()
    await settled()
    expect(control.info.state).toBe('takeover-pending')
    drains[1]?.()
    expect((await second).state).toBe('human-driving')
  })

  test('[CTL11] a takeover waits for the declared step of the agent, whose commands still pass', async () => {
    const { control } = setUp()
    control.stepStarted('a')
    control.stepStarted('b')
    const taking = control.takeover(ann)
    expect(control.info).toMatchObject({ state: 'takeover-queued', client_id: 'ann' })
    expect(control.admit('act', 'agent')).toBe('pass')
    control.stepEnded('a')
    expect(control.info.state).toBe('takeover-queued')
    control.stepEnded('b')
    expect(control.info.state).toBe('takeover-pending')
    await taking
  })

  test('[CTL11] a step that does not end is cut after 2 s', async () => {
    const { control, clock } = setUp()
    control.stepStarted('a')
    const taking = control.takeover(ann)
    await clock.advance(1_999)
    expect(control.info.state).toBe('takeover-queued')
    await clock.advance(1)
    expect((await taking).epoch).toBe(1)
  })

  test('[CTL12] a second takeover at once loses, and is told who won', async () => {
    const { control } = setUp()
    const [first, second] = await Promise.all([control.takeover(ann), details(() => control.takeover(bob))])
    expect(first.client_id).toBe('ann')
    expect(second).toEqual({ winner_client_id: 'ann', winner_name: 'ANN' })
  })

  test('[CTL12] a takeover while another human drives loses just so', async () => {
    const { control } = setUp()
    await control.takeover(ann)
    expect(await refusal(() => control.takeover(bob))).toBe('control/conflict')
  })

  test('[CTL13] the same client who takes twice is granted once, and a holder who takes keeps', async () => {
    const { control, log } = setUp()
    const [a, b] = await Promise.all([control.takeover(ann), control.takeover(ann)])
    expect([a.epoch, b.epoch, (await control.takeover(ann)).epoch]).toEqual([1, 1, 1])
    expect(log.filter((type) => type === 'control.granted')).toHaveLength(1)
  })

  test('[CTL14] only an admin may take by force', async () => {
    const { control } = setUp()
    await control.takeover(ann)
    expect(await details(() => control.takeover(bob, { force: true }))).toEqual({ needs: 'admin' })
    expect(await refusal(() => control.takeover(root))).toBe('control/conflict')
  })

  test('[CTL14] an admin takes from a holder: a new epoch, and the fence never opens', async () => {
    const { control, log } = setUp()
    await control.takeover(ann)
    log.length = 0
    const info = await control.takeover(root, { force: true })
    expect(info).toMatchObject({ driver: { client_id: 'root' }, epoch: 2, last_handback: { reason: 'taken', client_id: 'ann' } })
    expect(await refusal(() => control.assertDriver('ann', 2))).toBe('control/not-holder')
    expect(log).toEqual(['control.taken', 'handback failed taken'])
  })

  test('[CTL14] an admin takes from one whose takeover still waits', async () => {
    const { control } = setUp()
    control.stepStarted('s')
    const first = details(() => control.takeover(ann))
    const second = control.takeover(root, { force: true })
    control.stepEnded('s')
    expect(await first).toMatchObject({ winner_client_id: 'root' })
    expect((await second).client_id).toBe('root')
  })

  test('[CTL15] a takeover that waits can be taken back, and the agent goes on in the same epoch', async () => {
    const { control, log } = setUp()
    control.onDrain(() => new Promise(() => {}))
    const taking = refusal(() => control.takeover(ann))
    control.release('ann')
    expect(await taking).toBe('control/invalid-transition')
    expect([control.info.epoch, control.fenced, control.admit('act', 'agent')]).toEqual([0, false, 'pass'])
    expect(log).toEqual(['fence true', 'control.pending', 'fence false', 'control.cancelled'])
  })

  test('[CTL15] a takeover that waits ends with its client', async () => {
    for (const how of ['goodbye', 'leaving', 'lost'] as const) {
      const { control, clock } = setUp()
      control.stepStarted('s')
      const taking = refusal(() => control.takeover(ann))
      control.holderLeft('ann', how)
      expect(await taking).toBe('control/invalid-transition')
      await clock.advance(5_000)
      expect(control.info.state).toBe('ai-driving')
    }
  })
})
