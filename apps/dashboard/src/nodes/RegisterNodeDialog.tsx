/** A LiveKit server's address and key. The secret is written and never read again: the field begins empty, also for one that is known. */
import { useState } from 'react'
import type { ReactNode } from 'react'
import { TriangleAlert } from 'lucide-react'
import { messageOf, tandem } from '../api.ts'
import { useMaking } from '../hooks.ts'
import { Button } from '../ui/Button.tsx'
import { Dialog } from '../ui/Dialog.tsx'
import { Field, Input } from '../ui/Field.tsx'

interface RegisterNodeDialogProps {
  /** Of a node that has one already; empty: a new one. */
  id: string
  onRegistered: () => void
  onClose: () => void
}

export function RegisterNodeDialog({ id, onRegistered, onClose }: RegisterNodeDialogProps): ReactNode {
  const [node, setNode] = useState(id)
  const [url, setUrl] = useState('')
  const [key, setKey] = useState('')
  const [secret, setSecret] = useState('')
  const request = () => tandem().nodes.register({ node_id: node.trim(), livekit: { ws_url: url.trim(), api_key: key.trim(), api_secret: secret } })
  const { made, busy, failure, make } = useMaking(request, onRegistered)
  const known = id !== ''
  const complete = node.trim() !== '' && /^wss?:\/\/./.test(url.trim()) && key.trim() !== '' && secret !== ''

  if (made !== null) return <Registered warnings={made.warnings} name={made.node_id} onClose={onClose} />
  return (
    <Dialog
      title={known ? `Change “${id}”` : 'Register a LiveKit server'}
      width={460}
      onClose={onClose}
      onSubmit={make}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="solid" type="submit" disabled={busy || !complete} className="min-w-28">
            {busy ? 'Registering…' : known ? 'Save' : 'Register'}
          </Button>
        </>
      }
    >
      <div className="space-y-4">
        {!known && (
          <Field label="Name" hint="Letters, digits, dots, dashes: “eu-1”.">
            {(ids) => <Input {...ids} maxLength={128} value={node} onChange={(event) => setNode(event.target.value)} autoCapitalize="off" />}
          </Field>
        )}
        <Field label="Address" hint="Where viewers and this server reach it: wss://livekit.example.com">
          {(ids) => <Input {...ids} type="url" inputMode="url" placeholder="wss://" value={url} onChange={(event) => setUrl(event.target.value)} />}
        </Field>
        <Field label="API key">
          {(ids) => <Input {...ids} maxLength={256} autoComplete="off" value={key} onChange={(event) => setKey(event.target.value)} />}
        </Field>
        <Field
          label="API secret"
          hint="Kept sealed, and never shown again. Whoever has it can make tokens for every room."
          error={failure === null ? null : messageOf(failure)}
        >
          {(ids) => (
            <Input {...ids} type="password" maxLength={1_024} autoComplete="new-password" value={secret} onChange={(event) => setSecret(event.target.value)} />
          )}
        </Field>
      </div>
    </Dialog>
  )
}

function Registered({ name, warnings, onClose }: { name: string; warnings: readonly string[]; onClose: () => void }): ReactNode {
  return (
    <Dialog
      title={`“${name}” is registered`}
      width={440}
      onClose={onClose}
      onSubmit={onClose}
      footer={
        <Button kind="solid" type="submit">
          Done
        </Button>
      }
    >
      {warnings.map((warning) => (
        <div key={warning} className="mb-3 flex items-start gap-2.5 rounded-lg bg-warn-soft px-3 py-2.5 text-warn">
          <TriangleAlert className="mt-px size-4 shrink-0" aria-hidden="true" />
          <span>{warning}</span>
        </div>
      ))}
      <p className="text-muted">New sessions may have their room on it from now on. Sessions that run stay where they are.</p>
    </Dialog>
  )
}
