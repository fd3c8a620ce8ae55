/**
 * What a running Chromium leaves on disk so that the next server can end it when this one was killed:
 * a file in its profile folder with the process, the server that owns it, and when both started
 * (process ids are used again). `chromium.ts` writes it; `reapOrphans` reads it.
 */
import { execFile } from 'node:child_process'
import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const FILE = 'tandem-process.json'
/** Profiles lie at most this deep below the data folder. */
const SEARCH_DEPTH = 3

interface Process {
  pid: number
  /** As the system tells it; compared, never read. */
  startedAt: string
}
interface ProcessFile extends Process {
  owner: Process
}

export async function rememberProcess(profileDir: string, pid: number): Promise<void> {
  const file: ProcessFile = { ...(await describe(pid)), owner: await describe(process.pid) }
  await writeFile(join(profileDir, FILE), JSON.stringify(file))
}

export async function forgetProcess(profileDir: string): Promise<void> {
  await rm(join(profileDir, FILE), { force: true })
}

/**
 * Ends every Chromium that a server which no longer lives left behind below `dataDir`. Answers with how many.
 * Chromiums of a server that still runs are left alone, and so is a process that only has the same id.
 */
export async function reapOrphans(dataDir: string): Promise<number> {
  let reaped = 0
  for await (const profileDir of profiles(dataDir, SEARCH_DEPTH)) {
    const file = await readProcessFile(profileDir)
    if (file && (await isAlive(file.owner))) continue
    if (file && (await isAlive(file)) && (await commandLine(file.pid)).includes(profileDir)) {
      try {
        process.kill(-file.pid, 'SIGKILL')
        reaped++
      } catch {
        // It ended by itself in the meantime: its pipe is closed.
      }
    }
    await forgetProcess(profileDir)
  }
  return reaped
}

async function* profiles(dir: string, depth: number): AsyncGenerator<string> {
  const entries = await readdir(dir, { withFileTypes: true }).catch(() => [])
  if (entries.some((entry) => entry.name === FILE)) yield dir
  else if (depth > 0) for (const entry of entries) if (entry.isDirectory()) yield* profiles(join(dir, entry.name), depth - 1)
}

async function readProcessFile(profileDir: string): Promise<ProcessFile | null> {
  try {
    // Written by us; a damaged file counts as none.
    const file = JSON.parse(await readFile(join(profileDir, FILE), 'utf8')) as Partial<ProcessFile>
    return file.pid && file.startedAt !== undefined && file.owner ? { pid: file.pid, startedAt: file.startedAt, owner: file.owner } : null
  } catch {
    return null
  }
}

async function describe(pid: number): Promise<Process> {
  return { pid, startedAt: (await startedAt(pid)) ?? '' }
}

async function isAlive(expected: Process): Promise<boolean> {
  const now = await startedAt(expected.pid)
  return now !== null && now === expected.startedAt
}

/** null when there is no such process, or only its remains. */
async function startedAt(pid: number): Promise<string | null> {
  if (process.platform !== 'linux') return ps(pid, 'lstart=')
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null)
  if (!stat) return null
  // The name in brackets may hold spaces; field 3 (state) follows it, field 22 is the start in clock ticks since boot.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return fields[0] === 'Z' ? null : (fields[19] ?? null)
}

async function commandLine(pid: number): Promise<string> {
  if (process.platform !== 'linux') return (await ps(pid, 'command=')) ?? ''
  return readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
}

async function ps(pid: number, column: string): Promise<string | null> {
  return promisify(execFile)('ps', ['-p', String(pid), '-o', column]).then(
    ({ stdout }) => stdout.trim() || null,
    () => null,
  )
}
