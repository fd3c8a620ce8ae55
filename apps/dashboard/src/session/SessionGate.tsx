/** Looks once over REST before the live socket is opened: is there such a session, is it still open, may we see it. */
import { useEffect, useEffectEvent, useState } from 'react'
import type { ReactNode } from 'react'
import { SearchX } from 'lucide-react'
import type { AgentSession } from '@tandem/client'
import { codeOf, failureOf, messageOf, tandem } from '../api.ts'
import type { Identity } from '../auth.ts'
import { Message } from '../pages/Problem.tsx'
import { navigate } from '../router.ts'
import { Button } from '../ui/Button.tsx'
import { ClosedSession } from './ClosedSession.tsx'
import { SessionPage } from './SessionPage.tsx'

interface SessionGateProps {
  id: string
  identity: Identity
  onShut: (error: unknown) => void
}

type Look = { state: 'looking' } | { state: 'found'; session: AgentSession } | { state: 'failed'; error: unknown }

export function SessionGate({ id, identity, onShut }: SessionGateProps): ReactNode {
  const [look, setLook] = useState<Look>({ state: 'looking' })
  const { token } = identity
  useEffect(() => {
    const abort = new AbortController()
    tandem(token)
      .sessions.get(id, { signal: abort.signal })
      .then(
        (session) => setLook({ state: 'found', session }),
        (error: unknown) => {
          if (!abort.signal.aborted) setLook({ state: 'failed', error })
        },
      )
    return () => abort.abort()
  }, [id, token])

  const shut = look.state === 'failed' && failureOf(look.error) !== 'not-found' && failureOf(look.error) !== 'other' ? look.error : null
  const tell = useEffectEvent(onShut)
  useEffect(() => {
    if (shut !== null) tell(shut)
  }, [shut])

  if (look.state === 'looking' || shut !== null) return null
  if (look.state === 'failed') {
    const missing = failureOf(look.error) === 'not-found'
    return (
      <Message
        icon={<SearchX />}
        title={
          missing ? 'No such session' : codeOf(look.error) === 'session/server-lost' ? 'The server with this browser is gone' : 'The session cannot be shown'
        }
        text={missing ? 'It may belong to another server, or its address is mistyped.' : messageOf(look.error)}
      >
        {identity.role === 'admin' && (
          <Button kind="solid" onClick={() => navigate('/')}>
            All sessions
          </Button>
        )}
      </Message>
    )
  }
  return look.session.status === 'closed' ? (
    <ClosedSession session={look.session} identity={identity} />
  ) : (
    <SessionPage session={look.session} identity={identity} />
  )
}
