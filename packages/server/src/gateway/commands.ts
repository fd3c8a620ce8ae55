/** Reads and checks what a client sends: the border behind which a command has its shape. */
import { TandemError } from '@tandem/protocol'
import { EVALUATES } from './methods.ts'

export interface Command {
  id: number
  method: string
  params: Record<string, unknown>
  /** Absent: the client's root session. */
  sessionId: string | undefined
  /** Some of its params may be `RawJson`. */
  isLarge?: true
}

/** What the gateway itself sends in a client's session. */
export interface OwnCommand {
  method: string
  params: Record<string, unknown>
}

/** Chromium's parser gives up on deeper JSON without naming the command, which would never be answered. */
export const MAX_DEPTH = 200

/**
 * The context for which a client keeps the answer to this evaluation, a refusal too; null: it keeps none.
 * Playwright keeps its library, which it puts into a context by an evaluation of its own; of other clients every handle counts.
 */
export function keptContextOf({ method, params }: Command, isPlaywright: boolean): { contextId: unknown } | null {
  if (!EVALUATES.has(method) || params['returnByValue'] === true || (isPlaywright && method !== 'Runtime.evaluate')) return null
  return { contextId: params['contextId'] ?? params['executionContextId'] }
}

/** Playwright's own isolated world: no other client calls one so. */
export function namesPlaywright({ method, params: { worldName } }: Command): boolean {
  return method === 'Page.createIsolatedWorld' && typeof worldName === 'string' && worldName.startsWith('__playwright')
}

/** Throws SyntaxError for text that is not JSON. Answers null for JSON that is no command and cannot be answered. */
export function readCommand(text: string): Command | TandemError | null {
  const value: unknown = JSON.parse(text)
  const command = commandOf(value)
  // Only text with many brackets can be deep; counting them costs less than walking what was parsed.
  return command && 'params' in command && text.length > 2 * MAX_DEPTH && depthOf(value, MAX_DEPTH) > MAX_DEPTH ? tooDeep(command.id) : command
}

/** The same, of what was parsed. */
export function commandOf(value: unknown): Command | TandemError | null {
  if (!isObject(value)) return null
  const { id, method, params = {}, sessionId } = value
  if (typeof id !== 'number' || !Number.isSafeInteger(id)) return null
  if (typeof method !== 'string') return invalid('A command needs `method`, a string.', id)
  if (!isObject(params)) return invalid('`params` must be an object.', id)
  if (sessionId !== undefined && typeof sessionId !== 'string') return invalid('`sessionId` must be a string.', id)
  return { id, method, params, sessionId: sessionId === '' ? undefined : sessionId }
}

export function tooDeep(id: number): TandemError {
  return invalid('The command is nested too deep.', id)
}

export function invalid(message: string, id: number): TandemError {
  return new TandemError('request/invalid', message, { id })
}

function depthOf(value: unknown, limit: number): number {
  let deepest = 0
  const open: [unknown, number][] = [[value, 1]]
  for (let next = open.pop(); next; next = open.pop()) {
    const [node, depth] = next
    if (typeof node !== 'object' || node === null) continue
    deepest = Math.max(deepest, depth)
    if (deepest > limit) return deepest
    for (const child of Object.values(node)) if (typeof child === 'object') open.push([child, depth + 1])
  }
  return deepest
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
