import type { ReactNode } from 'react'

/** Two wheels, one in the other: the agent's colour and a person's. */
export function Logo({ className = 'size-6' }: { className?: string }): ReactNode {
  return (
    <svg viewBox="0 0 32 32" fill="none" strokeWidth="3.6" aria-hidden="true" className={className}>
      <circle cx="11.5" cy="16" r="8" className="stroke-agent" />
      <circle cx="20.5" cy="16" r="8" className="stroke-human" />
      <path d="M16 9.39a8 8 0 0 1 0 13.22" className="stroke-agent" />
    </svg>
  )
}
