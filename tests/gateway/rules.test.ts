/** docs/control.md and the tests say the same numbers. */
import { globSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const numbers = (text: string): Set<number> => new Set([...text.matchAll(/\[CTL(\d+)\]/g)].map(([, number]) => Number(number)))

test('each rule of control has a test that carries its number, and no test carries another', () => {
  const rules = numbers(readFileSync('docs/control.md', 'utf8'))
  const tests = globSync(['packages/*/src/**/*.test.ts', 'tests/**/*.test.ts'])
    .filter((path) => !path.endsWith('rules.test.ts'))
    .map((path) => readFileSync(path, 'utf8'))
  expect([...numbers(tests.join())].toSorted((a, b) => a - b)).toEqual([...rules].toSorted((a, b) => a - b))
})
