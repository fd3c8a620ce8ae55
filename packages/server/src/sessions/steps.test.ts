import { expect, test } from 'vitest'
import { ann, setUp } from '../control/controlHarness.ts'
import { Steps } from './steps.ts'

function agentAt(step: string | null = 'a') {
  const { control, clock } = setUp()
  const steps = new Steps(control, clock)
  const agents = (...names: string[]): void =>
    steps.setAgents(names.map((name) => ({ credential: name.replace('silent ', ''), silent: name.startsWith('silent ') })))
  agents('a', 'b')
  if (step !== null) steps.start('pays', 60_000, step)
  return { control, clock, steps, agents }
}

test('[CTL11] a takeover does not wait for the step of an agent that is gone, whoever else is there', async () => {
  const { control, agents } = agentAt()
  const granted = control.takeover(ann)
  expect(control.info.state).toBe('takeover-queued')
  agents('b')
  expect(await granted).toMatchObject({ state: 'human-driving' })
})

test('[CTL11] nor for one that answers nothing any more', async () => {
  const { control, agents } = agentAt()
  agents('silent a', 'b')
  expect(await control.takeover(ann)).toMatchObject({ state: 'human-driving' })
})

test('[CTL11] a step that was declared with another credential ends with the last agent', async () => {
  const { control, agents } = agentAt('key')
  agents('a')
  const granted = control.takeover(ann)
  expect(control.info.state).toBe('takeover-queued')
  agents('silent a')
  expect(await granted).toMatchObject({ state: 'human-driving' })
})

test('[CTL11] the step of an agent that never connected lasts as long as it says', async () => {
  const { control, clock, steps } = agentAt(null)
  steps.setAgents([])
  steps.start('reads', 1_000, 'rest')
  steps.setAgents([])
  void control.takeover(ann)
  expect(control.info.state).toBe('takeover-queued')
  await clock.advance(1_000)
  expect(control.info.state).not.toBe('takeover-queued')
})
