import { useState } from 'react'
import type { ReactNode } from 'react'
import { codeOf, messageOf, tandem } from '../api.ts'
import { useMaking } from '../hooks.ts'
import { Button } from '../ui/Button.tsx'
import { Dialog } from '../ui/Dialog.tsx'
import { Field, Input } from '../ui/Field.tsx'
import { SecretDialog } from '../ui/SecretDialog.tsx'

const EVENTS = [
  { value: 'human-request.*', label: 'The agent asks for a human' },
  { value: 'control.*', label: 'Control changes hands' },
  { value: 'session.*', label: 'Sessions begin, change, close' },
  { value: 'viewer.*', label: 'Viewers come and go' },
  { value: 'tab.*', label: 'Pages open, tabs crash' },
  { value: 'browser.*', label: 'The browser starts, crashes, downloads' },
] as const

export function NewWebhookDialog({ onCreated, onClose }: { onCreated: () => void; onClose: () => void }): ReactNode {
  const [url, setUrl] = useState('')
  const [events, setEvents] = useState<readonly string[]>(['human-request.*', 'session.*'])
  const request = () => tandem().webhooks.create({ url: url.trim(), events: events.length === EVENTS.length ? ['*'] : [...events] })
  const { made, busy, failure, make } = useMaking(request, onCreated)
  const error = failure === null ? null : messageOf(failure)
  const code = codeOf(failure)
  const isOfUrl = code === 'webhook/url-refused' || code === 'request/invalid'

  if (made !== null) {
    return (
      <SecretDialog title="Signing secret" what="signing secret" text={made.secret} onClose={onClose}>
        Check the signature of each call with it before you believe what it says; the documentation of webhooks has the lines.
      </SecretDialog>
    )
  }
  return (
    <Dialog
      title="New webhook"
      width={460}
      onClose={onClose}
      onSubmit={make}
      footer={
        <>
          <span role="alert" className="mr-auto line-clamp-2 min-w-0 text-xs text-bad">
            {isOfUrl ? '' : error}
          </span>
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="solid" type="submit" disabled={busy || url.trim() === '' || events.length === 0} className="min-w-32">
            {busy ? 'Making it…' : 'Make webhook'}
          </Button>
        </>
      }
    >
      <div className="space-y-5">
        <Field label="Address" error={isOfUrl ? error : null}>
          {(ids) => (
            <Input
              {...ids}
              type="url"
              inputMode="url"
              spellCheck={false}
              placeholder="https://example.com/hooks/tandem"
              value={url}
              onChange={(event) => setUrl(event.target.value)}
            />
          )}
        </Field>
        <fieldset>
          <legend className="mb-1 font-medium">It hears when</legend>
          {EVENTS.map(({ value, label }) => (
            <label key={value} className="flex min-h-8 items-center gap-2.5 rounded-md pointer-coarse:min-h-11">
              <input
                type="checkbox"
                className="size-4 shrink-0 accent-agent"
                checked={events.includes(value)}
                onChange={(event) => setEvents(event.target.checked ? [...events, value] : events.filter((other) => other !== value))}
              />
              <span className="min-w-0 flex-1">{label}</span>
              <code className="font-mono text-xs text-muted">{value}</code>
            </label>
          ))}
        </fieldset>
      </div>
    </Dialog>
  )
}
