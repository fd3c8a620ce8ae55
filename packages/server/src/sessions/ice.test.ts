import { createHmac } from 'node:crypto'
import { expect, test } from 'vitest'
import { iceServersFor } from './ice.ts'

const none = { policy: 'all', stunUrls: [], turnUrls: [], turnUsername: undefined, turnCredential: undefined, turnSecret: undefined } as const

test('without configuration there are no servers; with it each has its credentials', () => {
  expect(iceServersFor(none, 'vwr_1', 0)).toEqual([])
  const servers = iceServersFor({ ...none, stunUrls: ['stun:s'], turnUrls: ['turn:t'], turnUsername: 'u', turnCredential: 'c' }, 'vwr_1', 0)
  expect(servers).toEqual([{ urls: ['stun:s'] }, { urls: ['turn:t'], username: 'u', credential: 'c' }])
})

test("a shared secret makes credentials of each viewer's own that expire, as coturn checks them", () => {
  const [server] = iceServersFor({ ...none, turnUrls: ['turn:t'], turnSecret: 'secret' }, 'vwr_1', 1_000_000)
  expect(server?.username).toBe('87400:vwr_1')
  expect(server?.credential).toBe(createHmac('sha1', 'secret').update('87400:vwr_1').digest('base64'))
})
