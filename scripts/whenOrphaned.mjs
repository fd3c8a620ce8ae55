// @ts-check
/**
 * Notices the end of the npm that runs this script. Between the two is a shell: npm hands SIGTERM to it alone, which ends
 * without a word to us, and what kills npm otherwise reaches nobody. Without npm nothing is watched: whoever runs the
 * script by itself (`nohup node …`) may go and leave it running. Runs on any Node from 20.19 on, without packages.
 */
import { readFileSync } from 'node:fs'

const LOOK_MS = 250

/** @param {() => void} orphaned called once */
export function whenOrphaned(orphaned) {
  if (process.env['npm_lifecycle_event'] === undefined) return
  const parent = process.ppid
  // Some shells make room for what they run: then it is npm itself, whose own parent may go.
  const npm = isShell(parent) ? parentOf(parent) : undefined
  const timer = setInterval(() => {
    // The orphans of a process get another parent.
    if (process.ppid === parent && (npm === undefined || parentOf(parent) === npm)) return
    clearInterval(timer)
    orphaned()
  }, LOOK_MS)
  timer.unref()
}

/** @param {number} pid */
function isShell(pid) {
  return /^[a-z]*sh$/.test(stat(pid)?.name ?? '')
}

/** @param {number} pid */
function parentOf(pid) {
  return stat(pid)?.parent
}

/**
 * Where it can be known without another program: on Linux.
 * @param {number} pid
 */
function stat(pid) {
  try {
    // `12 (name) S 34 …`: the name may hold any character.
    const [, name = '', parent] = /^\d+ \((.*)\) \S (\d+)/s.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? []
    return { name, parent: Number(parent) }
  } catch {
    return undefined
  }
}
