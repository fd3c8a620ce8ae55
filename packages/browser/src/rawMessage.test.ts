import { describe, expect, test } from 'vitest'
import { RawMessage } from './rawMessage.ts'

const SESSION = 'A'.repeat(32)

describe('a raw message', () => {
  test('gives the id and the session of a reply, and takes others', () => {
    const raw = new RawMessage(`{"id":7,"result":{"a":1},"sessionId":"${SESSION}"}`)
    expect([raw.id, raw.method, raw.sessionId]).toEqual([7, undefined, SESSION])
    expect(raw.readdress(3, undefined)).toBe('{"id":3,"result":{"a":1}}')
    expect(raw.readdress(3, 'x')).toBe('{"id":3,"result":{"a":1},"sessionId":"x"}')
  })

  test('of the root session has no session id, even when its params end with one', () => {
    const raw = new RawMessage(`{"method":"Target.detachedFromTarget","params":{"targetId":"t","sessionId":"${SESSION}"}}`)
    expect([raw.method, raw.sessionId]).toEqual(['Target.detachedFromTarget', undefined])
    expect(raw.parse().params).toEqual({ targetId: 't', sessionId: SESSION })
    expect(JSON.parse(raw.readdress(undefined, SESSION))).toEqual({ ...raw.parse(), sessionId: SESSION })
  })

  test('in an unusual order is read and readdressed all the same', () => {
    const raw = new RawMessage(`{"sessionId":"${SESSION}","result":{},"id":9}`)
    expect([raw.id, raw.sessionId]).toEqual([9, SESSION])
    expect(JSON.parse(raw.readdress(1, undefined))).toEqual({ id: 1, result: {} })
  })

  test('without params is read and readdressed all the same', () => {
    const raw = new RawMessage(`{"method":"Inspector.detached","sessionId":"${SESSION}"}`)
    expect(JSON.parse(raw.readdress(undefined, undefined))).toEqual({ method: 'Inspector.detached' })
  })
})
