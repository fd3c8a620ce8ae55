/** When a new session ends by itself, and how many may watch it. */
import type { ReactNode } from 'react'
import { ChevronRight } from 'lucide-react'
import type { CreateSession } from '@tandem/client'
import { Field, Input } from '../ui/Field.tsx'
import { Select } from '../ui/Select.tsx'

const IDLE = [
  { value: '', label: 'Server default' },
  { value: '300', label: '5 minutes' },
  { value: '1800', label: '30 minutes' },
  { value: '7200', label: '2 hours' },
  { value: '0', label: 'Never' },
] as const
const LONGEST = [
  { value: '', label: 'Server default' },
  { value: '3600', label: '1 hour' },
  { value: '28800', label: '8 hours' },
  { value: '86400', label: '1 day' },
  { value: '0', label: 'Without limit' },
] as const

export interface Limits {
  idle: (typeof IDLE)[number]['value']
  longest: (typeof LONGEST)[number]['value']
  viewers: string
}
export const NO_LIMITS: Limits = { idle: '', longest: '', viewers: '' }

/** Only what was chosen: the rest is the server's to say. */
export function limitsBody({ idle, longest, viewers }: Limits): Pick<CreateSession, 'idle_timeout_s' | 'max_duration_s' | 'max_viewers'> {
  return {
    ...(idle === '' ? {} : { idle_timeout_s: Number(idle) }),
    ...(longest === '' ? {} : { max_duration_s: Number(longest) }),
    ...(viewers === '' ? {} : { max_viewers: Number(viewers) }),
  }
}

export function LimitFields({ limits, onChange }: { limits: Limits; onChange: (limits: Limits) => void }): ReactNode {
  return (
    <details className="group/limits" open={limits !== NO_LIMITS}>
      <summary className="-mx-1 flex h-7 w-fit items-center gap-1 rounded-md px-1 font-medium select-none hover:bg-hover pointer-coarse:h-11 [&::-webkit-details-marker]:hidden">
        <ChevronRight className="size-4 text-muted transition-transform group-open/limits:rotate-90" aria-hidden="true" />
        Limits
      </summary>
      <div className="mt-2.5 grid gap-3 sm:grid-cols-3">
        <Field label="Closes when unused for">
          {(ids) => <Select {...ids} className="w-full" value={limits.idle} options={IDLE} onChange={(idle) => onChange({ ...limits, idle })} />}
        </Field>
        <Field label="Closes at latest after">
          {(ids) => <Select {...ids} className="w-full" value={limits.longest} options={LONGEST} onChange={(longest) => onChange({ ...limits, longest })} />}
        </Field>
        <Field label="Most viewers">
          {(ids) => (
            <Input
              {...ids}
              type="number"
              min={1}
              max={100_000}
              placeholder="Server default"
              value={limits.viewers}
              onChange={(event) => onChange({ ...limits, viewers: event.target.value })}
            />
          )}
        </Field>
      </div>
    </details>
  )
}
