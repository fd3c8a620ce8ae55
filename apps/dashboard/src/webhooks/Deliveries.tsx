/** What was sent to one webhook, what waits, and what was given up. */
import { useState } from 'react'
import type { ReactNode } from 'react'
import { RotateCw } from 'lucide-react'
import type { WebhookDelivery } from '@tandem/client'
import { tandem } from '../api.ts'
import { age, countdown, secondsUntil } from '../format.ts'
import { useNow } from '../hooks.ts'
import { reportFailure } from '../toasts.ts'
import { IconButton } from '../ui/Button.tsx'
import { Tag } from '../ui/List.tsx'
import { Segmented } from '../ui/Segmented.tsx'
import { useListing } from '../useListing.ts'

const REFRESH_MS = 3_000
type Filter = 'all' | WebhookDelivery['status']
const FILTERS: readonly { value: Filter; label: string }[] = [
  { value: 'all', label: 'All' },
  { value: 'pending', label: 'Waiting' },
  { value: 'dead', label: 'Given up' },
]
const STATUS = {
  pending: { tone: 'warn', label: 'Waiting' },
  delivered: { tone: 'good', label: 'Delivered' },
  dead: { tone: 'bad', label: 'Given up' },
} as const

export function Deliveries({ webhookId, onChanged }: { webhookId: string; onChanged: () => void }): ReactNode {
  const [filter, setFilter] = useState<Filter>('all')
  const load = async (signal?: AbortSignal): Promise<readonly WebhookDelivery[]> =>
    (await tandem().webhooks.deliveries(webhookId, { ...(filter === 'all' ? {} : { status: filter }), signal })).data
  // Signed out meanwhile: the page's own list says so.
  const { data, problem, refresh } = useListing(load, REFRESH_MS, `${webhookId} ${filter}`, () => {})
  const now = useNow()
  const retry = async (delivery: WebhookDelivery): Promise<void> => {
    await tandem().webhooks.retry(webhookId, delivery.id)
    await refresh()
    onChanged()
  }
  return (
    <div className="border-t border-line bg-sunken px-4 py-3">
      <div className="mb-2 flex items-center gap-3">
        <h3 className="font-medium">Deliveries</h3>
        <Segmented label="Which deliveries" value={filter} onChange={setFilter} options={FILTERS} />
      </div>
      {problem !== null && <p className="py-1 text-warn">{problem}</p>}
      {data === null ? (
        <p className="py-1 text-muted">Loading…</p>
      ) : data.length === 0 ? (
        <p className="py-1 text-muted">{filter === 'dead' ? 'Nothing was given up.' : filter === 'pending' ? 'Nothing waits.' : 'Nothing was sent yet.'}</p>
      ) : (
        <ul className="max-h-80 overflow-y-auto">
          {data.map((delivery) => (
            <li
              key={delivery.id}
              className="flex min-h-9 flex-wrap items-center gap-x-2.5 border-b border-line py-1 last:border-0 sm:flex-nowrap"
              data-delivery={delivery.status}
            >
              <Tag tone={STATUS[delivery.status].tone}>{STATUS[delivery.status].label}</Tag>
              <code className="min-w-0 flex-1 truncate font-mono text-xs sm:flex-none">{delivery.type}</code>
              <span
                className="order-last w-full truncate pb-1 text-xs text-muted sm:order-none sm:w-auto sm:min-w-0 sm:flex-1 sm:pb-0"
                title={delivery.last_error ?? undefined}
              >
                {outcome(delivery, now)}
              </span>
              <time dateTime={delivery.created_at} className="shrink-0 text-xs text-muted tabular-nums">
                {age(delivery.created_at, now)}
              </time>
              <span className="grid w-7 shrink-0 place-items-center">
                {delivery.status === 'dead' && (
                  <IconButton size="sm" label="Send again" onClick={() => reportFailure(retry(delivery))}>
                    <RotateCw />
                  </IconButton>
                )}
              </span>
            </li>
          ))}
        </ul>
      )}
    </div>
  )
}

function outcome({ status, attempts, last_status, last_error, next_attempt_at }: WebhookDelivery, now: number): string {
  const answer = last_status === null ? (last_error ?? '') : `answered ${last_status}`
  if (status === 'delivered') return answer
  const tries = `${attempts} ${attempts === 1 ? 'try' : 'tries'}`
  const next = status === 'pending' && next_attempt_at !== null ? `next in ${countdown(secondsUntil(next_attempt_at, now))}` : ''
  return [answer, attempts === 0 ? '' : tries, next].filter((part) => part !== '').join(' · ')
}
