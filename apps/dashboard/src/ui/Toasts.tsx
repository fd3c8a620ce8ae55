import type { ReactNode } from 'react'
import { CircleAlert, Info, X } from 'lucide-react'
import { dismiss, useToasts } from '../toasts.ts'
import { IconButton } from './Button.tsx'

export function Toasts(): ReactNode {
  const toasts = useToasts()
  return (
    <div
      aria-live="polite"
      className="pointer-events-none fixed inset-x-3 bottom-[calc(env(safe-area-inset-bottom)+72px)] z-[60] flex flex-col items-center gap-2"
    >
      {toasts.map(({ id, kind, text }) => (
        <div
          key={id}
          data-toast={kind}
          className="pointer-events-auto flex max-w-md animate-rise items-center gap-2.5 rounded-xl bg-raised py-1.5 pr-1.5 pl-3 shadow-pop"
        >
          {kind === 'error' ? <CircleAlert className="size-4 shrink-0 text-bad" /> : <Info className="size-4 shrink-0 text-muted" />}
          <span className="min-w-0 flex-1 [overflow-wrap:anywhere]">{text}</span>
          <IconButton label="Dismiss" size="sm" onClick={() => dismiss(id)}>
            <X />
          </IconButton>
        </div>
      ))}
    </div>
  )
}
