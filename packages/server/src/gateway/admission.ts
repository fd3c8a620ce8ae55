/**
 * What is asked of each command before it goes on: is it allowed at all, and does control let it pass now.
 * Decides and changes nothing but the params that it checked; `client.ts` answers and sends.
 */
import { assertUrlAllowed } from '@tandem/browser'
import { TandemError, type ErrorCode } from '@tandem/protocol'
import type { Control } from '../control/control.ts'
import type { ClientSession, TargetInfo } from './clientSession.ts'
import type { Command } from './commands.ts'
import { evaluateKind } from './evaluateKind.ts'
import { BODIES, EVALUATES, LAYOUT, type MethodRule } from './methods.ts'
import { assertPathsAllowed } from './paths.ts'
import { REDACTED } from './redact.ts'

/** Navigations: the URL that they name is checked as a human's is. */
const URL_PARAMS: ReadonlySet<string> = new Set(['Page.navigate', 'Target.createTarget', 'Network.loadNetworkResource', 'Fetch.continueRequest'])

/** In a session of the older kind nobody here could let a worker or a frame of the human run that waits for the client. */
const ATTACHES: ReadonlySet<string> = new Set(['Target.attachToTarget', 'Target.setAutoAttach'])

const SET_FOCUS = 'Emulation.setFocusEmulationEnabled'
const ADD_SCRIPT = 'Page.addScriptToEvaluateOnNewDocument'

export interface AdmissionOptions {
  isHidden: (target: TargetInfo) => boolean
  /** There are as many tabs as may be. */
  isFull: () => boolean
  /** Schemes that agents may open beside http, https, data, blob and about:blank. */
  allowedSchemes: readonly string[] | undefined
  /** The server's own folder. */
  privateDir: string | undefined
}

/** Throws what is refused whoever drives; puts the checked URL in place of the client's. */
export function assertAllowed({ method, params }: Command, rule: MethodRule, { isHidden, isFull, allowedSchemes, privateDir }: AdmissionOptions): void {
  if (rule.pass === 'refused')
    throw new TandemError('gateway/method-refused', `${method} is not for agents here. See docs/gateway.md for what an agent may call.`, { method })
  const { targetId, url } = params
  if (typeof targetId === 'string' && isHidden({ targetId, type: '', url: '' })) throw new TandemError('gateway/target-hidden')
  if (method === 'Target.createTarget' && params['hidden'] === true)
    throw new TandemError('gateway/method-refused', 'Agents cannot open hidden targets: somebody may be watching.', { method })
  if (method === 'Target.createTarget' && isFull()) throw new TandemError('browser/tab-limit')
  if (ATTACHES.has(method) && params['flatten'] !== true && params['autoAttach'] !== false)
    throw new TandemError('gateway/method-refused', `${method} works here with \`flatten: true\` alone; sessions inside of sessions cannot be followed.`, {
      method,
    })
  if (privateDir !== undefined) assertPathsAllowed(method, params, privateDir)
  if (URL_PARAMS.has(method) && typeof url === 'string' && url !== '') params['url'] = assertUrlAllowed(url, allowedSchemes)
  if (method.startsWith('Fetch.')) keepRedactedHeaders(params)
}

/** Throws for what is left of a human's turn and stays with the human: passwords in forms that were sent, what a login answered. */
export function assertNotOfHuman({ method, params }: Command, session: ClientSession): void {
  const { requestId } = params
  if (!BODIES.has(method) || typeof requestId !== 'string' || !session.isHumanRequest(requestId)) return
  throw new TandemError('gateway/method-refused', 'This request went out while a human drove; what it carried is not shown to agents. Read the page instead.', {
    method,
  })
}

/** Why control does not let the command pass now; null when it does. Remembers whether the agent has looked. */
export function verdictOn(
  { method, params }: Command,
  { pass, kind }: MethodRule,
  session: ClientSession,
  control: Control,
  credential: string,
): ErrorCode | null {
  if (control.fenced) {
    // A script for the documents to come is in the human's hands, too, when it is the human who opens them.
    if (pass === 'always' && (method !== ADD_SCRIPT || session.isBeingSetUp || isEmptyScript(params['source']))) return null
    if (pass === 'connect' && !session.settled) return null
    if (pass === 'setup' && session.isBeingSetUp) return null
  } else if (pass === 'always' || !control.mustObserve(credential) || (pass !== 'fenced' && !session.settled)) return null
  const verdict = control.admit(control.fenced ? 'act' : EVALUATES.has(method) ? evaluateKind(method, params) : kind, credential)
  return verdict === 'pass' ? null : verdict
}

/** Whether a command that passes is answered without being done: the viewport or the fonts of a page that a human looks at, and the focus, which is where the human is. */
export function isOnlyAnswered({ method }: Command, session: ClientSession, control: Control): boolean {
  return control.fenced && (method === SET_FOCUS || (LAYOUT.has(method) && !session.isBeingSetUp))
}

/** Clients name their isolated world with a script that does nothing. */
function isEmptyScript(source: unknown): boolean {
  return typeof source === 'string' && source.split(/[\n\r\u2028\u2029]/).every((line) => line.trim() === '' || line.trim().startsWith('//'))
}

/**
 * A client that copies the headers of a redacted event would send the redaction on to server or page: a request or
 * response that goes on keeps its own headers then, and one that the client makes up goes without those.
 */
function keepRedactedHeaders(params: Record<string, unknown>): void {
  for (const name of ['headers', 'responseHeaders']) {
    const headers = params[name]
    if (!Array.isArray(headers) || !headers.some(isRedacted)) continue
    // Only a made-up response has a body.
    if ('body' in params) params[name] = headers.filter((header: unknown) => !isRedacted(header))
    else delete params[name]
  }
}

function isRedacted(header: unknown): boolean {
  return typeof header === 'object' && header !== null && 'value' in header && header.value === REDACTED
}
