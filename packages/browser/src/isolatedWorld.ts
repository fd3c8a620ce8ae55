/** Scripts of ours beside the page's own: they share its document and nothing else, so the page neither sees nor changes them. */
import { TandemError } from '@tandem/protocol'
import type { CdpSession } from './connection.ts'

export const WORLD = 'tandem'

/** The value of an expression in the isolated world of a frame; the main frame when no frame is named. The caller says what type it is. */
export async function evaluateIsolated<T>(session: CdpSession, frameId: string | undefined, expression: string): Promise<T> {
  const frame = frameId ?? (await session.send('Page.getFrameTree')).frameTree.frame.id
  // Asked again for the same name and frame, Chromium answers with the same world.
  const { executionContextId } = await session.send('Page.createIsolatedWorld', { frameId: frame, worldName: WORLD })
  return evaluateIn<T>(session, executionContextId, expression)
}

export async function evaluateIn<T>(session: CdpSession, contextId: number | undefined, expression: string): Promise<T> {
  const { result, exceptionDetails } = await session.send('Runtime.evaluate', {
    expression,
    contextId,
    returnByValue: true,
    awaitPromise: true,
    userGesture: true,
  })
  if (exceptionDetails) throw new TandemError('browser/method-failed', exceptionDetails.exception?.description ?? exceptionDetails.text)
  // Our own expression: its type is known where it is written.
  return result.value as T
}
