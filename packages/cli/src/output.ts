/** What the commands print: lines for people or JSON for programs, and failures with what to do next. */
import { ERRORS, isTandemError } from '@tandem/client'

export interface Io {
  out: { write(text: string): unknown }
  err: { write(text: string): unknown }
  env: Record<string, string | undefined>
}

export const EXIT = { done: 0, refused: 1, usage: 2, unreachable: 3 } as const

/** A command line that cannot be meant; the message says what to write instead. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** No server answers at the address. */
export class UnreachableError extends Error {
  override readonly name = 'UnreachableError'
}

/** Names come from anybody with a link: nothing in them speaks to the terminal, or begins another line. */
// oxlint-disable-next-line no-control-regex
const CONTROL_CHARACTERS = /[\u0000-\u001f\u007f-\u009f]/g

/** `lines` for people, `value` as one JSON line with `--json`. */
export function print(io: Io, json: boolean | undefined, value: unknown, lines: readonly string[]): void {
  io.out.write(json ? `${JSON.stringify(value)}\n` : lines.map((line) => `${line.replace(CONTROL_CHARACTERS, '')}\n`).join(''))
}

/** Columns under their names. */
export function table(names: readonly string[], rows: readonly (readonly string[])[]): string[] {
  return columns([names, ...rows])
}

/** Columns padded to their widest cell. */
export function columns(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = []
  for (const row of rows) for (const [index, cell] of row.entries()) widths[index] = Math.max(widths[index] ?? 0, cell.length)
  return rows.map((row) =>
    row
      .map((cell, index) => cell.padEnd(widths[index] ?? 0))
      .join('  ')
      .trimEnd(),
  )
}

/** Prints a failure on standard error and answers with the exit code that goes with it. */
export function reportFailure(error: unknown, io: Io, json: boolean): number {
  const { code, message, fix, exit } = describe(error)
  if (json) io.err.write(`${JSON.stringify({ error: { code, message, ...(fix === undefined ? {} : { fix }) } })}\n`)
  else io.err.write(`${code}: ${message}\n${fix !== undefined && !message.includes(fix) ? `${fix}\n` : ''}`)
  return exit
}

interface Failure {
  code: string
  message: string
  fix: string | undefined
  exit: number
}

function describe(error: unknown): Failure {
  if (error instanceof UsageError) return { code: 'cli/usage', message: error.message, fix: undefined, exit: EXIT.usage }
  if (!(error instanceof Error)) return { code: 'cli/failed', message: String(error), fix: undefined, exit: EXIT.refused }
  // The SDK wraps what our fetch threw.
  if (error.cause instanceof UnreachableError) return { code: 'cli/unreachable', message: error.cause.message, fix: undefined, exit: EXIT.unreachable }
  if (!isTandemError(error)) return { code: 'cli/failed', message: error.message, fix: undefined, exit: EXIT.refused }
  return { code: error.code, message: error.message, fix: ERRORS[error.code].fix, exit: EXIT.refused }
}
