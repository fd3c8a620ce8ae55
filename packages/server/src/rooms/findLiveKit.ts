/** Where the LiveKit server's program is: named, on PATH, or built by `npm start` (scripts/setup.mjs) into the cache. */
import { accessSync, constants, readdirSync, statSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'
import type { Env } from '../config.ts'

/** `livekit-server-1.13.5-<hash of go.sum>`. One that is being built has another name. */
const BUILT = /^livekit-server-(\d+\.\d+\.\d+)-[0-9a-f]{12}$/

/** @param named from TANDEM_LIVEKIT_BIN: then no other counts, also while it is not there yet. */
export function findLiveKit(named: string | undefined, env: Env = process.env): string | null {
  if (named !== undefined) return isProgram(named) ? named : null
  const onPath = (env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, 'livekit-server'))
  return onPath.find(isProgram) ?? builtOnes(join(env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'tandem')).find(isProgram) ?? null
}

/** The newest first. */
function builtOnes(folder: string): string[] {
  try {
    const names = readdirSync(folder).filter((name) => BUILT.test(name))
    return names.sort((a, b) => b.localeCompare(a, 'en', { numeric: true })).map((name) => join(folder, name))
  } catch {
    return []
  }
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}
