/**
 * The machine's monotonic clock, on which captured frames are stamped. A page cannot read it: Node, which can, says once
 * what it shows, and this page's own clock runs at its rate.
 */
let offset = 0

/** `now`: what the clock shows at this moment, ms. */
export function setMonotonic(now: number): void {
  offset = now - performance.now()
}

/** ms; for pictures of our own, and frames that are sent again. */
export function monotonicNow(): number {
  return performance.now() + offset
}
