/** How much memory processes use with all their children, from /proc; 0 where there is none. */
import { readdir, readFile } from 'node:fs/promises'

/** Bytes. Memory that processes share is split among them (PSS), so that a browser's parts do not count it twice. */
export async function memoryOf(pids: readonly number[]): Promise<number> {
  if (pids.length === 0) return 0
  const children = await childrenByParent()
  const all = new Set(pids)
  // A Set goes on with what is added on the way.
  for (const pid of all) for (const child of children.get(pid) ?? []) all.add(child)
  const sizes = await Promise.all([...all].map(sizeOf))
  return sizes.reduce((sum, size) => sum + size, 0)
}

async function childrenByParent(): Promise<Map<number, number[]>> {
  const names = await readdir('/proc').catch(() => [])
  const children = new Map<number, number[]>()
  await Promise.all(
    names
      .filter((name) => /^\d+$/.test(name))
      .map(async (name) => {
        const stat = await readFile(`/proc/${name}/stat`, 'utf8').catch(() => '')
        // The program's name, in brackets, may hold spaces and brackets of its own.
        const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
        if (!Number.isInteger(parent)) return
        const siblings = children.get(parent) ?? []
        siblings.push(Number(name))
        children.set(parent, siblings)
      }),
  )
  return children
}

async function sizeOf(pid: number): Promise<number> {
  const rollup = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8').catch(() => '')
  return Number(/^Pss:\s+(\d+) kB/m.exec(rollup)?.[1] ?? 0) * 1024
}
