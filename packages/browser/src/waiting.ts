/** Waiting for an event of a session, and giving up in time. */
import { TandemError } from '@tandem/protocol'
import type { ProtocolMapping } from 'devtools-protocol/types/protocol-mapping.d.ts'
import type { CdpEvent, CdpSession } from './connection.ts'

/** Resolves with the first such event for which `matches` is true; rejects when the session ends first. */
export function whenever<E extends CdpEvent>(
  session: CdpSession,
  event: E,
  matches: (...args: ProtocolMapping.Events[E]) => boolean,
): Promise<ProtocolMapping.Events[E]> {
  return new Promise((resolve, reject) => {
    const stop = session.on(event, (...args) => {
      if (!matches(...args)) return
      stop()
      stopDetached()
      resolve(args)
    })
    const stopDetached = session.onDetached(() => {
      stop()
      reject(new TandemError('browser/tab-not-found', 'The tab was closed in the meantime.'))
    })
  })
}

/** The work's result, or the error that `late` makes when it takes longer. */
export async function within<T>(ms: number, work: Promise<T>, late: () => Error): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(late()), ms)
  try {
    return await Promise.race([work, promise])
  } finally {
    clearTimeout(timer)
  }
}
