/** What every part of the session page needs: the live view, its snapshot of now, and who is looking. */
import { createContext, use } from 'react'
import { describeDriver } from '@tandem/client'
import type { AgentSession, DriverDescription, LiveSnapshot } from '@tandem/client'
import type { LiveHandle } from '@tandem/react'
import type { Identity } from '../auth.ts'

export interface SessionScope {
  view: LiveHandle
  snapshot: LiveSnapshot
  /** The session as the live socket tells it; as REST told it until then. */
  session: AgentSession
  identity: Identity
  driver: DriverDescription
  admin: boolean
  phone: boolean
}

export const SessionContext = createContext<SessionScope | null>(null)

export function useSession(): SessionScope {
  const scope = use(SessionContext)
  if (scope === null) throw new Error('useSession outside of a session page')
  return scope
}

export function makeScope(parts: Omit<SessionScope, 'driver' | 'admin' | 'session'> & { first: AgentSession }): SessionScope {
  const { first, ...rest } = parts
  const { snapshot, identity } = rest
  // URLs in the live socket's session may be left out for a role; REST's first answer then still has them.
  const session = snapshot.session === null ? first : { ...first, ...snapshot.session, cdp: snapshot.session.cdp ?? first.cdp }
  return { ...rest, session, driver: describeDriver(snapshot), admin: (snapshot.me?.role ?? identity.role) === 'admin' }
}
