/**
 * Which real file runs when. What needs the LiveKit server comes last, since on a fresh machine it is being built meanwhile;
 * within both halves what takes long comes first, so that no worker is left alone with it at the end.
 */
import { readFileSync } from 'node:fs'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** The longest, by what they took on two cores; others go by their size. */
const LONG = [
  'client/live',
  'rooms/publish',
  'rooms/badDays',
  'network/ladder',
  'capture/capture',
  'server/load',
  'server/cluster',
  'gateway/load',
  'rooms/viewer',
  'rooms/pair',
  'dashboard/dashboard',
  'dashboard/session',
  'dashboard/element',
  'server/storeOutage',
  'fuzz/rest',
  'browser/tabs',
  'client/rungs',
]
const NEEDS_LIVEKIT = /harness\/livekit\.ts'|LiveKitRig/

export class FileOrder extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const keys = new Map(files.map((file) => [file, keyOf(file)]))
    const key = (file: TestSpecification): Key => keys.get(file) ?? keyOf(file)
    // A stable sort: projects keep the order that vitest gives them.
    return (await super.sort(files)).toSorted((a, b) =>
      a.project.name !== b.project.name ? 0 : Number(key(a).late) - Number(key(b).late) || key(a).rank - key(b).rank || key(b).size - key(a).size,
    )
  }
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
