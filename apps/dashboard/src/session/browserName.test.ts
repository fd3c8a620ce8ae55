import { expect, test } from 'vitest'
import { browserName } from './browserName.ts'

test('a user agent says which browser on which system', () => {
  expect(browserName('Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36')).toBe('Chrome on Linux')
  expect(browserName('Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 Version/19.0 Mobile/15E148 Safari/604.1')).toBe(
    'Safari on iOS',
  )
  expect(browserName('node')).toBe('node')
  expect(browserName(null)).toBeNull()
})
