/** How a refused command is answered on the wire, so that every client fails at once and retries nothing by itself. */
import { ERRORS, toWireError, type ControlInfo, type ErrorCode } from '@tandem/protocol'
import { EVALUATES } from './methods.ts'

/** A CDP error code for "the server refuses": what Chromium uses for its own. */
export const SERVER_ERROR = -32_000
export const INVALID_REQUEST = -32_600
/** As Chromium answers for a session that it does not know. */
export const SESSION_NOT_FOUND = -32_001

export interface Addressed {
  id: number
  method: string
  sessionId: string | undefined
}

/** Text and data of a refusal by the rules of control. */
export function controlRefusal(code: ErrorCode, control: ControlInfo): { message: string; data: Record<string, unknown> } {
  const { driver, since } = control
  const holder = driver.kind === 'human' ? { client_id: driver.client_id, name: driver.name } : null
  const what = code === 'control/human-driving' && holder ? `${holder.name} drives this browser since ${since}` : ERRORS[code].title
  return { message: `${code}: ${what}. ${ERRORS[code].fix}`, data: { code, retry: ERRORS[code].retry, holder, since } }
}

/**
 * A refusal by control as a reply. Evaluations get a result with an exception: Playwright takes a protocol
 * error there as "navigating, try again" and would repeat the action by itself after the handback.
 */
export function refuse(to: Addressed, code: ErrorCode, control: ControlInfo): string {
  const { message, data } = controlRefusal(code, control)
  if (!EVALUATES.has(to.method)) return protocolError(to, message, data)
  const exception = { type: 'object', subtype: 'error', className: 'Error', description: `Error: ${message}` }
  const exceptionDetails = { exceptionId: 1, text: 'Uncaught', lineNumber: 0, columnNumber: 0, exception }
  return JSON.stringify({ id: to.id, result: { result: exception, exceptionDetails }, sessionId: to.sessionId })
}

/** As if it had been done. */
export function emptyResult({ id, sessionId }: Addressed): string {
  return JSON.stringify({ id, result: {}, sessionId })
}

/** `data` goes as JSON text: Chromium's own is text, and Puppeteer writes it behind the message as it is. */
export function protocolError(to: Addressed, message: string, data?: Record<string, unknown>, code = SERVER_ERROR): string {
  return JSON.stringify({ id: to.id, error: { code, message, data: data && JSON.stringify(data) }, sessionId: to.sessionId })
}

/** Any error as a reply; the text of one that is not ours may hold secrets and stays here. */
export function refuseWith(to: Addressed, error: unknown): string {
  const { message, ...data } = toWireError(error)
  return protocolError(to, `${data.code}: ${message}`, data)
}
