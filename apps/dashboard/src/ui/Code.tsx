import type { ReactNode } from 'react'
import { CopyButton } from './CopyButton.tsx'

/** A few lines of code, with the parts that matter marked: strings and one highlighted value. */
export function Code({ code, highlight }: { code: string; highlight?: string }): ReactNode {
  const parts = highlight === undefined || highlight === '' ? [code] : code.split(highlight)
  return (
    <div className="relative rounded-xl bg-sunken shadow-[inset_0_0_0_1px_var(--line)]">
      <pre tabIndex={0} className="no-bar overflow-x-auto py-3 pr-12 pl-4 font-mono text-xs leading-5">
        {parts.map((part, index) => (
          <span key={index}>
            {part}
            {index < parts.length - 1 && <span className="text-agent-ink">{highlight}</span>}
          </span>
        ))}
      </pre>
      <div className="absolute top-1.5 right-1.5 rounded-lg bg-sunken">
        <CopyButton text={code} what="code" />
      </div>
    </div>
  )
}
