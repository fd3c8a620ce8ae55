import { expect, test } from 'vitest'
import { REDACTED, redactEvent } from './redact.ts'

test('[CTL20] bodies, cookies and authorization are taken out, the rest stays', () => {
  const request = {
    url: 'http://x/',
    method: 'POST',
    hasPostData: true,
    postData: 'secret',
    postDataEntries: [{ bytes: 'secret' }],
    headers: { Cookie: 'a=secret', authorization: 'secret', 'X-Auth-Token': 'secret', Accept: '*/*' },
  }
  expect(redactEvent({ requestId: '1', request, redirectResponse: { status: 302, headers: { 'Set-Cookie': 'secret' }, headersText: 'secret' } })).toEqual({
    requestId: '1',
    request: {
      url: 'http://x/',
      method: 'POST',
      hasPostData: true,
      postDataEntries: [],
      headers: { Cookie: REDACTED, authorization: REDACTED, 'X-Auth-Token': REDACTED, Accept: '*/*' },
    },
    redirectResponse: { status: 302, headers: { 'Set-Cookie': REDACTED } },
  })
})

test('[CTL20] lists of headers and of cookies keep their shape', () => {
  const event = {
    associatedCookies: [{ cookie: { value: 'secret' } }],
    blockedCookies: [{}],
    responseHeaders: [
      { name: 'set-cookie', value: 'secret' },
      { name: 'age', value: '1' },
    ],
  }
  expect(redactEvent(event)).toEqual({
    associatedCookies: [],
    blockedCookies: [],
    responseHeaders: [
      { name: 'set-cookie', value: REDACTED },
      { name: 'age', value: '1' },
    ],
  })
})

test('the event itself is not changed', () => {
  const event = { request: { postData: 'secret' } }
  redactEvent(event)
  expect(event).toEqual({ request: { postData: 'secret' } })
})
