import { isTandemError } from '@tandem/protocol'
import { describe, expect, test } from 'vitest'
import { readCommand } from './commands.ts'
import { pointerOf } from './pointer.ts'

describe('a command', () => {
  test('is read with its defaults', () => {
    expect(readCommand('{"id":1,"method":"A.b"}')).toEqual({ id: 1, method: 'A.b', params: {}, sessionId: undefined })
    expect(readCommand('{"method":"A.b","params":{"x":1},"id":2,"sessionId":"S"}')).toEqual({ id: 2, method: 'A.b', params: { x: 1 }, sessionId: 'S' })
  })

  test('that cannot be answered is null, that can is an error', () => {
    for (const text of ['null', '1', '[]', '{}', '{"id":"1"}', '{"id":1.5,"method":"x"}']) expect(readCommand(text), text).toBeNull()
    for (const text of ['{"id":1}', '{"id":1,"method":"x","params":1}', '{"id":1,"method":"x","sessionId":1}'])
      expect(isTandemError(readCommand(text)), text).toBe(true)
    expect(() => readCommand('{')).toThrow(SyntaxError)
  })

  test('may be long and wide, but not deep', () => {
    const wide = JSON.stringify({ id: 1, method: 'x', params: { list: Array.from({ length: 10_000 }, () => ({ a: [1] })) } })
    expect(isTandemError(readCommand(wide))).toBe(false)
    expect(isTandemError(readCommand(`{"id":1,"method":"x","params":{"a":${'['.repeat(500)}${']'.repeat(500)}}}`))).toBe(true)
  })
})

describe('the pointer', () => {
  test('follows mouse, wheel and fingers', () => {
    const down = pointerOf('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: [{ x: 1, y: 2 }] }, null)
    expect(down).toEqual({ x: 1, y: 2, type: 'down' })
    expect(pointerOf('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] }, down)).toEqual({ x: 1, y: 2, type: 'up' })
    expect(pointerOf('Input.dispatchMouseEvent', { type: 'mouseWheel', x: 3, y: 4 }, null)).toEqual({ x: 3, y: 4, type: 'wheel' })
  })

  test('does not follow nonsense', () => {
    expect(pointerOf('Input.dispatchMouseEvent', { type: 'mouseMoved', x: '1', y: 2 }, null)).toBeNull()
    expect(pointerOf('Input.dispatchMouseEvent', { type: 'toString', x: 1, y: 2 }, null)).toBeNull()
    expect(pointerOf('Input.insertText', { text: 'x' }, null)).toBeNull()
  })
})
