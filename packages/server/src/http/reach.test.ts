import type { IncomingMessage } from 'node:http'
import { expect, test } from 'vitest'
import { createReach, withoutBase } from './reach.ts'
import type { Reach } from './reach.ts'

function reach(options: { proxies?: string[]; publicUrl?: string; from?: string; encrypted?: boolean; headers?: Record<string, string> }): Reach {
  const socket = { remoteAddress: options.from ?? '10.0.0.1', ...(options.encrypted ? { encrypted: true } : {}) }
  // The part of a request that is looked at.
  const request = { headers: { host: '127.0.0.1:7900', ...options.headers }, socket } as unknown as IncomingMessage
  return createReach({ publicUrl: options.publicUrl, trustedProxies: options.proxies ?? [] })(request)
}

const FORWARDED = {
  'x-forwarded-for': '203.0.113.9',
  'x-forwarded-proto': 'https',
  'x-forwarded-host': 'tandem.example.com',
  'x-forwarded-prefix': '/browsers/',
}

test('what a configured proxy says is believed', () => {
  expect(reach({ proxies: ['10.0.0.0/8'], headers: FORWARDED })).toEqual({
    address: '203.0.113.9',
    local: false,
    host: 'tandem.example.com',
    base: 'https://tandem.example.com/browsers',
  })
})

test('what anybody else says is not', () => {
  const seen = { address: '10.0.0.1', local: false, host: '127.0.0.1:7900', base: 'http://127.0.0.1:7900' }
  expect(reach({ headers: FORWARDED })).toEqual(seen)
  expect(reach({ proxies: ['loopback', '10.1.0.0/16'], headers: FORWARDED })).toEqual(seen)
})

test('the caller is the last address that is no proxy; what it wrote in front of that is its own tale', () => {
  const headers = { 'x-forwarded-for': '1.1.1.1, 203.0.113.9, 10.0.0.7' }
  expect(reach({ proxies: ['10.0.0.0/8'], headers }).address).toBe('203.0.113.9')
  expect(reach({ proxies: ['10.0.0.1'], headers }).address).toBe('10.0.0.7')
  expect(reach({ proxies: ['10.0.0.0/8'], headers: { 'x-forwarded-for': 'nonsense' } }).address).toBe('10.0.0.1')
  expect(reach({ proxies: ['10.0.0.0/8'], from: '::ffff:10.0.0.1', headers: { 'x-forwarded-for': '::ffff:203.0.113.9' } }).address).toBe('203.0.113.9')
})

test('a public URL is where everybody reaches us', () => {
  expect(reach({ publicUrl: 'https://tandem.example.com/browsers', headers: { host: 'x' } }).base).toBe('https://tandem.example.com/browsers')
})

test('a prefix that is no path is left out', () => {
  for (const prefix of ['//evil.example.com', '/a b', '/"onload=', 'browsers'])
    expect(reach({ proxies: ['private'], headers: { 'x-forwarded-prefix': prefix } }).base).toBe('http://127.0.0.1:7900')
})

test('only a caller on this machine that came through no proxy is local', () => {
  expect(reach({ from: '127.0.0.1' }).local).toBe(true)
  expect(reach({ from: '::1', encrypted: true })).toMatchObject({ local: true, base: 'https://127.0.0.1:7900' })
  expect(reach({ from: '127.0.0.1', headers: { 'x-forwarded-for': '127.0.0.1' } }).local).toBe(false)
  expect(reach({ from: '127.0.0.1', proxies: ['loopback'], headers: { 'x-forwarded-for': '127.0.0.1' } }).local).toBe(false)
})

test('the base path is taken off where it is there, and only as a whole word', () => {
  const base = 'https://x/browsers'
  expect(withoutBase('/browsers/v1/x?y', base)).toBe('/v1/x?y')
  expect(withoutBase('/browsers', base)).toBe('/')
  expect(withoutBase('/browsers?a', base)).toBe('/?a')
  expect(withoutBase('/v1/x', base)).toBe('/v1/x')
  expect(withoutBase('/browsersmore/x', base)).toBe('/browsersmore/x')
  expect(withoutBase('/x', 'https://x')).toBe('/x')
  expect(withoutBase('/x', undefined)).toBe('/x')
})
