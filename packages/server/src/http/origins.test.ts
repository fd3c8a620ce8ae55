import { expect, test } from 'vitest'
import { judgeOrigin } from './origins.ts'

const judge = (origin: string | undefined, host = '127.0.0.1:7900', origins: string[] = [], publicUrl?: string): string =>
  judgeOrigin(origin, host, { origins, publicUrl })

test('no page and our own ones may use the cookie', () => {
  expect(judge(undefined)).toBe('own')
  expect(judge('http://127.0.0.1:7900')).toBe('own')
  expect(judge('http://localhost:7900', 'localhost:7900')).toBe('own')
  expect(judge('http://192.168.1.5:7900', '192.168.1.5:7900')).toBe('own')
  // Behind a proxy that asks us by another name, and by a name that was configured.
  expect(judge('https://tandem.example.com', '127.0.0.1:7900', [], 'https://tandem.example.com/browsers')).toBe('own')
  expect(judge('http://tandem.lan:7900', 'tandem.lan:7900', ['http://tandem.lan:7900'])).toBe('own')
})

test('other loopback pages and configured ones must bring their own credential', () => {
  expect(judge('https://shop.example.com', 'tandem.example.com', ['https://shop.example.com'], 'https://tandem.example.com')).toBe('allowed')
  for (const origin of ['http://localhost:3000', 'http://127.0.0.1:5173', 'https://localhost', 'http://[::1]:8080', 'http://127.1.2.3'])
    expect([origin, judge(origin)]).toEqual([origin, 'allowed'])
})

test('everything else is refused, a rebound name included', () => {
  for (const origin of [
    'https://evil.example',
    'null',
    '',
    'file://',
    'http://localhost.evil.example',
    'http://127.0.0.1.evil.example',
    'chrome-extension://abc',
  ]) {
    expect([origin, judge(origin)]).toEqual([origin, 'refused'])
  }
  expect(judge('http://evil.example:7900', 'evil.example:7900')).toBe('refused')
})
