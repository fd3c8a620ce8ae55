/** API keys by name: made (shown once), listed with their last use, revoked. */
import { useState } from 'react'
import type { ReactNode } from 'react'
import { KeyRound, Plus, Trash2 } from 'lucide-react'
import type { ApiKey } from '@tandem/client'
import { tandem } from '../api.ts'
import { age, day } from '../format.ts'
import { useNow, useTitle } from '../hooks.ts'
import { Button, IconButton } from '../ui/Button.tsx'
import { Confirm } from '../ui/Confirm.tsx'
import { List, Nothing, Placeholders, Row, RowIcon, Tag } from '../ui/List.tsx'
import { Shell } from '../ui/Shell.tsx'
import type { PageProps } from '../ui/Shell.tsx'
import { useListing } from '../useListing.ts'
import { NewKeyDialog } from './NewKeyDialog.tsx'

const REFRESH_MS = 10_000

export function KeysPage({ onShut, onSignedOut }: PageProps): ReactNode {
  useTitle('API keys · Tandem')
  const { data, problem, refresh } = useListing(async (signal) => (await tandem().apiKeys.list({ signal })).data, REFRESH_MS, 'keys', onShut)
  const [creating, setCreating] = useState(false)
  const [revoking, setRevoking] = useState<ApiKey | null>(null)
  const now = useNow(true, 10_000)
  const create = (
    <Button kind="solid" icon={<Plus />} onClick={() => setCreating(true)} className="pointer-coarse:h-10">
      New key
    </Button>
  )
  return (
    <Shell
      place="keys"
      title="API keys"
      action={create}
      intro="A key may do everything on this server: give each program its own, so that one can be taken back without the others."
      problem={problem}
      onSignedOut={onSignedOut}
    >
      {data === null ? (
        <Placeholders label="Loading keys" />
      ) : data.length === 0 ? (
        <Nothing icon={<KeyRound />} title="No keys yet" text="Programs sign in with a key; people use links." />
      ) : (
        <List label="API keys">
          {data.map((key) => (
            <KeyRow key={key.id} apiKey={key} now={now} onRevoke={() => setRevoking(key)} />
          ))}
        </List>
      )}
      {creating && (
        <NewKeyDialog
          onCreated={() => void refresh()}
          onClose={() => {
            setCreating(false)
            void refresh()
          }}
        />
      )}
      {revoking !== null && (
        <Confirm
          title={`Revoke “${revoking.name}”?`}
          text="Whatever uses this key is refused from now on: requests, open sockets, logins. Links that were made with it go on. This cannot be undone."
          action="Revoke key"
          onConfirm={async () => {
            await tandem().apiKeys.revoke(revoking.id)
            await refresh()
          }}
          onClose={() => setRevoking(null)}
        />
      )}
    </Shell>
  )
}

function KeyRow({ apiKey, now, onRevoke }: { apiKey: ApiKey; now: number; onRevoke: () => void }): ReactNode {
  const { id, name, hint, own, created_at, last_used_at, expires_at, revoked_at } = apiKey
  const expired = expires_at !== null && Date.parse(expires_at) <= now
  const use = revoked_at !== null ? `revoked ${day(revoked_at)}` : last_used_at === null ? 'never used' : usedWords(age(last_used_at, now))
  const dead = revoked_at !== null || expired
  return (
    <Row data-row={id}>
      <RowIcon>
        <KeyRound />
      </RowIcon>
      <div className={`min-w-0 flex-1 ${dead ? 'opacity-60' : ''}`}>
        <div className="flex flex-wrap items-center gap-x-2 sm:flex-nowrap">
          <span className="max-w-full truncate text-base font-[550] tracking-[-0.006em]">{name}</span>
          {revoked_at !== null ? <Tag tone="bad">Revoked</Tag> : expired ? <Tag tone="warn">Expired</Tag> : null}
          {own && <Tag>The server’s own</Tag>}
        </div>
        <div className="truncate text-muted">
          <code className="font-mono text-xs">{hint}…</code>
          <span className="hidden sm:inline"> · made {day(created_at)}</span>
          {expires_at !== null && revoked_at === null && !expired && ` · until ${day(expires_at)}`}
        </div>
        <div className="truncate text-xs text-muted sm:hidden">{use}</div>
      </div>
      <div
        className="hidden shrink-0 text-right text-muted tabular-nums sm:block"
        title={last_used_at === null ? undefined : new Date(last_used_at).toLocaleString()}
      >
        {use}
      </div>
      <div className="grid w-8 place-items-center">
        {/* The server's own is changed where it comes from. */}
        {!dead && !own && (
          <IconButton label={`Revoke ${name}`} onClick={onRevoke}>
            <Trash2 />
          </IconButton>
        )}
      </div>
    </Row>
  )
}

const usedWords = (passed: string): string => (passed === 'now' ? 'used just now' : `used ${passed} ago`)
