/** All sessions, live. Knows the list and its dialogs; a row knows one session. */
import { useState } from 'react'
import type { ReactNode } from 'react'
import { Plus } from 'lucide-react'
import type { AgentSession } from '@tandem/client'
import { tandem } from '../api.ts'
import { useNow, useTitle } from '../hooks.ts'
import { navigate, sessionPath } from '../router.ts'
import { Button } from '../ui/Button.tsx'
import { Confirm } from '../ui/Confirm.tsx'
import { List, Placeholders } from '../ui/List.tsx'
import { Segmented } from '../ui/Segmented.tsx'
import { Shell } from '../ui/Shell.tsx'
import type { PageProps } from '../ui/Shell.tsx'
import { useListing } from '../useListing.ts'
import { NoClosedSessions, NoSessions } from './Empty.tsx'
import { NewSessionDialog } from './NewSessionDialog.tsx'
import { sessionName, SessionRow } from './SessionRow.tsx'

const REFRESH_MS = 2_000
type Filter = 'open' | 'closed'

export function SessionsPage({ onShut, onSignedOut }: PageProps): ReactNode {
  const [filter, setFilter] = useState<Filter>('open')
  const [creating, setCreating] = useState(false)
  const [closing, setClosing] = useState<AgentSession | null>(null)
  const now = useNow()
  const load = async (signal?: AbortSignal): Promise<AgentSession[]> => (await tandem().sessions.list({ status: filter, limit: 100, signal })).data
  const { data: sessions, problem, refresh } = useListing(load, REFRESH_MS, filter, onShut)
  const count = sessions?.length ?? 0
  // Which server has it matters only where there are several.
  const servers = new Set(sessions?.map((session) => session.server?.id ?? ''))
  useTitle(filter === 'open' && count > 0 ? `Sessions (${count}) · Tandem` : 'Sessions · Tandem')

  return (
    <Shell
      place="sessions"
      title="Sessions"
      problem={problem}
      onSignedOut={onSignedOut}
      tools={
        <Segmented
          label="Which sessions"
          value={filter}
          onChange={setFilter}
          options={[
            { value: 'open', label: 'Open' },
            { value: 'closed', label: 'Closed' },
          ]}
        />
      }
      action={
        <Button kind="solid" icon={<Plus />} onClick={() => setCreating(true)} className="pointer-coarse:h-10">
          {/* One part of the button's row: two would be apart by its gap. */}
          <span>
            New<span className="max-sm:sr-only"> session</span>
          </span>
        </Button>
      }
    >
      {sessions === null ? (
        <Placeholders label="Loading sessions" />
      ) : count === 0 ? (
        filter === 'open' ? (
          <NoSessions onCreate={() => setCreating(true)} />
        ) : (
          <NoClosedSessions />
        )
      ) : (
        <List label="Sessions">
          {sessions.map((session) => (
            <SessionRow key={session.id} session={session} now={now} severalServers={servers.size > 1} onClose={() => setClosing(session)} />
          ))}
        </List>
      )}

      {creating && <NewSessionDialog onClose={() => setCreating(false)} onCreated={(session) => navigate(sessionPath(session.id))} />}
      {closing !== null && (
        <Confirm
          title={`Close “${sessionName(closing)}”?`}
          text="Its browser ends with everything that is open in it. Agents and viewers are disconnected. This cannot be undone."
          action="Close session"
          onConfirm={async () => {
            await tandem().sessions.close(closing.id)
            await refresh()
          }}
          onClose={() => setClosing(null)}
        />
      )}
    </Shell>
  )
}
