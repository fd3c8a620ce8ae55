import { useCallback, useSyncExternalStore } from 'react'
import type { LiveSnapshot } from '@tandem/client'
import type { LiveHandle } from './liveHandle.ts'

/** The view's snapshot; the component renders anew at each change of it. */
export function useLiveSnapshot(view: LiveHandle): LiveSnapshot {
  const subscribe = useCallback((listener: () => void) => view.subscribe(listener), [view])
  return useSyncExternalStore(subscribe, () => view.snapshot)
}
