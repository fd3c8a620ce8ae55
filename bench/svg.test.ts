import { expect, test } from 'vitest'
import type { Figure } from './catalogue.ts'
import { chart, ratioText } from './svg.ts'

const figures: Figure[] = [
  { id: 'text.p50', system: 'tandem', value: 12 },
  { id: 'text.p95', system: 'tandem', value: 16 },
  { id: 'text.p50', system: 'agent-browser', value: 60 },
  { id: 'text.p95', system: 'agent-browser', value: 90 },
  { id: 'motion.p50', system: 'tandem', value: 20 },
]

test('a ratio says in words which side it is in favour of', () => {
  expect(ratioText(12, 60)).toEqual({ text: '5.0× less', better: true })
  expect(ratioText(0.2, 80)).toEqual({ text: '400× less', better: true })
  expect(ratioText(20, 15)).toEqual({ text: '1.3× more', better: false })
})

test('the chart shows what both sides have, and nothing that only one has', () => {
  const svg = chart(figures)
  expect(svg).toContain('5.0× less')
  expect(svg).toContain('12.0 ms, p95 16.0 ms')
  expect(svg).not.toContain('motion')
})

test('a figure that is worse than the peer is shown as worse', () => {
  const svg = chart([
    { id: 'input.p50', system: 'tandem', value: 20 },
    { id: 'input.p50', system: 'agent-browser', value: 15 },
  ])
  expect(svg).toContain('class="ratio worse"')
  expect(svg).toContain('1.3× more')
})

test('bars are as long as their values say, on the scale of their group', () => {
  const widths = [...chart(figures).matchAll(/<rect [^>]*width="([\d.]+)"/g)].map(([, width]) => Number(width))
  expect(widths).toHaveLength(2)
  expect((widths[0] ?? 0) / (widths[1] ?? 1)).toBeCloseTo(12 / 60, 2)
})
