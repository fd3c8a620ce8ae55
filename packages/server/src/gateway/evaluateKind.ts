/**
 * Tells what an evaluation is for, by its text: clients read and act through the same two methods. Asked
 * only after a handback, until the agent has looked, so it may be slow; and only to decide whether that
 * look has happened, so a wrong guess costs one refusal or none and never lets a fenced command pass.
 */
import { RawJson } from '@tandem/browser'
import type { CommandKind } from '../control/types.ts'

/** Playwright and Puppeteer on the way to an action: they find, measure and describe an element, and show the agent nothing. */
const PREPARES =
  /^\(r\) => (\(\{ log: r\.log|r\.element)|previewNode\(|^\(\) => \(\{ width: innerWidth|^\(\[injected, node\]\) => injected\.elementState\(|new Set\(\[node\]\)|IntersectionObserver|getClientRects|isConnected|asSVGElementHandle|addPageBinding|documentElement\.clientWidth/
/** Playwright's injected script changing the page, or about to. */
const ACTS =
  /checkElementStates|setupHitTargetInterceptor|\b(injected\w*|node|element\w*)\.(dispatchEvent|selectOptions|focusNode|blurNode|selectText|setInputFiles|fill|focus|click|select|scrollIntoView\w*)\(/
/** A client's own library on its way into the page. */
const BOOTSTRAP_MIN_CHARS = 8_000

function textsOf(params: Record<string, unknown>): string[] {
  const found = [params['expression'], params['functionDeclaration']]
  if (Array.isArray(params['arguments'])) {
    for (const argument of params['arguments']) if (typeof argument === 'object' && argument !== null && 'value' in argument) found.push(argument.value)
  }
  return found.map((value) => (typeof value === 'string' ? value : (JSON.stringify(value) ?? '')))
}

/** `neutral` when nothing of the page is shown (a handle, a bootstrap), else `act` or `look`. */
export function evaluateKind(method: string, params: Record<string, unknown>): CommandKind {
  if (method !== 'Runtime.evaluate' && method !== 'Runtime.callFunctionOn') return 'look'
  const { expression } = params
  if (expression instanceof RawJson || (typeof expression === 'string' && expression.length >= BOOTSTRAP_MIN_CHARS)) return 'neutral'
  // Nobody looks with a megabyte.
  if (params['arguments'] instanceof RawJson || params['functionDeclaration'] instanceof RawJson) return 'act'
  const texts = textsOf(params)
  const shows = params['returnByValue'] === true
  // Playwright's search carries its whole vocabulary in one text: what it is for shows in what it returns.
  if (texts.some((text) => text.includes('.info.parsed'))) return shows ? (texts.some((text) => text.includes('dispatchEvent(')) ? 'act' : 'look') : 'neutral'
  if (texts.some((text) => ACTS.test(text))) return 'act'
  if (texts.some((text) => PREPARES.test(text))) return 'neutral'
  if (shows) return 'look'
  return method === 'Runtime.callFunctionOn' ? 'neutral' : 'look'
}
