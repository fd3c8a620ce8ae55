import { RawJson } from '@tandem/browser'
import { isTandemError } from '@tandem/protocol'
import { describe, expect, test } from 'vitest'
import type { Command } from './commands.ts'
import { readLargeCommand } from './largeCommand.ts'

const LONG = 'x'.repeat(100_000)

function run(text: string): { command: ReturnType<typeof readLargeCommand> extends Generator<void, infer R> ? R : never; turns: number } {
  const reading = readLargeCommand(Buffer.from(text))
  for (let turns = 1; ; turns++) {
    const { done, value } = reading.next()
    if (done) return { command: value, turns }
  }
}

function read(text: string): Command {
  const { command } = run(text)
  if (command === null || isTandemError(command)) throw new Error('no command')
  return command
}

const raw = (value: unknown): unknown => (value instanceof RawJson ? JSON.parse(value.bytes.toString()) : 'read')

describe('a large command', () => {
  test('is what it would be otherwise, but for what nobody here looks at: that stays the bytes that came', () => {
    const args = [{ value: LONG }, { value: 'a "quoted" \\ word, { and [ and : é' }]
    const params = { functionDeclaration: '() => 1', arguments: args, returnByValue: true, executionContextId: 3 }
    const command = read(JSON.stringify({ id: 7, method: 'Runtime.callFunctionOn', params, sessionId: 'S' }))
    expect(command).toMatchObject({ id: 7, method: 'Runtime.callFunctionOn', sessionId: 'S', isLarge: true })
    expect(command.params).toMatchObject({ functionDeclaration: '() => 1', returnByValue: true, executionContextId: 3 })
    expect(raw(command.params['arguments'])).toEqual(args)
  })

  test('is read where the gateway decides by it, however long: addresses, files, headers', () => {
    for (const [name, value] of Object.entries({
      url: `data:text/html,${LONG}`,
      files: [LONG],
      data: { files: [LONG] },
      headers: [{ name: 'a', value: LONG }],
    }))
      expect(read(JSON.stringify({ id: 1, method: 'A.b', params: { [name]: value, body: LONG } })).params[name]).toEqual(value)
  })

  test('whose names are hidden by escapes is read as what they mean', () => {
    const command = read(`{"id":1,"method":"DOM.setFileInputFiles","params":{"f\\u0069les":["${LONG}"],"\\u0062ody":"${LONG}"}}`)
    expect(command.params['files']).toEqual([LONG])
    expect(raw(command.params['body'])).toBe(LONG)
  })

  test('cannot name what is not its own', () => {
    expect(read(`{"id":1,"method":"A.b","params":{"body":"${LONG}","text":"00000000-0000-0000-0000-0000000000000"}}`).params['text']).toBe(
      '00000000-0000-0000-0000-0000000000000',
    )
  })

  test('with many values is read in many turns, with one long text in one', () => {
    const wide = JSON.stringify({ id: 1, method: 'x', params: { arguments: Array.from({ length: 100_000 }, () => ({ value: 1 })) } })
    expect(run(wide).turns).toBeGreaterThan(5)
    expect(run(JSON.stringify({ id: 1, method: 'x', params: { arguments: [{ value: 'x'.repeat(10_000_000) }] } })).turns).toBe(1)
    expect(run(JSON.stringify({ id: 1, method: 'x', params: { arguments: [{ value: '"\\'.repeat(1_000_000) }] } })).turns).toBeGreaterThan(5)
  })

  test('of another shape is refused as a small one', () => {
    for (const text of ['[]', '1', '{}', '{"id":"1"}']) expect(run(text).command, text).toBeNull()
    expect(isTandemError(run('{"id":1,"method":"x","params":[1]}').command)).toBe(true)
    expect(isTandemError(run(`{"id":1,"method":"x","params":{"arguments":${'['.repeat(500)}${']'.repeat(500)},"body":"${LONG}"}}`).command)).toBe(true)
    expect(isTandemError(run(JSON.stringify({ id: 1, method: 'x', params: { files: ['x'.repeat(9_000_000)] } })).command)).toBe(true)
    expect(run(JSON.stringify({ id: 1, method: 'x'.repeat(9_000_000) })).command).toBeNull()
  })

  test.each([
    ['a message that ends in the middle', `{"id":1,"method":"A.b","params":{"body":"${LONG}\0{}"}}`],
    ['a comment, in which Chromium reads no quote', `{"id":1,"method":"A.b","params":{"arguments":[/*"*/"${LONG}"],"x":1}}`],
    ['a line comment', `{"id":1,"method":"A.b","params":{"arguments":["${LONG}"]//\n}}`],
    ['an open string', `{"id":1,"method":"A.b","params":{"body":"${LONG}`],
    ['a bracket too many', `{"id":1,"method":"A.b","params":{"arguments":["${LONG}"]}}}`],
    ['a bracket that is missing', `{"id":1,"method":"A.b","params":{"arguments":["${LONG}"}`],
    ['brackets that do not fit', `{"id":1,"method":"A.b","params":{"arguments":[{"value":"${LONG}"]}}}`],
    ['two messages', `{"id":1,"method":"A.b","params":{"body":"${LONG}"}}{"id":2,"method":"A.b"}`],
  ])('is no JSON: %s', (_, text) => {
    expect(() => run(text)).toThrow(SyntaxError)
  })
})
