import { expect, test } from 'vitest'
import { addressParts, age, bitrate, codecName, countdown, day, hostOf, toAddress } from './format.ts'

test('an address without a scheme gets https, a local one http', () => {
  expect(toAddress(' example.com/a ')).toBe('https://example.com/a')
  expect(toAddress('localhost:3000')).toBe('http://localhost:3000')
  expect(toAddress('127.0.0.1:8080/x')).toBe('http://127.0.0.1:8080/x')
  expect(toAddress('example.com:8443/x')).toBe('https://example.com:8443/x')
  expect(toAddress('about:blank')).toBe('about:blank')
  expect(toAddress('http://a.test')).toBe('http://a.test')
})

test('the host of an address stands alone, and other schemes keep theirs', () => {
  expect(addressParts('https://www.example.com/a?b#c')).toEqual({ before: '', host: 'example.com', after: '/a?b#c' })
  expect(addressParts('https://example.com/')).toEqual({ before: '', host: 'example.com', after: '' })
  expect(addressParts('data:text/html,hi')).toEqual({ before: '', host: 'data:text/html,hi', after: '' })
  expect(hostOf('about:blank')).toBeNull()
  expect(hostOf('https://shop.example:8443/x')).toBe('shop.example:8443')
})

test('times and rates are short', () => {
  expect(age(0, 3_000)).toBe('now')
  expect(age(0, 59_000)).toBe('59s')
  expect(age(0, 3_700_000)).toBe('1h 1m')
  expect(countdown(75)).toBe('1:15')
  expect(countdown(9)).toBe('9s')
  expect(bitrate(190)).toBe('190 kbit/s')
  expect(bitrate(3_960)).toBe('4.0 Mbit/s')
})

test('a codec has one name, however it is spelt', () => {
  expect(['video/AV1', 'AV1', 'av01.0.05M.08'].map(codecName)).toEqual(['AV1', 'AV1', 'AV1'])
  expect(['vp8', 'avc1.42E01F', 'image/jpeg'].map(codecName)).toEqual(['VP8', 'H.264', 'JPEG'])
})

test('a day has its year only when it is another one', () => {
  const now = Date.UTC(2026, 10, 21)
  expect(day('2026-03-05T12:00:00.000Z', now)).not.toContain('2026')
  expect(day('2027-03-05T12:00:00.000Z', now)).toContain('2027')
})
