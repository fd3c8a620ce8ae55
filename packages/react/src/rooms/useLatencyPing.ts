import { useEffect, useState } from 'react'
import { LatencyPing } from '@tandem/client/rooms'
import type { AgentSessionRoom, Latency } from '@tandem/client/rooms'

const UNKNOWN: Latency = { rttMs: null, lastSeenAt: null }

/** How long input takes to the server and back, measured every 2 s. Only who may steer may ping: not while `active` is false. */
export function useLatencyPing(room: AgentSessionRoom['room'] | null, active = true): Latency {
  const [latency, setLatency] = useState(UNKNOWN)
  useEffect(() => {
    if (room === null || !active) return
    const ping = new LatencyPing(room)
    const undo = ping.subscribe(() => setLatency(ping.state))
    ping.start()
    return () => {
      undo()
      ping.stop()
      setLatency(UNKNOWN)
    }
  }, [room, active])
  return latency
}
