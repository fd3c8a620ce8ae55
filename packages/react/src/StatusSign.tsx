/** The sign over the picture whenever it is not the present: connecting, stalled, ended, hidden. */
import type { ReactNode } from 'react'
import { describeSign } from '@tandem/client'
import type { LiveSnapshot, Sign } from '@tandem/client'
import { Glyph } from './Glyph.tsx'

interface StatusSignProps {
  snapshot: LiveSnapshot
  /** Buttons: what to do next. */
  actions?: ReactNode
}

export function StatusSign({ snapshot, actions }: StatusSignProps): ReactNode {
  const sign = describeSign(snapshot)
  return sign === null ? null : <SignCard sign={sign} actions={actions} />
}

export function SignCard({ sign: { kind, title, reason }, actions }: { sign: Sign; actions?: ReactNode }): ReactNode {
  return (
    <div className="tandem-sign" role="status" data-sign={kind}>
      <div className="tandem-sign-card">
        {kind === 'connecting' ? (
          <span className="tandem-spinner" />
        ) : (
          <span className="tandem-glyph">
            <Glyph of={kind} />
          </span>
        )}
        <div className="tandem-sign-title">{title}</div>
        <div className="tandem-sign-reason">{reason}</div>
        <div className="tandem-sign-actions">{actions}</div>
      </div>
    </div>
  )
}
