/** Webhooks: where events go, what was not delivered, and trying again. */
import { useState } from 'react'
import type { ReactNode } from 'react'
import { ChevronDown, Plus, Send, Trash2, Webhook as WebhookIcon } from 'lucide-react'
import type { Webhook } from '@tandem/client'
import { tandem } from '../api.ts'
import { addressParts } from '../format.ts'
import { useTitle } from '../hooks.ts'
import { reportFailure, toast } from '../toasts.ts'
import { Button, IconButton } from '../ui/Button.tsx'
import { Confirm } from '../ui/Confirm.tsx'
import { List, Nothing, Placeholders, RowIcon, Tag } from '../ui/List.tsx'
import { Shell } from '../ui/Shell.tsx'
import type { PageProps } from '../ui/Shell.tsx'
import { useListing } from '../useListing.ts'
import { Deliveries } from './Deliveries.tsx'
import { NewWebhookDialog } from './NewWebhookDialog.tsx'

const REFRESH_MS = 5_000

export function WebhooksPage({ onShut, onSignedOut }: PageProps): ReactNode {
  useTitle('Webhooks · Tandem')
  const { data, problem, refresh } = useListing(async (signal) => (await tandem().webhooks.list({ signal })).data, REFRESH_MS, 'webhooks', onShut)
  const [creating, setCreating] = useState(false)
  const [deleting, setDeleting] = useState<Webhook | null>(null)
  const create = (
    <Button kind="solid" icon={<Plus />} onClick={() => setCreating(true)} className="pointer-coarse:h-10">
      New webhook
    </Button>
  )
  return (
    <Shell
      place="webhooks"
      title="Webhooks"
      action={create}
      intro="Your own server hears of takeovers, requests for a human and closed sessions as they happen. Each call is signed; what is not answered is sent again."
      problem={problem}
      onSignedOut={onSignedOut}
    >
      {data === null ? (
        <Placeholders label="Loading webhooks" />
      ) : data.length === 0 ? (
        <Nothing icon={<WebhookIcon />} title="No webhooks yet" text="Name an address of yours and what it should hear of." />
      ) : (
        <List label="Webhooks">
          {data.map((webhook) => (
            <WebhookRow key={webhook.id} webhook={webhook} onDelete={() => setDeleting(webhook)} onChanged={() => void refresh()} />
          ))}
        </List>
      )}
      {creating && (
        <NewWebhookDialog
          onCreated={() => void refresh()}
          onClose={() => {
            setCreating(false)
            void refresh()
          }}
        />
      )}
      {deleting !== null && (
        <Confirm
          title="Delete this webhook?"
          text={`${deleting.url} hears nothing more, and what still waits for it is dropped.`}
          action="Delete webhook"
          onConfirm={async () => {
            await tandem().webhooks.delete(deleting.id)
            await refresh()
          }}
          onClose={() => setDeleting(null)}
        />
      )}
    </Shell>
  )
}

function WebhookRow({ webhook, onDelete, onChanged }: { webhook: Webhook; onDelete: () => void; onChanged: () => void }): ReactNode {
  const [open, setOpen] = useState(false)
  const { host, after } = addressParts(webhook.url)
  const test = async (): Promise<void> => {
    const { status, last_status, last_error } = await tandem().webhooks.test(webhook.id)
    const answer = last_status === null ? (last_error ?? 'no answer') : `answered ${last_status}`
    if (status === 'delivered') toast(`Delivered: ${host} ${answer}.`)
    else toast(`Not delivered: ${host} ${answer}.`, 'error')
    onChanged()
  }
  return (
    <li className="border-b border-line last:border-0" data-row={webhook.id}>
      <div className="flex min-h-16 items-center gap-3.5 py-2.5 pr-3 pl-4">
        <RowIcon>
          <WebhookIcon />
        </RowIcon>
        <div className="min-w-0 flex-1">
          <div className="flex flex-wrap items-center gap-x-2 sm:flex-nowrap">
            <span className="max-w-full truncate text-base tracking-[-0.006em]" title={webhook.url}>
              <span className="font-[550]">{host}</span>
              <span className="text-muted">{after}</span>
            </span>
            {webhook.disabled_at !== null && <Tag tone="warn">Off: its address is gone</Tag>}
            {webhook.dead_letters > 0 && <Tag tone="bad">{webhook.dead_letters} not delivered</Tag>}
          </div>
          <div className="truncate font-mono text-xs text-muted">{webhook.events.join(', ')}</div>
        </div>
        <IconButton label="Send a test event" onClick={() => reportFailure(test())}>
          <Send />
        </IconButton>
        <IconButton label="Delete this webhook" onClick={onDelete}>
          <Trash2 />
        </IconButton>
        <IconButton label={open ? 'Hide deliveries' : 'Show deliveries'} aria-expanded={open} onClick={() => setOpen(!open)}>
          <ChevronDown className={`transition-transform ${open ? 'rotate-180' : ''}`} />
        </IconButton>
      </div>
      {open && <Deliveries webhookId={webhook.id} onChanged={onChanged} />}
    </li>
  )
}
