import { expect, test } from 'vitest'
import { median, percentile, summarize, windows } from './stats.ts'

test('a percentile is the smallest value that enough of the list does not exceed', () => {
  const ascending = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]
  expect(percentile(ascending, 0.5)).toBe(5)
  expect(percentile(ascending, 0.95)).toBe(10)
  expect(percentile(ascending, 0.9)).toBe(9)
  expect(percentile([7], 0.95)).toBe(7)
})

test('a summary does not depend on the order and leaves the list as it was', () => {
  const values = [30, 10, 20]
  expect(summarize(values)).toEqual({ n: 3, min: 10, p50: 20, p95: 30, max: 30 })
  expect(values).toEqual([30, 10, 20])
})

test('one outlier in twenty does not reach p95, two do', () => {
  const calm = Array.from({ length: 19 }, () => 10)
  expect(summarize([...calm, 500]).p95).toBe(10)
  expect(summarize([...calm.slice(1), 500, 500]).p95).toBe(500)
})

test('nothing measured is an error, not a zero', () => {
  expect(() => summarize([])).toThrow('Nothing was measured')
  expect(() => median([])).toThrow('Nothing was measured')
})

test('windows are counted from the first sample, and empty ones are left out', () => {
  const samples = [
    { at: 100, value: 1 },
    { at: 1_099, value: 3 },
    { at: 1_100, value: 9 },
    { at: 3_100, value: 5 },
  ]
  expect(windows(samples, 1_000).map(({ from, summary }) => [from, summary.n, summary.max])).toEqual([
    [0, 2, 3],
    [1_000, 1, 9],
    [3_000, 1, 5],
  ])
})
