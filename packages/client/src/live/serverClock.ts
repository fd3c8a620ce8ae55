/** The offset between this machine's clock and the server's, from pings: the sample with the least round trip tells best. */
const KEPT_SAMPLES = 60

/** Wall time with the precision of `performance.now()`, ms since the epoch. */
export function wallNow(): number {
  return performance.timeOrigin + performance.now()
}

export class ServerClock {
  #samples: { rttMs: number; offsetMs: number }[] = []

  add(sample: { sentAt: number; receivedAt: number; serverTime: number }): void {
    const rttMs = sample.receivedAt - sample.sentAt
    if (!(rttMs >= 0)) return
    this.#samples.push({ rttMs, offsetMs: sample.serverTime - (sample.sentAt + rttMs / 2) })
    if (this.#samples.length > KEPT_SAMPLES) this.#samples.shift()
  }

  /** Add it to a local time to get the server's; null before the first answer. */
  get offsetMs(): number | null {
    let best: { rttMs: number; offsetMs: number } | null = null
    for (const sample of this.#samples) if (best === null || sample.rttMs < best.rttMs) best = sample
    return best?.offsetMs ?? null
  }

  /** Median of the last five round trips. */
  get rttMs(): number | null {
    const last = this.#samples.slice(-5).map((sample) => sample.rttMs)
    return last.sort((a, b) => a - b)[last.length >> 1] ?? null
  }

  /** The network changed: what was measured before says nothing of now. */
  clear(): void {
    this.#samples = []
  }
}
