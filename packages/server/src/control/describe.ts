import type { ControlInfo, ControlRequest, Handback, Mode } from '@tandem/protocol'
import { driverOf, holderOf, takerOf, type ControlState } from './states.ts'
import type { Turn } from './turn.ts'

const iso = (ms: number): string => new Date(ms).toISOString()

/** Control as it travels to everybody. A new object at each change, never changed afterwards. */
export function describeControl(about: {
  state: ControlState
  mode: Mode
  epoch: number
  turn: Turn | null
  requests: ControlRequest[]
  lastHandback: Handback | null
}): ControlInfo {
  const { state, mode, epoch, turn, requests, lastHandback } = about
  return {
    state: state.state,
    driver: driverOf(state, mode),
    epoch,
    since: iso(state.since),
    client_id: (holderOf(state) ?? takerOf(state))?.clientId ?? null,
    grace_ends_at: turn && turn.graceEndsAt !== null ? iso(turn.graceEndsAt) : null,
    idle_ends_at: turn && turn.idleEndsAt !== null ? iso(turn.idleEndsAt) : null,
    requests,
    last_handback: lastHandback,
  }
}
