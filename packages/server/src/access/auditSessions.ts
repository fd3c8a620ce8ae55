/**
 * What of a session's life the audit log remembers, whichever way it came about: who takes the wheel and how it goes
 * back, and the end of a session that nobody asked for.
 */
import type { Session } from '../sessions/session.ts'
import { actorOf, SERVER } from './audit.ts'
import type { Actor, Audit } from './audit.ts'
import type { Principal } from './principal.ts'

/** Reasons with which people close a session: those are remembered where they asked. */
export const CLOSED_BY_REQUEST = ['closed by request', 'closed by a viewer']

/** `principalOf`: by which credential somebody drives under this client id. */
export function auditSession(session: Session, audit: Audit, principalOf: (clientId: string) => Principal | null): void {
  let holder: { clientId: string; actor: Actor } | null = null
  const { control } = session
  control.events.on('changed', ({ info }) => {
    const clientId = control.holder?.clientId ?? null
    if (clientId === (holder?.clientId ?? null)) return
    const last = holder
    // Its actor is asked for while it is there: afterwards nobody knows it any more.
    holder = clientId === null ? null : { clientId, actor: actorOf(principalOf(clientId)) }
    if (holder) {
      const data = { client_id: holder.clientId, epoch: info.epoch, ...(last ? { from: last.clientId } : {}) }
      audit.record({ action: 'control.take', actor: holder.actor, sessionId: session.id, data })
    }
    if (last) {
      const { reason, outcome } = info.last_handback ?? {}
      const data = { client_id: last.clientId, epoch: info.epoch, ...(holder ? { to: holder.clientId } : { reason, outcome }) }
      audit.record({ action: 'control.release', actor: last.actor, sessionId: session.id, data })
    }
  })
  session.events.once('closed', () => {
    const reason = session.row.closedReason
    if (reason !== null && !CLOSED_BY_REQUEST.includes(reason))
      audit.record({ action: 'session.close', actor: SERVER, sessionId: session.id, data: { reason } })
  })
}
