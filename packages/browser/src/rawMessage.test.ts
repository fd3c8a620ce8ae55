import { describe, expect, test } from 'vitest'
import { RawMessage } from './rawMessage.ts'

const SESSION = 'A'.repeat(32)

/** Pieces that end in the middle of everything. */
function pieces(text: string): Buffer[] {
  const bytes = Buffer.from(text)
  return Array.from({ length: Math.ceil(bytes.length / 7) }, (_, index) => bytes.subarray(index * 7, index * 7 + 7))
}

describe.each([
  ['text', (text: string) => text],
  ['bytes', pieces],
])('a raw message of %s', (_, make) => {
  test('gives the id and the session of a reply, and takes others', () => {
    const raw = new RawMessage(make(`{"id":7,"result":{"a":1},"sessionId":"${SESSION}"}`))
    expect([raw.id, raw.method, raw.sessionId]).toEqual([7, undefined, SESSION])
    expect(String(raw.readdress(3, undefined))).toBe('{"id":3,"result":{"a":1}}')
    expect(String(raw.readdress(3, 'x'))).toBe('{"id":3,"result":{"a":1},"sessionId":"x"}')
  })

  test('of the root session has no session id, even when its params end with one', () => {
    const raw = new RawMessage(make(`{"method":"Target.detachedFromTarget","params":{"targetId":"t","sessionId":"${SESSION}"}}`))
    expect([raw.method, raw.sessionId]).toEqual(['Target.detachedFromTarget', undefined])
    expect(raw.parse().params).toEqual({ targetId: 't', sessionId: SESSION })
    expect(JSON.parse(String(raw.readdress(undefined, SESSION)))).toEqual({ ...raw.parse(), sessionId: SESSION })
  })

  test('in an unusual order is read and readdressed all the same', () => {
    const raw = new RawMessage(make(`{"sessionId":"${SESSION}","result":{},"id":9}`))
    expect([raw.id, raw.sessionId]).toEqual([9, SESSION])
    expect(JSON.parse(String(raw.readdress(1, undefined)))).toEqual({ id: 1, result: {} })
  })

  test('keeps every sign between its ends, and knows what it mentions', () => {
    const raw = new RawMessage(make(`{"method":"Runtime.consoleAPICalled","params":{"text":"größer 😀 tandem"},"sessionId":"${SESSION}"}`))
    expect(JSON.parse(String(raw.readdress(undefined, 'x')))).toEqual({
      method: 'Runtime.consoleAPICalled',
      params: { text: 'größer 😀 tandem' },
      sessionId: 'x',
    })
    expect([raw.mentions('tandem'), raw.mentions('playwright')]).toEqual([true, false])
  })

  test('without params is read and readdressed all the same', () => {
    const raw = new RawMessage(make(`{"method":"Inspector.detached","sessionId":"${SESSION}"}`))
    expect(JSON.parse(String(raw.readdress(undefined, undefined)))).toEqual({ method: 'Inspector.detached' })
  })
})
