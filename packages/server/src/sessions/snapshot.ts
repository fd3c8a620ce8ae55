/** All open sessions in numbers, for metrics. */
import type { MetricsSnapshot } from '../metrics.ts'
import type { Session } from './session.ts'

export function snapshotOf(open: readonly Session[]): Omit<MetricsSnapshot, 'pool'> {
  const active = open.filter((session) => session.running !== null)
  return {
    sessions: { active: active.length, paused: open.length - active.length },
    agents: open.reduce((sum, session) => sum + session.agents, 0),
    viewers: open.flatMap((session) => session.watchers.all().map(({ stats }) => stats)),
    streams: active.flatMap((session) => session.media.stream ?? []),
    browserPids: active.flatMap((session) => session.running?.pid ?? []),
  }
}
