import { expect, test } from 'vitest'
import type { Figure } from './catalogue.ts'
import { markdownTable, tableCells } from './table.ts'

const figures: Figure[] = [
  { id: 'takeover.leaks', system: 'tandem', value: 0 },
  { id: 'text.p95', system: 'tandem', value: 22.04 },
  { id: 'text.p50', system: 'tandem', value: 15 },
  { id: 'text.p50', system: 'agent-browser', value: 61.2 },
  { id: 'text.fps', system: 'agent-browser', value: 58.3 },
]

test('rows come in the order of the catalogue, with target, hit or miss, and the peer beside', () => {
  expect(tableCells(figures)).toEqual([
    ['what', 'Tandem', 'target', '', 'agent-browser'],
    ['text page, glass to glass, p50', '15.0 ms', '≤ 15 ms', 'hit', '61.2 ms'],
    ['text page, glass to glass, p95', '22.0 ms', '≤ 22 ms', 'MISS', ''],
    ['text page, frame rate', '', '', '', '58.3 fps'],
    ["agent's commands that reached the page after a takeover", '0 commands', '≤ 0 commands', 'hit', ''],
  ])
})

test('a peer that was not measured has no column', () => {
  expect(tableCells(figures.filter(({ system }) => system === 'tandem'))[0]).toEqual(['what', 'Tandem', 'target', ''])
})

test('the Markdown table has one line a row under its rule', () => {
  const lines = markdownTable(figures).split('\n')
  expect(lines[1]).toBe('| --- | ---: | ---: | ---: | ---: |')
  expect(lines).toHaveLength(6)
})
