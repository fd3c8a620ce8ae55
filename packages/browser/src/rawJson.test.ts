import { expect, test } from 'vitest'
import { commandParts, RawJson } from './rawJson.ts'

const written = (parts: readonly (string | Buffer)[]) => JSON.parse(parts.join(''))

test('a command is written around the bytes that it passes on', () => {
  const bytes = Buffer.from('["é", {"deep": "\\" quoted"}]')
  const parts = commandParts(4, 'Runtime.callFunctionOn', { first: 1, args: new RawJson(bytes), last: { a: 'b' } }, 'S')
  expect(parts).toContain(bytes)
  expect(written(parts)).toEqual({
    id: 4,
    method: 'Runtime.callFunctionOn',
    params: { first: 1, args: ['é', { deep: '" quoted' }], last: { a: 'b' } },
    sessionId: 'S',
  })
})

test('nothing but bytes, and no session', () => {
  expect(written(commandParts(1, 'A.b', { only: new RawJson(Buffer.from('"x"')) }, undefined))).toEqual({ id: 1, method: 'A.b', params: { only: 'x' } })
})

test('inside of other JSON it is nothing: it is never written by accident', () => {
  expect(JSON.stringify([new RawJson(Buffer.from('"x"'))])).toBe('[null]')
})
