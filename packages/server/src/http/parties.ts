/**
 * Who a REST caller is to control. The caller names its `client_id` itself, so a name belongs to the credential
 * that used it first, and the ids of viewers on live sockets cannot be borrowed. Admins may speak for anybody.
 */
import { TandemError } from '@tandem/protocol'
import { credentialOf } from '../access/principal.ts'
import type { Principal } from '../access/principal.ts'
import type { Party } from '../control/types.ts'
import type { Session } from '../sessions/session.ts'

/** Names that are remembered for one session: whoever makes up more gets no further. */
const MAX_NAMES = 1_000

export function principalOfParty(session: Session, clientId: string): Principal | null {
  return session.watchers.get(clientId)?.arrival.principal ?? session.actors.get(clientId) ?? null
}

const owners = new WeakMap<Session, Map<string, string>>()

/** @throws TandemError `auth/forbidden` when the id is somebody else's, `request/rate-limited` when there were too many */
export function partyOf(session: Session, principal: Principal, clientId: string, name?: string): Party {
  const party: Party = { clientId, name: name ?? session.watchers.get(clientId)?.viewer.name ?? clientId, role: principal.role }
  if (principal.role === 'admin') return remember(session, principal, party)
  const known = owners.get(session) ?? new Map<string, string>()
  owners.set(session, known)
  const credential = credentialOf(principal)
  const owner = known.get(clientId)
  // A viewer's id is its socket's own; a participant of the room has its id for as long as its credential lasts.
  const watcher = session.watchers.get(clientId)
  const taken =
    clientId.startsWith('vwr_') ||
    (watcher !== undefined && credentialOf(watcher.arrival.principal) !== credential) ||
    (owner !== undefined && owner !== credential) ||
    (owner === undefined && session.control.holder?.clientId === clientId)
  if (taken) throw new TandemError('auth/forbidden', 'This client_id belongs to somebody else; use one of your own.', { client_id: clientId })
  if (owner === undefined && known.size >= MAX_NAMES)
    throw new TandemError('request/rate-limited', `More than ${MAX_NAMES} client_ids were used in this session. Keep to one for each person.`)
  known.set(clientId, credential)
  return remember(session, principal, party)
}

function remember(session: Session, principal: Principal, party: Party): Party {
  const { actors } = session
  if (actors.size < MAX_NAMES || actors.has(party.clientId)) actors.set(party.clientId, principal)
  return party
}

/** Input, navigation and the like by REST: with a `client_id` a human's, which must have control; without, the agent's, which must not be fenced. */
export function driveByRest(session: Session, principal: Principal, clientId: string | undefined, epoch?: number): ReturnType<Session['drive']> {
  if (clientId !== undefined) {
    if (principal.role !== 'agent') return session.drive(partyOf(session, principal, clientId).clientId, epoch)
    throw new TandemError('auth/forbidden', 'An agent drives under no client_id; leave it out.', { needs: 'control', role: principal.role })
  }
  if (principal.role !== 'agent' && principal.role !== 'admin') throw new TandemError('request/invalid', 'Say who you are with `client_id`.')
  assertAgentMay(session, principal, 'act')
  return session.browser
}

/** The same answer that the gateway gives for a command of this kind. @throws TandemError `control/human-driving`, `control/observe-first`, `control/mode` */
export function assertAgentMay(session: Session, principal: Principal, kind: 'look' | 'act'): void {
  const verdict = session.control.admit(kind, credentialOf(principal))
  if (verdict === 'pass') return
  const { driver, since } = session.control.info
  throw new TandemError(verdict, undefined, verdict === 'control/human-driving' ? { holder: driver, since } : {})
}
