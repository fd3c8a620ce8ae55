/** Who is it, and where do they want to go: sign-in, the list, or one session. */
import { useEffect, useState } from 'react'
import type { ReactNode } from 'react'
import { codeOf, failureOf, messageOf } from './api.ts'
import { forgetSessionToken, identify, login } from './auth.ts'
import type { Identity } from './auth.ts'
import { LinkProblem, Message, ServerDown } from './pages/Problem.tsx'
import { SignIn } from './pages/SignIn.tsx'
import { navigate, readRoute, usePath } from './router.ts'
import type { Route } from './router.ts'
import { SessionGate } from './session/SessionGate.tsx'
import { AuditPage } from './audit/AuditPage.tsx'
import { KeysPage } from './keys/KeysPage.tsx'
import { NodesPage } from './nodes/NodesPage.tsx'
import { ProfilesPage } from './profiles/ProfilesPage.tsx'
import { SessionsPage } from './sessions/SessionsPage.tsx'
import { WebhooksPage } from './webhooks/WebhooksPage.tsx'
import type { PageProps } from './ui/Shell.tsx'
import { Button } from './ui/Button.tsx'
import { Toasts } from './ui/Toasts.tsx'

export function App({ loginToken }: { loginToken: string | null }): ReactNode {
  const route = readRoute(usePath())
  const sessionId = route.page === 'session' ? route.id : null
  return (
    <>
      {route.page === 'unknown' ? (
        <Message title="There is nothing here" text="The address may be mistyped, or from an older version.">
          <Button kind="solid" onClick={() => navigate('/')}>
            All sessions
          </Button>
        </Message>
      ) : (
        <Door key={sessionId ?? ''} sessionId={sessionId} page={route.page} loginToken={loginToken} />
      )}
      <Toasts />
    </>
  )
}

type Gate = { state: 'checking' } | { state: 'open'; identity: Identity } | { state: 'shut'; error: unknown }

/** A login token is exchanged once; strict mode runs effects twice, and a retry must not spend it again. */
const logins = new Map<string, Promise<void>>()

function loginOnce(token: string): Promise<void> {
  const known = logins.get(token)
  if (known !== undefined) return known
  const made = login(token)
  logins.set(token, made)
  made.catch((error: unknown) => {
    if (failureOf(error) === 'offline') logins.delete(token)
  })
  return made
}

const PAGES: Partial<Record<Route['page'], (props: PageProps) => ReactNode>> = {
  profiles: ProfilesPage,
  keys: KeysPage,
  webhooks: WebhooksPage,
  nodes: NodesPage,
  audit: AuditPage,
}

interface DoorProps {
  sessionId: string | null
  page: Route['page']
  loginToken: string | null
}

function Door({ sessionId, page, loginToken }: DoorProps): ReactNode {
  const [gate, setGate] = useState<Gate>({ state: 'checking' })
  const [attempt, setAttempt] = useState(0)
  /** Somebody signed in by hand: the link from the address no longer counts. */
  const [signedIn, setSignedIn] = useState(false)
  useEffect(() => {
    let current = true
    const check = async (): Promise<Identity> => {
      if (loginToken !== null && !signedIn) await loginOnce(loginToken)
      return identify(sessionId)
    }
    check().then(
      (identity) => current && setGate({ state: 'open', identity }),
      (error: unknown) => current && setGate({ state: 'shut', error }),
    )
    return () => {
      current = false
    }
  }, [sessionId, loginToken, signedIn, attempt])

  const retry = (): void => setAttempt((count) => count + 1)
  const enter = (): void => {
    if (sessionId !== null) forgetSessionToken(sessionId)
    setSignedIn(true)
    retry()
  }
  const shut = (error: unknown): void => setGate({ state: 'shut', error })

  if (gate.state === 'checking') return null
  if (gate.state === 'shut') {
    switch (failureOf(gate.error)) {
      case 'offline':
        return <ServerDown onRetry={retry} />
      case 'no-credential':
        return <SignIn onSignedIn={enter} />
      case 'bad-credential':
        return <LinkProblem code={codeOf(gate.error)} onSignedIn={enter} />
      default:
        return (
          <Message title="Something broke" text={messageOf(gate.error)}>
            <Button kind="solid" onClick={retry}>
              Try again
            </Button>
          </Message>
        )
    }
  }
  if (sessionId !== null) return <SessionGate id={sessionId} identity={gate.identity} onShut={shut} />
  const Page = PAGES[page] ?? SessionsPage
  return <Page onShut={shut} onSignedOut={enter} />
}
