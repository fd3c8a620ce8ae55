/** Percentiles of a list of measurements. Pure; every figure of the bench goes through here. */

export interface Summary {
  n: number
  min: number
  p50: number
  p95: number
  max: number
}

/** Nearest-rank percentile of an ascending list: the smallest value with at least `share` of the list at or under it. */
export function percentile(ascending: readonly number[], share: number): number {
  const rank = Math.max(1, Math.ceil(share * ascending.length))
  return ascending[rank - 1] ?? Number.NaN
}

/** Throws when nothing was measured: a row without measurements is a failed row, not a zero. */
export function summarize(values: readonly number[]): Summary {
  if (values.length === 0) throw new Error('Nothing was measured.')
  const ascending = values.toSorted((a, b) => a - b)
  return {
    n: ascending.length,
    min: percentile(ascending, 0),
    p50: percentile(ascending, 0.5),
    p95: percentile(ascending, 0.95),
    max: percentile(ascending, 1),
  }
}

export function median(values: readonly number[]): number {
  return summarize(values).p50
}

/** Cuts timed measurements into windows of `windowMs` and summarises each; windows without any are left out. */
export function windows(samples: readonly { at: number; value: number }[], windowMs: number): { from: number; summary: Summary }[] {
  const first = samples[0]?.at ?? 0
  const groups = Map.groupBy(samples, ({ at }) => Math.floor((at - first) / windowMs))
  return [...groups].map(([index, group]) => ({ from: index * windowMs, summary: summarize(group.map(({ value }) => value)) }))
}
