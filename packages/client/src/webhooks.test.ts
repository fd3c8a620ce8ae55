import { createHmac } from 'node:crypto'
import { expect, test } from 'vitest'
import { verifyWebhookSignature } from './webhooks.ts'

const NOW = 1_700_000_000_000
const SECRET = 'whsec_test'
const BODY = '{"id":"evt_1","type":"session.created","data":{"name":"Zoë"}}'

function sign(t: number, body = BODY, secret = SECRET): string {
  return `t=${t},v1=${createHmac('sha256', secret).update(`${t}.${body}`).digest('hex')}`
}

test('a signature of this secret over this body, made just now, is good', async () => {
  expect(await verifyWebhookSignature(BODY, sign(NOW / 1_000), SECRET, { now: NOW })).toBe(true)
  expect(await verifyWebhookSignature(new TextEncoder().encode(BODY), sign(NOW / 1_000), SECRET, { now: NOW })).toBe(true)
})

test('one of several signatures is enough, so that a secret can be changed', async () => {
  const [time, good] = sign(NOW / 1_000).split(',')
  expect(await verifyWebhookSignature(BODY, `${time},v1=${'0'.repeat(64)},${good}`, SECRET, { now: NOW })).toBe(true)
})

test('another body, another secret and another time are refused', async () => {
  const signature = sign(NOW / 1_000)
  expect(await verifyWebhookSignature(`${BODY} `, signature, SECRET, { now: NOW })).toBe(false)
  expect(await verifyWebhookSignature(BODY, signature, 'whsec_other', { now: NOW })).toBe(false)
  expect(await verifyWebhookSignature(BODY, signature.replace('t=1', 't=2'), SECRET, { now: NOW })).toBe(false)
})

test('an old signature is refused, and so is one from the future', async () => {
  expect(await verifyWebhookSignature(BODY, sign(NOW / 1_000 - 299), SECRET, { now: NOW })).toBe(true)
  expect(await verifyWebhookSignature(BODY, sign(NOW / 1_000 - 301), SECRET, { now: NOW })).toBe(false)
  expect(await verifyWebhookSignature(BODY, sign(NOW / 1_000 + 301), SECRET, { now: NOW })).toBe(false)
  expect(await verifyWebhookSignature(BODY, sign(NOW / 1_000 - 900), SECRET, { now: NOW, toleranceS: 1_000 })).toBe(true)
})

test.each(['', 'nonsense', 't=,v1=', 't=abc,v1=00', `t=${NOW / 1_000}`, `t=${NOW / 1_000},v1=zz`, `t=${NOW / 1_000},v1=0`, null, undefined])(
  'what is no signature is refused: %s',
  async (signature) => {
    expect(await verifyWebhookSignature(BODY, signature, SECRET, { now: NOW })).toBe(false)
  },
)
