import { expect, test } from 'vitest'
import { curveChart } from './curve.ts'
import { growth } from './rows/soak.ts'

test('each curve has a point for every sample, and its last value in words', () => {
  const svg = curveChart({ at: [0, 300, 600], serverMb: [100, 110, 112], sourceMb: [500, 520, 519] })
  const lines = [...svg.matchAll(/points="([^"]+)"/g)].map(([, points]) => points?.split(' ').length)
  expect(lines).toEqual([3, 3])
  expect(svg).toContain('server 112 MB')
  expect(svg).toContain('10 min')
})

test('growth compares the level at the end with that at the beginning, and not single peaks', () => {
  const flat = Array.from({ length: 60 }, (_, n) => 100 + (n === 3 || n === 57 ? 40 : 0))
  expect(growth(flat)).toBe(0)
  expect(growth(flat.map((mb, n) => mb + n))).toBeGreaterThan(40)
})
