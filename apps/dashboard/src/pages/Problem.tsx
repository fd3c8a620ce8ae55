/** Pages for when there is nothing to show: what happened, and what to do next. */
import { useEffect, useEffectEvent, useState } from 'react'
import type { ReactNode } from 'react'
import { Link2Off, PlugZap } from 'lucide-react'
import { countdown } from '../format.ts'
import { useNow, useTitle } from '../hooks.ts'
import { Button } from '../ui/Button.tsx'
import { Logo } from '../ui/Logo.tsx'
import { KeyForm } from './SignIn.tsx'

interface MessageProps {
  title: string
  text: ReactNode
  icon?: ReactNode
  children?: ReactNode
}

export function Message({ title, text, icon, children }: MessageProps): ReactNode {
  useTitle(`${title} · Tandem`)
  return (
    <main className="grid min-h-full place-items-center px-5 py-10">
      <div className="w-full max-w-[360px] animate-fade">
        <div className="mb-5 [&_svg]:size-8 [&_svg]:stroke-[1.5] [&>svg]:text-muted">{icon ?? <Logo />}</div>
        <h1 className="text-lg leading-6 font-semibold tracking-[-0.015em] text-balance">{title}</h1>
        <p className="mt-1.5 text-base text-muted">{text}</p>
        {children !== undefined && <div className="mt-6">{children}</div>}
      </div>
    </main>
  )
}

const LINK_TITLES: Record<string, string> = {
  'auth/expired': 'This link has expired',
  'auth/revoked': 'This link was withdrawn',
  'auth/forbidden': 'This link does not open this page',
  'auth/used': 'This link was used already',
  'auth/kicked': 'Your watching was ended',
}

export function LinkProblem({ code, onSignedIn }: { code: string | null; onSignedIn: () => void }): ReactNode {
  return (
    <Message
      icon={<Link2Off />}
      title={LINK_TITLES[code ?? ''] ?? 'This link does not work'}
      text="Ask whoever sent it for a new one. If the server is yours, a fresh link or your API key lets you in."
    >
      <KeyForm onSignedIn={onSignedIn} />
    </Message>
  )
}

const FIRST_WAIT_S = 2
const LONGEST_WAIT_S = 30

/** No answer from the server: tries again by itself, with growing pauses and a visible countdown. */
export function ServerDown({ onRetry }: { onRetry: () => void }): ReactNode {
  const [wait, setWait] = useState(() => ({ seconds: FIRST_WAIT_S, until: Date.now() + FIRST_WAIT_S * 1_000 }))
  const now = useNow(true, 250)
  const left = Math.max(0, Math.ceil((wait.until - now) / 1_000))
  const retry = useEffectEvent(onRetry)
  useEffect(() => {
    const timer = setTimeout(
      () => {
        retry()
        const seconds = Math.min(LONGEST_WAIT_S, wait.seconds * 2)
        setWait({ seconds, until: Date.now() + seconds * 1_000 })
      },
      Math.max(0, wait.until - Date.now()),
    )
    return () => clearTimeout(timer)
  }, [wait])
  return (
    <Message icon={<PlugZap />} title="The server does not answer" text="It may be restarting, or this machine may be offline. Sessions survive a restart.">
      <div className="flex items-center gap-3">
        <Button kind="solid" onClick={() => setWait({ seconds: FIRST_WAIT_S, until: Date.now() })}>
          Try now
        </Button>
        <span className="text-muted tabular-nums">{left === 0 ? 'Trying…' : `Next try in ${countdown(left)}`}</span>
      </div>
      <p className="mt-6 text-xs text-muted">
        Start it with <code className="rounded bg-sunken px-1 py-0.5 font-mono shadow-[inset_0_0_0_1px_var(--line)]">npm start</code>.
      </p>
    </Message>
  )
}
