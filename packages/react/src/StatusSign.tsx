/** The sign over the picture whenever it is not the present: connecting, stalled, ended, hidden. */
import type { ReactNode } from 'react'
import { describeSign } from '@tandem/client'
import type { LiveSnapshot } from '@tandem/client'
import { Glyph } from './Glyph.tsx'

interface StatusSignProps {
  snapshot: LiveSnapshot
  /** Buttons: what to do next. */
  actions?: ReactNode
}

export function StatusSign({ snapshot, actions }: StatusSignProps): ReactNode {
  const sign = describeSign(snapshot)
  if (sign === null) return null
  return (
    <div className="tandem-sign" role="status" data-sign={sign.kind}>
      <div className="tandem-sign-card">
        {sign.kind === 'connecting' ? (
          <span className="tandem-spinner" />
        ) : (
          <span className="tandem-glyph">
            <Glyph of={sign.kind} />
          </span>
        )}
        <div className="tandem-sign-title">{sign.title}</div>
        <div className="tandem-sign-reason">{sign.reason}</div>
        <div className="tandem-sign-actions">{actions}</div>
      </div>
    </div>
  )
}
