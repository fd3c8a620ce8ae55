/** Whether the machine has time for what can wait. */
import { cpus } from 'node:os'

const BUSY_SHARE = 0.8
/** A look that is older says nothing about now. */
const STALE_MS = 2_000

/** Answers whether the processors were busy since the last call; without a fresh one before, that they were. */
export function createCpuWatch(): () => boolean {
  let before = { at: -Infinity, idle: 0, total: 0 }
  return () => {
    const now = { at: performance.now(), ...times() }
    const { at, idle, total } = before
    before = now
    if (now.at - at > STALE_MS || now.total === total) return true
    return 1 - (now.idle - idle) / (now.total - total) > BUSY_SHARE
  }
}

function times(): { idle: number; total: number } {
  let idle = 0
  let total = 0
  for (const cpu of cpus()) {
    idle += cpu.times.idle
    total += Object.values(cpu.times).reduce((sum, time) => sum + time, 0)
  }
  return { idle, total }
}
