/** A session that is over: why, and what happened in it. */
import type { ReactNode } from 'react'
import { ArrowLeft } from 'lucide-react'
import type { AgentSession } from '@tandem/client'
import type { Identity } from '../auth.ts'
import { age } from '../format.ts'
import { useTitle } from '../hooks.ts'
import { navigate } from '../router.ts'
import { modeLabel } from '../sessions/modes.ts'
import { sessionName } from '../sessions/SessionRow.tsx'
import { Button } from '../ui/Button.tsx'
import { TimelineList } from './Timeline.tsx'

export function ClosedSession({ session, identity }: { session: AgentSession; identity: Identity }): ReactNode {
  const name = sessionName(session)
  useTitle(`Closed · ${name} · Tandem`)
  const closedAt = session.closed_at ?? session.updated_at
  return (
    <main className="mx-auto max-w-[640px] px-5 pt-4 pb-12">
      {identity.role === 'admin' && (
        <Button kind="ghost" icon={<ArrowLeft />} onClick={() => navigate('/')} className="-ml-3 text-muted">
          Sessions
        </Button>
      )}
      <div className="pt-8">
        <span className="inline-flex h-6 items-center rounded-full bg-sunken px-2.5 text-xs font-medium text-muted shadow-[inset_0_0_0_1px_var(--line)]">
          Closed
        </span>
        <h1 className="mt-3 text-xl leading-7 font-semibold tracking-[-0.02em] [overflow-wrap:anywhere]">{name}</h1>
        <p className="mt-1 text-base text-muted">
          {session.closed_reason === null || session.closed_reason === '' ? 'This session is over.' : `This session is over: ${session.closed_reason}.`} It ran
          for {age(session.created_at, new Date(closedAt).getTime())} in mode {modeLabel(session.mode).toLowerCase()}.
        </p>
      </div>
      <h2 className="mt-8 mb-2 font-semibold">Timeline</h2>
      <div className="rounded-xl bg-panel py-2 shadow-[0_0_0_1px_var(--line)]">
        <TimelineList id={session.id} token={identity.token} live={false} />
      </div>
    </main>
  )
}
