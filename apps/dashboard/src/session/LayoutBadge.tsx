/** Says when the page is laid out otherwise than its session was made, which one sees by nothing else but bars and larger letters. */
import type { ReactNode } from 'react'
import { useSession } from './context.ts'
import { layoutWords } from './layoutWords.ts'

export function LayoutBadge(): ReactNode {
  const { session, snapshot, phone } = useSession()
  const words = snapshot.status === 'ended' ? null : layoutWords(snapshot.session ?? session)
  if (words === null) return null
  return (
    <span
      className={`shrink-0 text-xs text-muted tabular-nums ${phone ? '' : 'mr-1 inline-flex h-6 items-center rounded-md px-2 shadow-[inset_0_0_0_1px_var(--line)]'}`}
      title={words.long}
      data-layout=""
    >
      {phone && '· '}
      {words.short}
    </span>
  )
}
