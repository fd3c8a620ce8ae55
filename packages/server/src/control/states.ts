/**
 * The states of control and the transitions between them, one function each. Pure: a state goes in, a
 * state comes out, or `control/invalid-transition` is thrown. Epochs, deadlines and events are the work
 * of `control.ts`. The numbered rules are in docs/control.md.
 */
import { TandemError, type ControlStateName, type Driver, type Handback, type Mode } from '@tandem/protocol'

export interface Holder {
  clientId: string
  name: string
}

/** How a turn is to end, once nothing has to be waited for. */
export interface Ending {
  outcome: Handback['outcome']
  note: string | null
  reason: Handback['reason']
}

/** `since` is when the state began; in a human's states `turnSince` is when the turn began. ms since the epoch. */
export type ControlState =
  /** No human has the wheel: the agent drives, in mode `shared` both, in mode `manual` nobody. */
  | { state: 'ai-driving'; since: number }
  | { state: 'takeover-queued'; taker: Holder; since: number }
  | { state: 'takeover-pending'; taker: Holder; since: number }
  | { state: 'human-driving'; holder: Holder; since: number; turnSince: number }
  | { state: 'handback-queued'; holder: Holder; since: number; turnSince: number; ending: Ending }
  /** The turn is over; the agent waits until the browser has let go of what the human held. */
  | { state: 'handback-pending'; former: Holder; since: number; turnSince: number }

function from<S extends ControlStateName>(state: ControlState, transition: string, ...allowed: S[]): Extract<ControlState, { state: S }> {
  const names: readonly ControlStateName[] = allowed
  // The check is what makes the narrowing true; TypeScript cannot see it through a generic list.
  if (names.includes(state.state)) return state as Extract<ControlState, { state: S }>
  throw new TandemError('control/invalid-transition', `Control cannot make "${transition}" from ${state.state}.`, { from: state.state, transition })
}

export function queueTakeover(state: ControlState, taker: Holder, now: number): ControlState {
  from(state, 'takeover-request-queued', 'ai-driving')
  return { state: 'takeover-queued', taker, since: now }
}

export function pendTakeover(state: ControlState, taker: Holder, now: number): ControlState {
  from(state, 'takeover-request', 'ai-driving', 'takeover-queued')
  return { state: 'takeover-pending', taker, since: now }
}

/** Another takes the place of the one who waits (an admin with force); what was waited for goes on. */
export function replaceTaker(state: ControlState, taker: Holder): ControlState {
  return { ...from(state, 'takeover-request', 'takeover-queued', 'takeover-pending'), taker }
}

export function grantTakeover(state: ControlState, now: number): ControlState {
  const { taker } = from(state, 'takeover-grant', 'takeover-pending')
  return { state: 'human-driving', holder: taker, since: now, turnSince: now }
}

/** Mode `manual`: there is no agent to wait for. */
export function takeAtOnce(state: ControlState, holder: Holder, now: number): ControlState {
  from(state, 'takeover-grant', 'ai-driving')
  return { state: 'human-driving', holder, since: now, turnSince: now }
}

export function cancelTakeover(state: ControlState, now: number): ControlState {
  from(state, 'takeover-decline', 'takeover-queued', 'takeover-pending')
  return { state: 'ai-driving', since: now }
}

/** From one human to another: given, or taken by an admin. */
export function passOn(state: ControlState, holder: Holder, now: number): ControlState {
  from(state, 'pass-on', 'human-driving', 'handback-queued')
  return { state: 'human-driving', holder, since: now, turnSince: now }
}

export function queueHandback(state: ControlState, ending: Ending, now: number): ControlState {
  const { holder, turnSince } = from(state, 'handback-request-queued', 'human-driving')
  return { state: 'handback-queued', holder, since: now, turnSince, ending }
}

export function cancelHandback(state: ControlState): ControlState {
  const { holder, turnSince } = from(state, 'handback-cancel', 'handback-queued')
  return { state: 'human-driving', holder, since: turnSince, turnSince }
}

export function pendHandback(state: ControlState, now: number): ControlState {
  const { holder, turnSince } = from(state, 'handback-request', 'human-driving', 'handback-queued')
  return { state: 'handback-pending', former: holder, since: now, turnSince }
}

export function completeHandback(state: ControlState, now: number): ControlState {
  from(state, 'handback-complete', 'handback-pending')
  return { state: 'ai-driving', since: now }
}

/** The human who has the wheel. */
export function holderOf(state: ControlState): Holder | null {
  return state.state === 'human-driving' || state.state === 'handback-queued' ? state.holder : null
}

/** The human who waits for the wheel. */
export function takerOf(state: ControlState): Holder | null {
  return state.state === 'takeover-queued' || state.state === 'takeover-pending' ? state.taker : null
}

export function driverOf(state: ControlState, mode: Mode): Driver {
  const holder = holderOf(state)
  if (holder) return { kind: 'human', client_id: holder.clientId, name: holder.name }
  if (mode === 'shared') return { kind: 'both' }
  return { kind: mode === 'manual' ? 'nobody' : 'agent' }
}

/** No agent command may reach the page. A queued takeover does not fence yet: the declared step goes on. */
export function isFenced(state: ControlState, mode: Mode): boolean {
  if (mode === 'manual') return true
  return mode !== 'shared' && state.state !== 'ai-driving' && state.state !== 'takeover-queued'
}

const iso = (ms: number): string => new Date(ms).toISOString()

/** The same state under the names of the LiveKit dialect; it exists in mode `pair` only. */
export function pairModeStateOf(state: ControlState, mode: Mode): ({ kind: ControlStateName } & Record<string, unknown>) | null {
  if (mode !== 'pair') return null
  switch (state.state) {
    case 'ai-driving':
      return { kind: state.state }
    case 'takeover-queued':
      return { kind: state.state, requestedByClientId: state.taker.clientId, queuedAt: iso(state.since) }
    case 'takeover-pending':
      return { kind: state.state, requestedByClientId: state.taker.clientId, requestedAt: iso(state.since) }
    case 'human-driving':
      return { kind: state.state, clientId: state.holder.clientId, sinceAt: iso(state.turnSince) }
    case 'handback-queued':
      return { kind: state.state, queuedByClientId: state.holder.clientId, queuedAt: iso(state.since), sinceAt: iso(state.turnSince) }
    case 'handback-pending':
      return { kind: state.state, requestedAt: iso(state.since), clientId: state.former.clientId, sinceAt: iso(state.turnSince) }
  }
}
