/**
 * Scripts of ours beside the page's own: they share its document and nothing else, so the page neither sees nor changes
 * them. None counts as a person's gesture: a page that believes that somebody touched it may play sound, fill the
 * screen, ask before it is left, and its own redirect wins over an agent's navigation.
 */
import { randomUUID } from 'node:crypto'
import { TandemError } from '@tandem/protocol'
import type { CdpSession } from './connection.ts'

/** Nobody else can have the name: contexts and scripts under it are kept from agents, and a page could hide its own behind it. */
export const WORLD = `tandem-${randomUUID()}`

/** The value of an expression in the isolated world of a frame; the main frame when no frame is named. The caller says what type it is. */
export async function evaluateIsolated<T>(session: CdpSession, frameId: string | undefined, expression: string): Promise<T> {
  const frame = frameId ?? (await session.send('Page.getFrameTree')).frameTree.frame.id
  // Asked again for the same name and frame, Chromium answers with the same world.
  const { executionContextId } = await session.send('Page.createIsolatedWorld', { frameId: frame, worldName: WORLD })
  return evaluateIn<T>(session, executionContextId, expression)
}

/** Resolves when this frame has drawn with what its page was told before. One that draws nothing never does. */
export function twoFrames(session: CdpSession, frameId: string): Promise<unknown> {
  return evaluateIsolated(session, frameId, 'new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))')
}

/** @param options.userGesture For pages of our own alone. */
export async function evaluateIn<T>(
  session: CdpSession,
  contextId: number | undefined,
  expression: string,
  { userGesture = false }: { userGesture?: boolean } = {},
): Promise<T> {
  const { result, exceptionDetails } = await session.send('Runtime.evaluate', {
    expression: named(expression),
    contextId,
    returnByValue: true,
    awaitPromise: true,
    userGesture,
  })
  if (exceptionDetails) throw new TandemError('browser/method-failed', exceptionDetails.exception?.description ?? exceptionDetails.text)
  // Our own expression: its type is known where it is written.
  return result.value as T
}

/** A script that the gateway knows as ours: in an agent's coverage of the page it would be one without an address. */
export function named(script: string): string {
  return `${script}\n//# sourceURL=${WORLD}`
}
