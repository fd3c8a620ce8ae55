/** Links that open the picture with no login: made for watching or for the wheel too, and the list of those that work, with who uses them. */
import { useState } from 'react'
import type { ReactNode } from 'react'
import type { ViewerToken, ViewerTokenListed } from '@tandem/client'
import { messageOf, tandem } from '../api.ts'
import { Button } from '../ui/Button.tsx'
import { Confirm } from '../ui/Confirm.tsx'
import { CopyLine } from '../ui/CopyButton.tsx'
import { Dialog } from '../ui/Dialog.tsx'
import { Field, Input } from '../ui/Field.tsx'
import { Segmented } from '../ui/Segmented.tsx'
import { Select } from '../ui/Select.tsx'
import { Switch } from '../ui/Switch.tsx'
import { useListing } from '../useListing.ts'
import { useSession } from './context.ts'
import { ShareLinks } from './ShareLinks.tsx'

const LIFETIMES = [
  { value: '3600', label: '1 hour' },
  { value: '86400', label: '1 day' },
  { value: '604800', label: '7 days' },
  { value: '2592000', label: '30 days' },
] as const
type Lifetime = (typeof LIFETIMES)[number]['value']
type ShareRole = 'view' | 'control'

const EXPLAINED = {
  view: 'Whoever has the link sees the picture and hears the sound.',
  control: 'Whoever has the link may also take the wheel: click, type, and answer the agent.',
}
const REFRESH_MS = 3_000

export function ShareDialog({ onClose }: { onClose: () => void }): ReactNode {
  const { session, identity, snapshot } = useSession()
  const { sessions } = tandem(identity.token)
  // Anew at once when somebody comes or goes.
  const key = snapshot.viewers.map(({ id }) => id).join(' ')
  const [links, setLinks] = useState<readonly ViewerTokenListed[] | null>(null)
  const load = async (signal?: AbortSignal): Promise<void> => setLinks((await sessions.listTokens(session.id, { signal })).data)
  const { problem, refresh } = useListing(load, REFRESH_MS, key, () => {})
  const [revoking, setRevoking] = useState<ViewerTokenListed | null>(null)
  return (
    <>
      <Dialog title="Share this session" width={480} onClose={onClose}>
        <NewLink onMade={() => void refresh()} />
        <ShareLinks links={links} problem={problem} onRevoke={setRevoking} />
      </Dialog>
      {revoking !== null && (
        <Confirm
          title={`Withdraw ${revoking.name === null ? 'this link' : `“${revoking.name}”`}?`}
          text={
            revoking.viewers === 0
              ? 'It opens nothing from now on. This cannot be undone.'
              : `It opens nothing from now on, and ${revoking.viewers === 1 ? 'the viewer who came by it is' : `the ${revoking.viewers} viewers who came by it are`} disconnected at once. This cannot be undone.`
          }
          action="Withdraw link"
          onConfirm={async () => {
            await sessions.revokeToken(session.id, revoking.id)
            await refresh()
          }}
          onClose={() => setRevoking(null)}
        />
      )}
    </>
  )
}

function NewLink({ onMade }: { onMade: () => void }): ReactNode {
  const { session, identity } = useSession()
  const [role, setRole] = useState<ShareRole>('view')
  const [lifetime, setLifetime] = useState<Lifetime>('86400')
  const [name, setName] = useState('')
  const [single, setSingle] = useState(false)
  const [link, setLink] = useState<ViewerToken | null>(null)
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<string | null>(null)

  const create = async (): Promise<void> => {
    setBusy(true)
    setError(null)
    try {
      const body = { role, expires_in_s: Number(lifetime), single_use: single, ...(name.trim() === '' ? {} : { name: name.trim() }) }
      setLink(await tandem(identity.token).sessions.createToken(session.id, body))
      setName('')
      onMade()
    } catch (reason) {
      setError(messageOf(reason))
    }
    setBusy(false)
  }
  // What is asked for is no longer what was made.
  const changing =
    <T,>(set: (value: T) => void) =>
    (value: T): void => {
      set(value)
      setLink(null)
    }

  return (
    <form
      className="space-y-4"
      onSubmit={(event) => {
        event.preventDefault()
        void create()
      }}
    >
      <div>
        <div className="mb-1.5 font-medium">With the link one can</div>
        <Segmented
          label="What the link allows"
          value={role}
          className="flex w-full"
          onChange={changing(setRole)}
          options={[
            { value: 'view', label: 'Watch' },
            { value: 'control', label: 'Watch and take control' },
          ]}
        />
        <p className="mt-1.5 text-xs text-muted">{EXPLAINED[role]}</p>
      </div>
      <div className="grid grid-cols-2 gap-3">
        <Field label="It works for">
          {(ids) => <Select {...ids} className="w-full" value={lifetime} options={LIFETIMES} onChange={changing(setLifetime)} />}
        </Field>
        <Field label="For whom" optional>
          {(ids) => <Input {...ids} maxLength={100} placeholder="Ada, support, …" value={name} onChange={(event) => changing(setName)(event.target.value)} />}
        </Field>
      </div>
      <label className="flex items-start gap-3">
        <span className="min-w-0 flex-1">
          <span className="block font-medium">Works once</span>
          <span className="block text-xs text-muted">Lets one viewer in, who may come back; everybody else is refused.</span>
        </span>
        <Switch label="Works once" checked={single} onChange={changing(setSingle)} />
      </label>
      <div className="min-h-[58px]" data-share="">
        {link === null ? (
          <Button kind="solid" type="submit" disabled={busy} className="h-9 w-full pointer-coarse:h-11">
            {busy ? 'Making the link…' : 'Make link'}
          </Button>
        ) : (
          <>
            <CopyLine text={link.url} what="link" />
            <p className="mt-1.5 text-xs text-muted">
              Copy it now, it is shown this once. It works until{' '}
              {new Date(link.expires_at).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' })}, or until the session closes.
            </p>
          </>
        )}
        {error !== null && (
          <p role="alert" className="mt-2 text-xs text-bad">
            {error}
          </p>
        )}
      </div>
    </form>
  )
}
