/** The seams of control: what goes in and out of the state machine. No sockets, no CDP, no clock but the one passed in. */
import type { ControlInfo, ControlRequest, Handback, Mode, Role } from '@tandem/protocol'

/** Time, passed in, so that tests own it. */
export interface Clock {
  /** ms since the epoch, to tell people: an operator or NTP may set it, forth and back. */
  now(): number
  /** ms that have passed, since whenever: for durations, whatever is done to the wall clock. */
  elapsed(): number
  /** Calls back once after `ms`; returns the cancel. */
  after(ms: number, callback: () => void): () => void
}

/** Somebody who may take the wheel: a viewer (its viewer id) or a REST client (its own `client_id`). */
export interface Party {
  clientId: string
  name: string
  role: Role
}

export interface ControlLimits {
  /** How long a takeover waits for a declared step of the agent. */
  queueMs: number
  /** How long commands in flight may drain. */
  drainMs: number
  graceMs: number
  /** For a page that is left (close 1001: a reload looks the same). */
  leaveGraceMs: number
  idleMs: number
  idleWarningMs: number
  maxMs: number
  requestMs: number
}

/** What outlives a restart of the server. */
export interface ControlRecord {
  mode: Mode
  epoch: number
  info: ControlInfo
}

export interface ControlEvents {
  /** Anything in ControlInfo changed; `type` names the transition for the timeline (`control.granted`, `control.queued`, …). */
  changed: [{ info: ControlInfo; type: string }]
  requestClosed: [{ request: ControlRequest; outcome: 'given' | 'declined' | 'expired' | 'withdrawn' }]
  handedBack: [Handback]
  /** True: from now on no agent command may reach the page. Emitted before the drain, and again (false) when the agent may go on. */
  fence: [boolean]
  /** A human's turn begins or ends: the browser watches pickers, secrets and cursor only then. */
  humanDriving: [boolean]
}

/** How the holder's last socket went away. */
export type Departure = 'goodbye' | 'leaving' | 'lost'

/** What the gateway asks before each command: `pass`, or the error code to refuse with. */
export type Verdict = 'pass' | 'control/human-driving' | 'control/observe-first' | 'control/mode'
/** `neutral`: neither looks nor changes (set-up); `look`: reads the page; `act`: may change it. */
export type CommandKind = 'neutral' | 'look' | 'act'
