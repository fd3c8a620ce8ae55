import { useState } from 'react'
import type { ReactNode } from 'react'
import { messageOf, tandem } from '../api.ts'
import { useMaking } from '../hooks.ts'
import { Button } from '../ui/Button.tsx'
import { Dialog } from '../ui/Dialog.tsx'
import { Field, Input } from '../ui/Field.tsx'
import { SecretDialog } from '../ui/SecretDialog.tsx'
import { Select } from '../ui/Select.tsx'

const LIFETIMES = [
  { value: '', label: 'Until it is revoked' },
  { value: '604800', label: '7 days' },
  { value: '2592000', label: '30 days' },
  { value: '31536000', label: '1 year' },
] as const
type Lifetime = (typeof LIFETIMES)[number]['value']

export function NewKeyDialog({ onCreated, onClose }: { onCreated: () => void; onClose: () => void }): ReactNode {
  const [name, setName] = useState('')
  const [lifetime, setLifetime] = useState<Lifetime>('')
  const request = () => tandem().apiKeys.create({ name: name.trim(), ...(lifetime === '' ? {} : { expires_in_s: Number(lifetime) }) })
  const { made, busy, failure, make } = useMaking(request, onCreated)

  if (made !== null) {
    return (
      <SecretDialog title={`Key “${made.name}”`} what="API key" text={made.key} onClose={onClose}>
        Programs send it as <code className="font-mono">Authorization: Bearer …</code>, or find it in <code className="font-mono">TANDEM_API_KEY</code>.
      </SecretDialog>
    )
  }
  return (
    <Dialog
      title="New API key"
      width={440}
      onClose={onClose}
      onSubmit={make}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="solid" type="submit" disabled={busy || name.trim() === ''} className="min-w-28">
            {busy ? 'Making it…' : 'Make key'}
          </Button>
        </>
      }
    >
      <div className="space-y-4">
        <Field label="Name" hint="What uses it: “nightly run”, “support bot”." error={failure === null ? null : messageOf(failure)}>
          {(ids) => <Input {...ids} maxLength={100} value={name} onChange={(event) => setName(event.target.value)} />}
        </Field>
        <Field label="It works">{(ids) => <Select {...ids} className="w-full" value={lifetime} options={LIFETIMES} onChange={setLifetime} />}</Field>
      </div>
    </Dialog>
  )
}
