import type { LookupAddress } from 'node:dns'
import { isTandemError } from '@tandem/protocol'
import { expect, test } from 'vitest'
import { createTargets, isPublicAddress } from './targets.ts'

const PRIVATE = [
  '0.0.0.0',
  '0.1.2.3',
  '10.0.0.1',
  '100.64.0.1',
  '127.0.0.1',
  '127.9.9.9',
  '169.254.169.254',
  '172.16.0.1',
  '172.31.255.255',
  '192.0.0.192',
  '192.168.1.1',
  '198.18.0.1',
  '203.0.113.9',
  '224.0.0.1',
  '240.0.0.1',
  '255.255.255.255',
  '::',
  '::1',
  '::ffff:127.0.0.1',
  '::ffff:8.8.8.8',
  '::ffff:a9fe:a9fe',
  '::127.0.0.1',
  '64:ff9b::7f00:1',
  '100::1',
  'fc00::1',
  'fd00:ec2::254',
  'fe80::1',
  'fec0::1',
  'ff02::1',
  '2001:db8::1',
  '2002:7f00:1::',
  '2001:0:4136:e378::',
  'not-an-address',
]
const PUBLIC = ['1.1.1.1', '8.8.8.8', '172.32.0.1', '100.128.0.1', '192.0.1.1', '223.255.255.255', '2606:4700:4700::1111', '2a00:1450:4001:81b::200e']

const codeOf = (error: unknown): string => (isTandemError(error) ? error.code : String(error))

test.each(PRIVATE)('%s is not public', (address) => expect(isPublicAddress(address)).toBe(false))
test.each(PUBLIC)('%s is public', (address) => expect(isPublicAddress(address)).toBe(true))

test.each([
  'http://example.com/hook',
  'ftp://example.com/',
  'file:///etc/passwd',
  'https://user:pass@example.com/',
  'https://127.0.0.1/',
  'https://2130706433/',
  'https://0x7f.1/',
  'https://0177.0.0.1/',
  'https://[::1]/',
  'https://[::ffff:127.0.0.1]/',
  'https://169.254.169.254/latest/meta-data',
  'https://[fd00:ec2::254]/',
  'no url',
])('%s is refused without asking any server', (url) => {
  const targets = createTargets({ allowPrivate: false }, () => {
    throw new Error('asked')
  })
  expect(() => targets.parse(url)).toThrow(/https URL of a public host/)
})

test('a name that points to a private address is refused when the webhook is made', async () => {
  const targets = createTargets({ allowPrivate: false }, (_host, callback) => callback(null, [{ address: '10.1.2.3', family: 4 }]))
  expect(await targets.check('https://intranet.example.com/').catch(codeOf)).toBe('webhook/url-refused')
})

test('one private address among public ones is enough to refuse', async () => {
  const addresses: LookupAddress[] = [
    { address: '1.1.1.1', family: 4 },
    { address: '::1', family: 6 },
  ]
  const targets = createTargets({ allowPrivate: false }, (_host, callback) => callback(null, addresses))
  expect(await targets.check('https://example.com/').catch(codeOf)).toBe('webhook/url-refused')
})

test('a name that changes its mind after it was checked is refused when it is connected to', async () => {
  const answers = ['1.1.1.1', '127.0.0.1']
  const targets = createTargets({ allowPrivate: false }, (_host, callback) => callback(null, [{ address: answers.shift() ?? '127.0.0.1', family: 4 }]))
  expect((await targets.check('https://rebind.example.com/')).hostname).toBe('rebind.example.com')
  const outcome = await new Promise((resolve) =>
    targets.lookup('rebind.example.com', { all: true }, (error, address) => resolve(error ? codeOf(error) : address)),
  )
  expect(outcome).toBe('webhook/url-refused')
})

test('the request gets exactly the addresses that were looked at', async () => {
  const addresses: LookupAddress[] = [{ address: '1.1.1.1', family: 4 }]
  const targets = createTargets({ allowPrivate: false }, (_host, callback) => callback(null, addresses))
  const all = await new Promise((resolve) => targets.lookup('example.com', { all: true }, (_error, address) => resolve(address)))
  expect(all).toEqual(addresses)
  const one = await new Promise((resolve) => targets.lookup('example.com', {}, (_error, address) => resolve(address)))
  expect(one).toBe('1.1.1.1')
})

test('where private addresses are allowed, so is http', async () => {
  const targets = createTargets({ allowPrivate: true })
  expect((await targets.check('http://127.0.0.1:9/hook')).href).toBe('http://127.0.0.1:9/hook')
})
