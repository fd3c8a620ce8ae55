/**
 * The steps of the ladder, each timed: down when UDP is cut and when the decoder fails, at a join without UDP, and up
 * again. Runs ladderHost.ts in a network namespace of its own, whose UDP can be cut without touching the machine's.
 */
import { execFileSync, spawn } from 'node:child_process'
import { z } from 'zod'
import type { Row } from '../row.ts'
import { summarize } from '../stats.ts'

const HOST = new URL('../ladderHost.ts', import.meta.url).pathname
const stepsSchema = z.array(
  z.object({ id: z.enum(['ladder.down.websocket', 'ladder.down.jpeg', 'ladder.start.websocket', 'ladder.up.webrtc']), values: z.array(z.number()) }),
)

export const ladderRow: Row = {
  name: 'ladder',
  title: 'Steps of the ladder',
  async run(bench) {
    if (process.getuid?.() !== 0) return bench.say('left out: a network namespace needs root')
    const space = `tandem-bench-${process.pid}`
    const ip = (...args: string[]): void => void execFileSync('ip', args, { stdio: 'pipe' })
    ip('netns', 'add', space)
    try {
      ip('-n', space, 'link', 'set', 'lo', 'up')
      // An address that is not loopback: viewers offer no loopback candidates.
      ip('-n', space, 'link', 'add', 'left', 'type', 'veth', 'peer', 'name', 'right')
      ip('-n', space, 'addr', 'add', '10.91.0.1/24', 'dev', 'left')
      for (const link of ['left', 'right']) ip('-n', space, 'link', 'set', link, 'up')
      const child = spawn('ip', ['netns', 'exec', space, process.execPath, '--conditions=source', HOST, bench.chromium, String(bench.quick ? 1 : 3)], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      let out = ''
      child.stdout.on('data', (chunk) => (out += String(chunk)))
      const code = await new Promise((resolve) => child.once('exit', resolve))
      if (code !== 0) throw new Error(`The ladder's host ended with ${String(code)}.`)
      for (const { id, values } of stepsSchema.parse(JSON.parse(out))) {
        const summary = summarize(values)
        bench.add(id, summary.max, { ...summary, values })
      }
    } finally {
      ip('netns', 'del', space)
    }
  },
}
