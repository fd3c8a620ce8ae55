import type { ControlLimits } from './types.ts'

const CONTROL_QUEUE_MS = 2_000
const CONTROL_DRAIN_MS = 250
const CONTROL_GRACE_MS = 30_000
const CONTROL_LEAVE_GRACE_MS = 10_000
const CONTROL_IDLE_MS = 600_000
const CONTROL_IDLE_WARNING_MS = 30_000
const CONTROL_MAX_MS = 3_600_000
const CONTROL_REQUEST_MS = 60_000
/** Requests that may be open at once; a viewer has one at most. */
export const CONTROL_MAX_REQUESTS = 32

export const CONTROL_LIMITS: Readonly<ControlLimits> = {
  queueMs: CONTROL_QUEUE_MS,
  drainMs: CONTROL_DRAIN_MS,
  graceMs: CONTROL_GRACE_MS,
  leaveGraceMs: CONTROL_LEAVE_GRACE_MS,
  idleMs: CONTROL_IDLE_MS,
  idleWarningMs: CONTROL_IDLE_WARNING_MS,
  maxMs: CONTROL_MAX_MS,
  requestMs: CONTROL_REQUEST_MS,
}
