/**
 * Stream or screenshots: which one the moment calls for. `selectBrowserMode` is the rule, pure; `Activity` finds
 * out from the live events whether the agent is at work or only had a quick look. Knows no DOM and no React.
 */
export type BrowserMode = 'screenshot' | 'stream'

export interface BrowserContext {
  /** The page with the view is hidden: nobody looks. */
  hidden?: boolean
  /** The agent has been at work for a while, and still is. */
  isLongRunning?: boolean
  /** Somebody pressed for the stream. */
  userWantsToWatch?: boolean
  /** A human drives, is about to, or is asked for. */
  requiresUserTakeover?: boolean
  isMobile?: boolean
  /** Data is to be saved, or this network carries no video. */
  lowBandwidth?: boolean
  /** What is shown is the past. */
  isReplay?: boolean
}

/** Hidden, nothing is streamed; then what needs the stream; then what forbids it; without a reason for video, screenshots do. */
export function selectBrowserMode(context: BrowserContext): BrowserMode {
  if (context.hidden || context.isReplay) return 'screenshot'
  if (context.requiresUserTakeover || context.userWantsToWatch) return 'stream'
  if (context.isMobile || context.lowBandwidth) return 'screenshot'
  return context.isLongRunning ? 'stream' : 'screenshot'
}

/** Work that goes on for this long is no quick inspection. */
export const LONG_RUNNING_MS = 3_000
/** After this long without a sign of work the agent is idle. */
export const IDLE_MS = 8_000

/** The agent's work as one sees it: signs of it (its pointer, its navigations) close enough to each other. */
export class Activity {
  #began = -Infinity
  #last = -Infinity

  sign(now: number): void {
    if (now - this.#last > IDLE_MS) this.#began = now
    this.#last = now
  }

  /** Whether the agent works on something longer. */
  isLong(now: number): boolean {
    return now - this.#last <= IDLE_MS && this.#last - this.#began >= LONG_RUNNING_MS
  }
}
