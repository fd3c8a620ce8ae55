import { TandemError } from '@tandem/client'
import { expect, test } from 'vitest'
import { columns, EXIT, type Io, print, reportFailure, UnreachableError, UsageError } from './output.ts'

function captured(): Io & { outText(): string; errText(): string } {
  let out = ''
  let err = ''
  return { out: { write: (text) => (out += text) }, err: { write: (text) => (err += text) }, env: {}, outText: () => out, errText: () => err }
}

test('columns are as wide as their widest cell, without blanks at the end of a line', () => {
  expect(
    columns([
      ['a', 'long', 'x'],
      ['bbb', 'c', ''],
    ]),
  ).toEqual(['a    long  x', 'bbb  c'])
})

test('people get lines, programs get one line of JSON', () => {
  const people = captured()
  print(people, false, { id: 1 }, ['one', 'two'])
  expect(people.outText()).toBe('one\ntwo\n')
  const programs = captured()
  print(programs, true, { id: 1 }, ['one', 'two'])
  expect(programs.outText()).toBe('{"id":1}\n')
})

test('a name with control characters does nothing to the terminal', () => {
  const people = captured()
  print(people, false, {}, ['Ann\u001b]52;c;eA==\u0007\nagt_1  \u009b2J drives'])
  expect(people.outText()).toBe('Ann]52;c;eA==agt_1  2J drives\n')
})

test('a refusal shows its code and what to do, once', () => {
  const io = captured()
  expect(reportFailure(new TandemError('control/human-driving', 'Ada drives.'), io, false)).toBe(EXIT.refused)
  expect(io.errText()).toBe('control/human-driving: Ada drives.\nWait for the handback, then look at the page again before you act.\n')
  const whole = captured()
  reportFailure(new TandemError('control/human-driving'), whole, false)
  expect(whole.errText().match(/Wait for the handback/g)).toHaveLength(1)
})

test('wrong usage, no server and everything else end with codes of their own, in JSON too', () => {
  const io = captured()
  expect(reportFailure(new UsageError('no'), io, true)).toBe(EXIT.usage)
  // As the SDK wraps what a fetch threw.
  const wrapped = new TandemError('server/overloaded', 'cannot be reached', {}, { cause: new UnreachableError('nobody there') })
  expect(reportFailure(wrapped, io, true)).toBe(EXIT.unreachable)
  expect(reportFailure(new Error('boom'), io, true)).toBe(EXIT.refused)
  expect(
    io
      .errText()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).error),
  ).toEqual([
    { code: 'cli/usage', message: 'no' },
    { code: 'cli/unreachable', message: 'nobody there' },
    { code: 'cli/failed', message: 'boom' },
  ])
})
