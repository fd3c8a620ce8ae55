import type { Clock } from './types.ts'

// oxlint-disable no-restricted-globals, no-restricted-properties -- the one real clock, which is passed in everywhere else
/** The machine's clock. Its timers never keep the process alive. */
export const systemClock: Clock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  after(ms, callback) {
    const timer = setTimeout(callback, ms)
    timer.unref()
    return () => clearTimeout(timer)
  },
}
