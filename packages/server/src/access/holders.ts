/**
 * Control goes back when the credential of whoever drives ends. A viewer's socket sees to that itself; this is for those
 * who drive by REST, with no socket that could end.
 */
import type { Session } from '../sessions/session.ts'
import type { Auth } from './auth.ts'
import type { Principal } from './principal.ts'

/** `principalOf`: by which credential somebody drives under this client id. */
export function endHoldersWithCredentials(session: Session, auth: Auth, principalOf: (clientId: string) => Principal | null): void {
  const { control } = session
  let holder: string | null = null
  let undo = (): void => undefined
  control.events.on('changed', () => {
    const clientId = control.holder?.clientId ?? null
    if (clientId === holder) return
    undo()
    undo = () => undefined
    holder = clientId
    const who = clientId === null || session.watchers.get(clientId) ? null : principalOf(clientId)
    if (clientId === null || who === null) return
    const end = (): void => control.holderLeft(clientId, 'goodbye')
    undo = auth.watch(who, end)
    // It may have ended while the takeover waited.
    auth.isGood(who).then(
      (good) => good || holder !== clientId || end(),
      (error: unknown) => session.log.warn({ err: error }, 'the credential of a driver was not looked at'),
    )
  })
  session.events.once('closed', () => undo())
}
