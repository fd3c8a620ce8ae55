/** The picture and what lies over it: the page's own questions, and the notes about control. */
import type { ReactNode } from 'react'
import { Volume2, X } from 'lucide-react'
import { useState } from 'react'
import { BrowserStreamView } from '@tandem/react'
import { navigate } from '../router.ts'
import { KeyboardDoor } from './KeyboardDoor.tsx'
import { Notices } from './Notices.tsx'
import { PickerLayer } from './PickerLayer.tsx'
import { Prompts } from './Prompts.tsx'
import { useSession } from './context.ts'
import { keepChoice } from './pictureChoice.ts'

export function Stage({ full }: { full: boolean }): ReactNode {
  const { view, session, snapshot } = useSession()
  const { inputRefused } = snapshot
  return (
    <main className="relative min-h-0 flex-1" aria-label="Live picture">
      <KeyboardDoor />
      <BrowserStreamView
        sessionId={session.id}
        liveView={view}
        controls={false}
        className={full ? 'stage stage-full' : 'stage'}
        statusActions={<StatusActions />}
      >
        <PickerLayer />
      </BrowserStreamView>
      <Prompts />
      <SoundHint />
      <div className="pointer-events-none absolute inset-x-0 bottom-0 z-20 flex flex-col items-center gap-2 p-3">
        {inputRefused !== null && (
          <div role="status" className="animate-rise rounded-full bg-raised px-3.5 py-1.5 shadow-pop">
            {inputRefused.message}
          </div>
        )}
        <Notices />
      </div>
    </main>
  )
}

function StatusActions(): ReactNode {
  const { view, snapshot, admin } = useSession()
  const { status, code, rung } = snapshot
  // Whoever was sent away asks the owner, not the server; a link that ended leads to the page that says so.
  const signedOut = code?.startsWith('auth/') === true && code !== 'auth/kicked'
  const closed = code === 'session/closed' || code === 'session/not-found' || code === 'session/server-lost'
  const again = !closed && code !== 'auth/kicked'
  if (status === 'live') return null
  // While the connection is being made there is nothing to press, it goes on by itself; but a way that was chosen may be one that does not exist here.
  if (status === 'connecting' && !rung.forced) return null
  return (
    <>
      {status === 'connecting' && (
        <button
          type="button"
          className="tandem-button"
          onClick={() => {
            keepChoice({ transport: 'auto' })
            view.setTransport('auto')
          }}
        >
          Use the best way there is
        </button>
      )}
      {status === 'stalled' && (
        <button type="button" className="tandem-button" onClick={() => view.reconnect()}>
          Reconnect
        </button>
      )}
      {/* A view that has ended stays ended; the page asks anew who we are and what there is. */}
      {status === 'ended' && again && (
        <button type="button" className="tandem-button" onClick={() => location.reload()}>
          {signedOut ? 'Sign in' : 'Open again'}
        </button>
      )}
      {status === 'ended' && admin && (
        <button type="button" className="tandem-button" data-quiet={again ? '' : undefined} onClick={() => navigate('/')}>
          All sessions
        </button>
      )}
    </>
  )
}

/** Browsers start a page without sound: one press anywhere that says so. */
function SoundHint(): ReactNode {
  const { view, snapshot } = useSession()
  const [dismissed, setDismissed] = useState(false)
  if (dismissed || snapshot.status !== 'live' || !snapshot.muted || snapshot.stream?.audio !== true) return null
  return (
    <div className="absolute top-3 right-3 z-10 flex animate-rise items-center rounded-full bg-raised shadow-pop">
      <button
        type="button"
        onClick={() => view.setMuted(false)}
        className="flex h-8 items-center gap-2 rounded-l-full pr-2 pl-3 font-medium hover:text-agent-ink pointer-coarse:h-11 [&_svg]:size-4"
      >
        <Volume2 /> Click for sound
      </button>
      <button
        type="button"
        aria-label="Stay without sound"
        title="Stay without sound"
        onClick={() => setDismissed(true)}
        className="grid size-8 place-items-center rounded-r-full text-muted hover:text-ink pointer-coarse:size-11 [&_svg]:size-3.5"
      >
        <X />
      </button>
    </div>
  )
}
