/** Named profiles: what cookies and storage are kept for, which session has them, and how to forget them. */
import { useState } from 'react'
import type { ReactNode } from 'react'
import { Trash2, UserRoundCog } from 'lucide-react'
import type { Profile } from '@tandem/client'
import { tandem } from '../api.ts'
import { age, bytes } from '../format.ts'
import { useNow, useTitle } from '../hooks.ts'
import { navigate, sessionPath } from '../router.ts'
import { Button, IconButton } from '../ui/Button.tsx'
import { Confirm } from '../ui/Confirm.tsx'
import { List, Nothing, Placeholders, Row, RowIcon } from '../ui/List.tsx'
import { Shell } from '../ui/Shell.tsx'
import type { PageProps } from '../ui/Shell.tsx'
import { useListing } from '../useListing.ts'

const REFRESH_MS = 5_000

export function ProfilesPage({ onShut, onSignedOut }: PageProps): ReactNode {
  useTitle('Profiles · Tandem')
  const { data, problem, refresh } = useListing(async (signal) => (await tandem().profiles.list({ signal })).data, REFRESH_MS, 'profiles', onShut)
  const [deleting, setDeleting] = useState<Profile | null>(null)
  const now = useNow(true, 10_000)
  return (
    <Shell
      place="profiles"
      title="Profiles"
      intro="A profile keeps cookies and storage from session to session: log in once, and the next session with it still is. One session at a time has it."
      problem={problem}
      onSignedOut={onSignedOut}
    >
      {data === null ? (
        <Placeholders label="Loading profiles" />
      ) : data.length === 0 ? (
        <Nothing icon={<UserRoundCog />} title="No profiles yet" text="Give a new session a profile’s name, and it is made.">
          <Button onClick={() => navigate('/')}>All sessions</Button>
        </Nothing>
      ) : (
        <List label="Profiles">
          {data.map((profile) => (
            <Row key={profile.name} data-row={profile.name}>
              <RowIcon look={profile.session_id === null ? undefined : 'bg-agent-soft text-agent-ink'}>
                <UserRoundCog />
              </RowIcon>
              <div className="min-w-0 flex-1">
                <div className="truncate text-base font-[550] tracking-[-0.006em]">{profile.name}</div>
                <div className="truncate text-muted tabular-nums">
                  {bytes(profile.bytes)} · {profile.session_id === null ? `last used ${age(profile.last_used_at, now)} ago` : 'in use'}
                </div>
              </div>
              {profile.session_id !== null && (
                <Button kind="outline" onClick={() => navigate(sessionPath(profile.session_id ?? ''))}>
                  Open its session
                </Button>
              )}
              <IconButton label={`Delete ${profile.name}`} disabled={profile.session_id !== null} onClick={() => setDeleting(profile)}>
                <Trash2 />
              </IconButton>
            </Row>
          ))}
        </List>
      )}
      {deleting !== null && (
        <Confirm
          title={`Delete the profile “${deleting.name}”?`}
          text="Its cookies, logins and storage are gone for good. A session that names it again begins with an empty one."
          action="Delete profile"
          onConfirm={async () => {
            await tandem().profiles.delete(deleting.name)
            await refresh()
          }}
          onClose={() => setDeleting(null)}
        />
      )}
    </Shell>
  )
}
