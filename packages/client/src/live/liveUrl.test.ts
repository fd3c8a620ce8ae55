import { expect, test } from 'vitest'
import { liveUrl } from './liveUrl.ts'

const SOCKET = 'wss://tandem.example/v1/agent-sessions/agt_1/live'

test('a server and an id make the address, whatever form the server has', () => {
  expect(liveUrl({ server: 'https://tandem.example', session: 'agt_1' })).toBe(SOCKET)
  expect(liveUrl({ server: 'tandem.example', session: 'agt_1', token: 't' }, 'https://shop.example/')).toBe(`${SOCKET}?token=t`)
  expect(liveUrl({ server: '127.0.0.1:7900', session: 'agt_1' }, 'http://a.example/')).toBe('ws://127.0.0.1:7900/v1/agent-sessions/agt_1/live')
  expect(liveUrl({ server: 'https://shop.example/tandem/', session: 'agt_1' })).toBe('wss://shop.example/tandem/v1/agent-sessions/agt_1/live')
  expect(liveUrl({ server: '/tandem', session: 'agt_1' }, 'https://shop.example/a/b')).toBe('wss://shop.example/tandem/v1/agent-sessions/agt_1/live')
})

test('a share link is enough by itself, below a base path too', () => {
  expect(liveUrl({ server: 'https://tandem.example/sessions/agt_1#token=t' })).toBe(`${SOCKET}?token=t`)
  expect(liveUrl({ server: 'https://shop.example/tandem/embed/agt_1?quality=low#token=t' })).toBe(
    'wss://shop.example/tandem/v1/agent-sessions/agt_1/live?token=t',
  )
})

test("the socket's own address stays what it is", () => {
  expect(liveUrl({ server: `${SOCKET}?token=t` })).toBe(`${SOCKET}?token=t`)
})

test('without a session there is no address', () => {
  expect(liveUrl({ server: 'https://tandem.example' })).toBeNull()
  expect(liveUrl({ server: 'https://', session: 'agt_1' })).toBeNull()
})
