/** What the tests of control share. */
import { isTandemError, type Mode, type Role } from '@tandem/protocol'
import { Control } from './control.ts'
import { FakeClock } from './fakeClock.ts'
import type { ControlRecord, Party } from './types.ts'

export const party = (clientId: string, role: Role = 'control'): Party => ({ clientId, name: clientId.toUpperCase(), role })
export const ann = party('ann')
export const bob = party('bob')
export const root = party('root', 'admin')

/** A control with a clock that stands still, and a log of all that it tells. */
export function setUp(mode: Mode = 'pair', record?: ControlRecord) {
  const clock = new FakeClock()
  const control = new Control({ mode, clock, record })
  const log: string[] = []
  control.events.on('changed', ({ type }) => log.push(type))
  control.events.on('fence', (up) => log.push(`fence ${up}`))
  control.events.on('humanDriving', (on) => log.push(`human ${on}`))
  control.events.on('requestClosed', ({ outcome }) => log.push(`request ${outcome}`))
  control.events.on('handedBack', ({ outcome, reason }) => log.push(`handback ${outcome} ${reason}`))
  return { clock, control, log }
}

/** The code with which something is refused, thrown or rejected. */
export async function refusal(action: () => unknown): Promise<string> {
  try {
    await action()
  } catch (error) {
    return isTandemError(error) ? error.code : String(error)
  }
  return 'passed'
}

/** The details of the same. */
export async function details(action: () => unknown): Promise<unknown> {
  try {
    await action()
  } catch (error) {
    return isTandemError(error) ? error.details : error
  }
  return 'passed'
}
