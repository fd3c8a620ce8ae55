/** Processor time and memory of process trees, from Linux' /proc. Knows nothing of what the processes are for. */
import { readdirSync, readFileSync } from 'node:fs'

/** USER_HZ: ticks a second in /proc, 100 on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100

interface ProcessState {
  pid: number
  parent: number
  /** CPU seconds, user and system. */
  seconds: number
}

function readOrNull(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return null // The process ended between listing and reading.
  }
}

function processes(): ProcessState[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      const stat = readOrNull(`/proc/${name}/stat`)
      // The command's name, in brackets, may hold anything: fields are counted after it.
      const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ')
      return fields ? [{ pid: Number(name), parent: Number(fields[1]), seconds: (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND }] : []
    })
}

/** The processes under `root`, itself included, without the branches that begin at `except`. */
export function processTree(root: number, except: readonly number[] = []): ProcessState[] {
  const all = processes()
  const children = Map.groupBy(all, ({ parent }) => parent)
  const tree: ProcessState[] = []
  const open = all.filter(({ pid }) => pid === root)
  for (let next = open.pop(); next; next = open.pop()) {
    if (except.includes(next.pid)) continue
    tree.push(next)
    open.push(...(children.get(next.pid) ?? []))
  }
  return tree
}

/** The command line of a process, its arguments apart by spaces; empty when it is gone. */
export function commandOf(pid: number): string {
  return readOrNull(`/proc/${pid}/cmdline`)?.split('\0').join(' ') ?? ''
}

/** What a process of Chromium is for: its `--type`, `browser` for the first; the program's name for others. */
function role(pid: number): string {
  const command = commandOf(pid)
  const type = /--type=([\w-]+)/.exec(command)?.[1]
  if (type === 'renderer' && command.includes('--extension-process')) return 'renderer (extension)'
  if (type === 'utility') return `utility (${/--utility-sub-type=([\w.]+)/.exec(command)?.[1]?.split('.')[0] ?? ''})`
  return type ?? (/--(?:headless|remote-debugging)/.test(command) ? 'browser' : (command.split(' ')[0]?.split('/').at(-1) ?? ''))
}

export interface CpuUse {
  /** Cores: 1 is one core, all the time. */
  cores: number
  byRole: Record<string, number>
}

/** Counts the CPU time of a tree from now on; the answer is cores in use since. Processes that end meanwhile do not count. */
export function measureCpu(tree: () => ProcessState[]): () => CpuUse {
  const before = new Map(tree().map(({ pid, seconds }) => [pid, seconds]))
  const began = performance.now()
  return () => {
    const elapsed = (performance.now() - began) / 1_000
    const use: CpuUse = { cores: 0, byRole: {} }
    for (const { pid, seconds } of tree()) {
      const cores = (seconds - (before.get(pid) ?? 0)) / elapsed
      const name = role(pid)
      use.cores += cores
      use.byRole[name] = (use.byRole[name] ?? 0) + cores
    }
    return use
  }
}

/** Cores in use on the whole machine since the call: what else ran says how far a row can be trusted. */
export function measureMachine(): () => number {
  const busy = (): number => {
    const [user, nice, system, , , irq, soft] = (readOrNull('/proc/stat')?.split('\n')[0] ?? '').split(/\s+/).slice(1).map(Number)
    return ((user ?? 0) + (nice ?? 0) + (system ?? 0) + (irq ?? 0) + (soft ?? 0)) / TICKS_PER_SECOND
  }
  const before = busy()
  const began = performance.now()
  return () => (busy() - before) / ((performance.now() - began) / 1_000)
}

/** Resident memory of a process and all under it, MB; pages that they share count for each. */
export function treeMb(root: number): number {
  return processTree(root).reduce((sum, { pid }) => {
    const kib = /VmRSS:\s+(\d+) kB/.exec(readOrNull(`/proc/${pid}/status`) ?? '')?.[1]
    return sum + (Number(kib ?? 0) * 1_024) / 1e6
  }, 0)
}

/** Resident memory of one process, MB (10^6 bytes). */
export function residentMb(pid: number): number {
  const kib = /VmRSS:\s+(\d+) kB/.exec(readOrNull(`/proc/${pid}/status`) ?? '')?.[1]
  if (kib === undefined) throw new Error(`Process ${pid} is gone.`)
  return (Number(kib) * 1_024) / 1e6
}
