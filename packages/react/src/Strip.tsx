/** The least that an embedding page needs: the connection in a word, who drives, the one button that changes it, and more room. */
import { useState } from 'react'
import type { ReactNode } from 'react'
import { CONNECTION_WORDS, connectionState, describeOffer, whoSentence } from '@tandem/client'
import type { LiveSnapshot } from '@tandem/client'
import { Glyph } from './Glyph.tsx'
import type { LiveHandle } from './liveHandle.ts'
import { Steering } from './Steering.tsx'

interface StripProps {
  view: LiveHandle
  snapshot: LiveSnapshot
  expanded: boolean
  onExpand: (expanded: boolean) => void
  /** What the connection is called instead of its own word. */
  word?: string
}

export function Strip({ view, snapshot, expanded, onExpand, word }: StripProps): ReactNode {
  const [error, setError] = useState<string | null>(null)
  const state = connectionState(snapshot)
  const offer = describeOffer(snapshot)
  const act = { take: () => view.takeControl(), request: () => view.requestControl(), 'hand-back': () => view.handBack() }
  const attempt = (action: keyof typeof act): void => {
    setError(null)
    act[action]().catch((reason: unknown) => setError(reason instanceof Error ? reason.message : String(reason)))
  }
  const sentence = whoSentence(snapshot)
  return (
    <>
      <div className="tandem-error" role="alert">
        {error}
      </div>
      <div className="tandem-bar">
        <div className="tandem-state" data-state={state}>
          {word ?? CONNECTION_WORDS[state]}
        </div>
        <div className="tandem-who" aria-live="polite" title={sentence}>
          <span>{snapshot.holding ? <Steering /> : sentence}</span>
        </div>
        <button
          type="button"
          className="tandem-icon"
          aria-pressed={expanded}
          aria-label={expanded ? 'Collapse' : 'Expand'}
          title={expanded ? 'Collapse' : 'Expand'}
          onClick={() => onExpand(!expanded)}
        >
          <Glyph of={expanded ? 'collapse' : 'expand'} />
        </button>
        {offer !== null && (
          <button
            type="button"
            className="tandem-button"
            data-action={offer.action}
            data-quiet={offer.action === 'request' ? '' : undefined}
            disabled={!offer.enabled}
            onClick={() => attempt(offer.action)}
          >
            {offer.label}
          </button>
        )}
      </div>
    </>
  )
}
