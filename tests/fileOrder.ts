/**
 * Which real file runs when. What needs the LiveKit server comes later, since on a fresh machine it is being built meanwhile, and
 * mixed with the rest; of both what takes long comes first, so that no worker is left alone with it at the end.
 */
import { readFileSync } from 'node:fs'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** The longest, by what they took on two cores; others go by their size. */
const LONG = [
  'client/live',
  'rooms/publish',
  'network/ladder',
  'client/players',
  'capture/capture',
  'rooms/join',
  'rooms/badDays',
  'network/room',
  'server/cluster',
  'capture/outlets',
  'server/agents',
  'dashboard/badDays',
  'dashboard/session',
  'dashboard/dashboard',
  'server/process',
  'dashboard/pages',
  'client/geometry',
  'server/storeOutage',
  'rooms/panel',
  'network/udpPorts',
  'client/rungs',
  'rooms/viewer',
  'rooms/engine',
  'server/timeouts',
  'fuzz/rest',
]
const NEEDS_LIVEKIT = /harness\/livekit\.ts'|LiveKitRig/

export class FileOrder extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const keys = new Map(files.map((file) => [file, keyOf(file)]))
    const key = (file: TestSpecification): Key => keys.get(file) ?? keyOf(file)
    // A stable sort: projects keep the order that vitest gives them.
    const sorted = (await super.sort(files)).toSorted((a, b) =>
      a.project.name !== b.project.name ? 0 : key(a).rank - key(b).rank || key(b).size - key(a).size,
    )
    const isReal = (file: TestSpecification): boolean => file.project.name === 'real'
    const late = sorted.filter((file) => isReal(file) && key(file).late)
    const early = sorted.filter((file) => isReal(file) && !key(file).late)
    const ordered = mixed(early, late)
    return sorted.map((file) => (isReal(file) ? (ordered.shift() ?? file) : file))
  }
}

/** Both in their order: a third of `early`, then each as often as it is there. Those of `late` wait for much, and leave the cores to others meanwhile. */
function mixed<T>(early: readonly T[], late: readonly T[]): T[] {
  const head = Math.ceil(early.length / 3)
  const rest = early.slice(head)
  const place = <U>(list: readonly U[]): [number, U][] => list.map((one, at) => [(at + 0.5) / list.length, one])
  return [...early.slice(0, head), ...[...place(late), ...place(rest)].toSorted(([a], [b]) => a - b).map(([, one]) => one)]
}

interface Key {
  late: boolean
  rank: number
  size: number
}

function keyOf({ moduleId }: TestSpecification): Key {
  const source = readFileSync(moduleId, 'utf8')
  const rank = LONG.findIndex((name) => moduleId.endsWith(`tests/${name}.test.ts`))
  return { late: NEEDS_LIVEKIT.test(source), rank: rank < 0 ? LONG.length : rank, size: source.length }
}
