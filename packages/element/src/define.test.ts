import { expect, test } from 'vitest'

test('it can be imported where there is no DOM, as pages do that are rendered on a server', async () => {
  expect(typeof HTMLElement).toBe('undefined')
  expect(await import('./index.ts')).toHaveProperty('defineTandemView')
})
