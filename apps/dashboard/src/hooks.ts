/** Small hooks that several pages use. */
import { useEffect, useEffectEvent, useState, useSyncExternalStore } from 'react'

/** The time, anew each `everyMs` while it matters. */
export function useNow(active = true, everyMs = 1_000): number {
  const [now, setNow] = useState(() => Date.now())
  useEffect(() => {
    if (!active) return
    const timer = setInterval(() => setNow(Date.now()), everyMs)
    return () => clearInterval(timer)
  }, [active, everyMs])
  return now
}

export function useTitle(title: string): void {
  useEffect(() => {
    document.title = title
  }, [title])
}

interface Making<T> {
  /** What the server made; null until then. */
  made: T | null
  busy: boolean
  /** Why it was not made the last time; null: nothing is known against it. */
  failure: unknown
  make: () => void
}

/** What a form has the server make. */
export function useMaking<T>(request: () => Promise<T>, onMade: () => void): Making<T> {
  const [made, setMade] = useState<T | null>(null)
  const [busy, setBusy] = useState(false)
  const [failure, setFailure] = useState<unknown>(null)
  const make = async (): Promise<void> => {
    setBusy(true)
    setFailure(null)
    try {
      setMade(await request())
      onMade()
    } catch (reason) {
      setFailure(reason)
    }
    setBusy(false)
  }
  return { made, busy, failure, make: () => void make() }
}

export function useMediaQuery(query: string): boolean {
  return useSyncExternalStore(
    (listener) => {
      const list = matchMedia(query)
      list.addEventListener('change', listener)
      return () => list.removeEventListener('change', listener)
    },
    () => matchMedia(query).matches,
  )
}

export const PHONE = '(max-width: 720px)'

/** Runs at once, then each `everyMs` while the page is visible, and when it becomes visible again. The signal ends with the component. */
export function usePolling(work: (signal: AbortSignal) => Promise<void>, everyMs: number, key: string): void {
  const latest = useEffectEvent(work)
  useEffect(() => {
    const abort = new AbortController()
    let timer: ReturnType<typeof setTimeout> | undefined
    let running = false
    const tick = async (): Promise<void> => {
      if (running || abort.signal.aborted) return
      clearTimeout(timer)
      running = true
      try {
        if (document.visibilityState === 'visible') await latest(abort.signal)
      } finally {
        running = false
        if (!abort.signal.aborted) timer = setTimeout(() => void tick(), everyMs)
      }
    }
    const onVisible = (): void => void (document.visibilityState === 'visible' && void tick())
    document.addEventListener('visibilitychange', onVisible)
    void tick()
    return () => {
      abort.abort()
      clearTimeout(timer)
      document.removeEventListener('visibilitychange', onVisible)
    }
  }, [everyMs, key])
}
