/**
 * Ends a program when this process does, however it does: one that is killed ends nothing itself. A shell waits on a pipe
 * that closes with us; on Windows, which has none, the next start finds what was left (`reapOrphans`).
 */
import { spawn } from 'node:child_process'

/** Returns the undo, for when the program has ended by itself: its id may be another's soon. */
export function endWithUs(pid: number): () => void {
  if (process.platform === 'win32') return () => {}
  // A group of its own: what ends ours by a signal must not end it.
  const guard = spawn('/bin/sh', ['-c', 'read -r _; kill -KILL "$1"', 'tandem-guard', String(pid)], { stdio: ['pipe', 'ignore', 'ignore'], detached: true })
  guard.on('error', () => {})
  guard.stdin.on('error', () => {})
  guard.unref()
  return () => void guard.kill('SIGKILL')
}
