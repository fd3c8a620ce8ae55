import { expect, test } from 'vitest'
import { UsageError } from './output.ts'
import { fromNow, parseSeconds, timestamp } from './times.ts'

test('a time is seconds, or a number with its unit', () => {
  expect(['3600', '90s', '15m', '2h', '7d'].map((text) => parseSeconds('--expires', text))).toEqual([3_600, 90, 900, 7_200, 604_800])
  for (const text of ['', '1.5h', '-1', 'soon', '3w', '2h30m']) expect(() => parseSeconds('--expires', text)).toThrow(UsageError)
})

test('a moment is read as how long ago or how soon it is', () => {
  const now = Date.parse('2026-01-01T00:00:00.000Z')
  const at = (seconds: number): string => fromNow(new Date(now + seconds * 1_000).toISOString(), now)
  expect([0, 30, -89, 600, -7_200, 86_400, -864_000].map(at)).toEqual(['now', 'in 30 s', '89 s ago', 'in 10 min', '2 h ago', 'in 24 h', '10 d ago'])
  expect(timestamp('2026-11-21T01:22:05.123Z')).toBe('2026-11-21 01:22:05')
})
