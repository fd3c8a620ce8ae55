/**
 * Reads a large command without building it: what is long among its params stays the bytes that came, and is passed on as
 * they are (`RawJson`). To parse and to write sixty megabytes takes a second in which nobody else of the server is served.
 * A generator: it stands still now and then, and whoever runs it lets others have their turn.
 *
 * What stays unread must mean the same to Chromium as it does here. So nothing is left out of it that could end a value
 * early: a NUL, which ends a message in the pipe, comments, which Chromium reads, brackets that are not closed.
 */
import { randomUUID } from 'node:crypto'
import { RawJson } from '@tandem/browser'
import type { TandemError } from '@tandem/protocol'
import { commandOf, invalid, MAX_DEPTH, tooDeep, type Command } from './commands.ts'

/** From this size on a command is read so. */
export const LARGE_BYTES = 1024 * 1024
/** Of a param that is left as it is. */
const LONG_BYTES = 64 * 1024
/** What is read of a command all the same. */
const MAX_READ_BYTES = 8 * 1024 * 1024
/** A millisecond or two. */
const STEPS_A_TURN = 100_000
/** A string of so many signs is long: its end is looked for at once. */
const LOOK_AHEAD = 64

/** Params that nothing here is decided by; all others are read, however long. */
const UNREAD: ReadonlySet<string> = new Set([
  ...['arguments', 'body', 'binaryResponseHeaders', 'expression', 'functionDeclaration', 'html', 'outerHTML', 'postData', 'source', 'text', 'value'],
])

const [QUOTE, BACKSLASH, COLON, COMMA, OPEN, CLOSE, OPEN_LIST, CLOSE_LIST] = [...'"\\:,{}[]'].map((sign) => sign.charCodeAt(0))
/** What stands in JSON outside of its strings: no slash, no control sign. */
const OUTSIDE = new Uint8Array(256)
for (const sign of '"\\:,{}[] \t\r\n+-.0123456789Eaeflnrstu') OUTSIDE[sign.charCodeAt(0)] = 1

/** As `readCommand`. @param bytes UTF-8 @throws SyntaxError */
export function* readLargeCommand(bytes: Buffer): Generator<void, Command | TandemError | null> {
  const unread: Buffer[] = []
  // Nobody can write it into a command to name what is not its own.
  const mark = randomUUID()
  const read: (string | Buffer)[] = []
  let copied = 0
  let value = -1
  const ended = (end: number): void => {
    if (value >= 0 && end - value > LONG_BYTES) {
      read.push(bytes.subarray(copied, value), `"${mark}${unread.length}"`)
      unread.push(bytes.subarray(value, end))
      copied = end
    }
    value = -1
  }
  if (bytes.includes(0)) throw new SyntaxError('A NUL in JSON')
  let deep = false
  const open: number[] = []
  let inString = false
  let plain = 0
  for (let at = 0, steps = 0; at < bytes.length; at++) {
    if (++steps % STEPS_A_TURN === 0) yield
    const sign = bytes[at] ?? 0
    if (inString) {
      if (sign === QUOTE) inString = false
      else if (sign === BACKSLASH) at++
      else if (++plain === LOOK_AHEAD) {
        plain = 0
        at = bytes.indexOf('"', at)
        if (at < 0) throw new SyntaxError('A string without an end')
        inString = isEscaped(bytes, at)
      }
      continue
    }
    plain = 0
    if (OUTSIDE[sign] !== 1) throw new SyntaxError(`Sign ${sign} in JSON`)
    if (sign === QUOTE) inString = true
    else if (sign === OPEN || sign === OPEN_LIST) deep = open.push(sign) > MAX_DEPTH || deep
    else if (sign === CLOSE || sign === CLOSE_LIST) {
      if (open.length === 2) ended(at)
      if (open.pop() !== (sign === CLOSE ? OPEN : OPEN_LIST)) throw new SyntaxError('A bracket that does not fit')
    } else if (open.length === 2 && sign === COMMA) ended(at)
    else if (open.length === 2 && sign === COLON) value = at + 1
  }
  if (open.length > 0 || inString) throw new SyntaxError('JSON without an end')
  read.push(bytes.subarray(copied))
  if (read.reduce((length, part) => length + part.length, 0) > MAX_READ_BYTES) return null
  const command = commandOf(JSON.parse(read.join('')))
  if (command === null || !('params' in command)) return command
  if (deep) return tooDeep(command.id)
  let size = 0
  for (const [name, text] of Object.entries(command.params)) {
    const part = typeof text === 'string' && text.startsWith(mark) ? unread[Number(text.slice(mark.length))] : undefined
    if (!part) continue
    if (!UNREAD.has(name) && (size += part.length) > MAX_READ_BYTES) return invalid(`\`${name}\` is too long.`, command.id)
    command.params[name] = UNREAD.has(name) ? new RawJson(part) : JSON.parse(part.toString())
  }
  return { ...command, isLarge: true }
}

function isEscaped(bytes: Buffer, quote: number): boolean {
  let before = quote
  while (bytes[before - 1] === BACKSLASH) before--
  return (quote - before) % 2 === 1
}
