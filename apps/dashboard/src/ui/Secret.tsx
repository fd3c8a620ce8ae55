import type { ReactNode } from 'react'
import { KeyRound } from 'lucide-react'
import { CopyLine } from './CopyButton.tsx'

/** A secret that is shown this once. */
export function Secret({ what, text, children }: { what: string; text: string; children: ReactNode }): ReactNode {
  return (
    <div data-secret={what}>
      <div className="mb-3 flex items-start gap-2.5 rounded-lg bg-warn-soft px-3 py-2.5 text-warn">
        <KeyRound className="mt-px size-4 shrink-0" aria-hidden="true" />
        <span>Copy it now: it is shown this once and cannot be read again.</span>
      </div>
      <CopyLine text={text} what={what} />
      <p className="mt-2.5 text-xs text-muted text-pretty">{children}</p>
    </div>
  )
}
