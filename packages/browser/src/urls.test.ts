import { describe, expect, it } from 'vitest'
import { assertUrlAllowed } from './urls.ts'

describe('assertUrlAllowed', () => {
  it.each([
    ['https://example.com/a?b#c', 'https://example.com/a?b#c'],
    ['  example.com ', 'https://example.com/'],
    ['example.com:8443/x', 'https://example.com:8443/x'],
    ['//example.com/x', 'https://example.com/x'],
    ['localhost:3000/a', 'http://localhost:3000/a'],
    ['localhost', 'http://localhost/'],
    ['app.localhost:1', 'http://app.localhost:1/'],
    ['127.0.0.1:7900', 'http://127.0.0.1:7900/'],
    ['192.168.1.1', 'http://192.168.1.1/'],
    ['[::1]:80/x', 'http://[::1]/x'],
    ['HTTP://EXAMPLE.com', 'http://example.com/'],
    ['müller.example', 'https://xn--mller-kva.example/'],
    ['about:blank', 'about:blank'],
    ['about:srcdoc', 'about:srcdoc'],
    ['data:text/html,hi', 'data:text/html,hi'],
    ['blob:https://example.com/1', 'blob:https://example.com/1'],
  ])('opens %s as %s', (url, expected) => {
    expect(assertUrlAllowed(url)).toBe(expected)
  })

  it.each([
    'file:///etc/passwd',
    'FILE:///etc/passwd',
    'fi\nle:///etc/passwd',
    '\u0000javascript:alert(1)',
    'javascript:1',
    'java\tscript:alert(1)',
    'chrome://settings',
    'chrome-extension://abc/x.html',
    'devtools://devtools/x',
    'view-source:https://example.com',
    'filesystem:https://example.com/temporary/x',
    'about:version',
    'about:',
    'ftp://example.com',
    'C:\\Users',
    'tel:123',
  ])('refuses %s and says what to open instead', (url) => {
    expect(() => assertUrlAllowed(url)).toThrow(expect.objectContaining({ code: 'browser/url-refused', message: expect.stringContaining('http') }))
  })

  it.each(['', '   ', 'hello', 'two words', 'https://', 'http://a b', 'http://[1', '/etc/passwd'])(
    'refuses the nonsense %j with an example of an address',
    (url) => {
      expect(() => assertUrlAllowed(url)).toThrow(
        expect.objectContaining({ code: 'browser/url-refused', message: expect.stringContaining('https://example.com') }),
      )
    },
  )

  it('needs no longer for a long address than for many short ones', () => {
    // Where a name could be read in many ways this took minutes, for all sessions of the server.
    for (const part of ['a.', '1.', ' ', '[', '.localhost', 'a:']) {
      for (const end of ['@', ' x', '']) expect(() => assertUrlAllowed(`x${part.repeat(200_000)}${end}y z`)).toThrow()
    }
  })

  it('says how to write a host without a dot that has a port', () => {
    expect(() => assertUrlAllowed('intranet:3000/a')).toThrow(/http:\/\/intranet:3000\/a/)
  })

  it('opens a scheme that the configuration allows, and no other', () => {
    expect(assertUrlAllowed('file:///tmp/x', ['file'])).toBe('file:///tmp/x')
    expect(assertUrlAllowed('chrome://gpu', ['Chrome://'])).toBe('chrome://gpu')
    expect(() => assertUrlAllowed('javascript:1', ['file'])).toThrow()
  })
})
