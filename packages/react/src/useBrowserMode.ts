/** The mode of a hybrid view: what somebody chose, else what the moment calls for. */
import { useEffect, useState } from 'react'
import type { LiveSnapshot } from '@tandem/client'
import { Activity, selectBrowserMode } from './browserMode.ts'
import type { BrowserContext, BrowserMode } from './browserMode.ts'
import type { LiveHandle } from './liveHandle.ts'

const LOOK_EVERY_MS = 1_000
const MOBILE = '(max-width: 560px) and (pointer: coarse)'

/** What is known of the moment. `navigator.connection` exists in Chromium alone; elsewhere only the snapshot tells. */
function contextOf(snapshot: LiveSnapshot, activity: Activity): BrowserContext {
  const { control, holding, humanRequests, stats, session } = snapshot
  const connection: unknown = Reflect.get(navigator, 'connection')
  const poor = typeof connection === 'object' && connection !== null && isPoor(connection)
  return {
    hidden: document.hidden,
    isReplay: session?.status === 'closed',
    isLongRunning: activity.isLong(performance.now()),
    requiresUserTakeover: holding || control?.driver.kind === 'human' || (control !== null && control.state !== 'ai-driving') || humanRequests.length > 0,
    isMobile: matchMedia(MOBILE).matches,
    lowBandwidth: poor || (stats?.rttMs ?? 0) > POOR_RTT_MS,
  }
}

/** A round trip this long makes video a slide show. */
const POOR_RTT_MS = 900

function isPoor(connection: object): boolean {
  const saveData = 'saveData' in connection && connection.saveData === true
  return saveData || ('effectiveType' in connection && /2g/.test(String(connection.effectiveType)))
}

export function useBrowserMode(view: LiveHandle, wanted: BrowserMode | 'auto'): BrowserMode {
  const [automatic, setAutomatic] = useState<BrowserMode>('screenshot')
  useEffect(() => {
    if (wanted !== 'auto') return
    const activity = new Activity()
    const look = (): void => setAutomatic(selectBrowserMode(contextOf(view.snapshot, activity)))
    const sign = (): void => {
      if (view.snapshot.control?.driver.kind === 'agent') activity.sign(performance.now())
      look()
    }
    const undo = [
      view.on('agent.pointer', sign),
      view.on('tab.listChanged', sign),
      view.on('control.changed', look),
      view.on('humanRequest.opened', look),
      view.on('humanRequest.closed', look),
    ]
    document.addEventListener('visibilitychange', look)
    const timer = setInterval(look, LOOK_EVERY_MS)
    look()
    return () => {
      clearInterval(timer)
      document.removeEventListener('visibilitychange', look)
      for (const stop of undo) stop()
    }
  }, [view, wanted])
  return wanted === 'auto' ? automatic : wanted
}
