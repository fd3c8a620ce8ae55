/** A list from the server that stays fresh while it is looked at; what was there stays when the server does not answer, and the page says so. */
import { useState } from 'react'
import { failureOf, messageOf } from './api.ts'
import { usePolling } from './hooks.ts'

export interface Listing<T> {
  /** Null until it came; of another `key` it is not this list. */
  data: T | null
  problem: string | null
  refresh: () => Promise<void>
}

export function useListing<T>(load: (signal?: AbortSignal) => Promise<T>, everyMs: number, key: string, onShut: (error: unknown) => void): Listing<T> {
  const [held, setHeld] = useState<{ key: string; data: T } | null>(null)
  const [problem, setProblem] = useState<string | null>(null)
  const refresh = async (signal?: AbortSignal): Promise<void> => {
    try {
      const data = await load(signal)
      if (signal?.aborted === true) return
      setHeld({ key, data })
      setProblem(null)
    } catch (error) {
      if (signal?.aborted === true) return
      const failure = failureOf(error)
      if (failure === 'no-credential' || failure === 'bad-credential') onShut(error)
      else setProblem(failure === 'offline' ? 'The server does not answer.' : messageOf(error))
    }
  }
  usePolling(refresh, everyMs, key)
  return { data: held?.key === key ? held.data : null, problem, refresh }
}
