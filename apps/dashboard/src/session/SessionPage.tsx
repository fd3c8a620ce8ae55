/**
 * One session: the live picture in the middle, the browser's own controls above it, who drives below.
 * Owns the layout alone; every part reads the live view through the session context.
 */
import { useEffect, useState } from 'react'
import type { ReactNode } from 'react'
import type { AgentSession } from '@tandem/client'
import { liveUrl, useLiveSnapshot, useLiveView } from '@tandem/react'
import type { LiveHandle } from '@tandem/react'
import type { Identity } from '../auth.ts'
import { serverUrl } from '../base.ts'
import { PHONE, useMediaQuery, useTitle } from '../hooks.ts'
import { sessionName } from '../sessions/SessionRow.tsx'
import { toast } from '../toasts.ts'
import { AddressBar } from './AddressBar.tsx'
import { makeScope, SessionContext } from './context.ts'
import { ControlBar } from './ControlBar.tsx'
import { Header } from './Header.tsx'
import { readChoice } from './pictureChoice.ts'
import { storedName } from './viewerName.ts'
import { Stage } from './Stage.tsx'
import { TabStrip } from './TabStrip.tsx'
import { TimelineDrawer } from './Timeline.tsx'
import { useFullScreen } from './useFullScreen.ts'
import { driverSentence, pendingSentence, titleOf, turnEnded } from './words.ts'

interface SessionPageProps {
  session: AgentSession
  identity: Identity
}

export function SessionPage({ session, identity }: SessionPageProps): ReactNode {
  // What the address says at the start; later choices go to the view itself.
  const [choice] = useState(() => readChoice(location.search))
  const view = useLiveView({ url: liveUrl(session.id, serverUrl, identity.token ?? undefined), name: storedName(), ...choice })
  return view === null ? null : <SessionRoom view={view} first={session} identity={identity} />
}

export function SessionRoom({ view, first, identity }: { view: LiveHandle; first: AgentSession; identity: Identity }): ReactNode {
  const snapshot = useLiveSnapshot(view)
  const phone = useMediaQuery(PHONE)
  const [timeline, setTimeline] = useState(false)
  const full = useFullScreen()
  const scope = makeScope({ view, snapshot, identity, phone, first })
  const { driver, session } = scope
  useTitle(titleOf(snapshot, driver, sessionName(session)))
  useControlToasts(view)

  return (
    <SessionContext value={scope}>
      <div className="flex h-dvh flex-col overflow-hidden bg-bg" data-status={snapshot.status} data-driver={driver.kind}>
        <div className="sr-only" aria-live="assertive">
          {driverSentence(driver)}
        </div>
        <div className="sr-only" aria-live="polite">
          {pendingSentence(snapshot)}
        </div>
        {!full.on && <Header timeline={timeline} onTimeline={() => setTimeline(!timeline)} />}
        <div className="flex min-h-0 flex-1">
          <div className="flex min-w-0 flex-1 flex-col">
            {!full.on && (
              <>
                {!phone && <TabStrip />}
                <AddressBar />
              </>
            )}
            <Stage full={full.on} />
            <ControlBar full={full} />
          </div>
          {timeline && !full.on && <TimelineDrawer onClose={() => setTimeline(false)} />}
        </div>
      </div>
    </SessionContext>
  )
}

/** What happened to control without this viewer's doing is worth a note. */
function useControlToasts(view: LiveHandle): void {
  useEffect(() => {
    const undo = [
      view.on('control.handedBack', (handback) => {
        if (handback.client_id !== view.snapshot.me?.id) return
        const why = turnEnded(handback.reason)
        if (why !== null) toast(`You no longer drive. ${why}`)
      }),
      view.on('control.requestClosed', ({ requestId, outcome }) => {
        if (!ownRequests.has(requestId)) return
        ownRequests.delete(requestId)
        if (outcome === 'declined') toast('Your request for control was declined.')
        if (outcome === 'expired') toast('Nobody answered your request for control.')
      }),
      view.on('control.changed', ({ requests }) => {
        for (const request of requests) if (request.client_id === view.snapshot.me?.id) ownRequests.add(request.id)
      }),
      view.on('clipboard.copied', () => toast('The page copied text to your clipboard.')),
    ]
    return () => {
      for (const stop of undo) stop()
    }
  }, [view])
}

/** Remembered, because a request is gone from the list by the time that its outcome comes. */
const ownRequests = new Set<string>()
