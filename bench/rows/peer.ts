/** The same pages, viewer and measurements with agent-browser and its own stream. */
import { setTimeout as delay } from 'node:timers/promises'
import type { System } from '../catalogue.ts'
import { measureAnimation, measurePresses, SETTLE_MS } from '../measure.ts'
import { Peer } from '../peer.ts'
import type { Bench, Row } from '../row.ts'
import type { PageName } from '../site.ts'
import { summarize } from '../stats.ts'
import type { ViewerPage } from '../viewer.ts'

async function watch(bench: Bench, peer: Peer, page: PageName, pacing: 'push' | 'ack', measure: (viewer: ViewerPage) => Promise<void>): Promise<void> {
  await peer.open(bench.site.page(page))
  const viewer = await bench.viewer.open()
  await viewer.call('join', 'peer', peer.streamUrl(pacing))
  await delay(SETTLE_MS)
  await measure(viewer)
  await viewer.close()
}

async function animation(bench: Bench, peer: Peer, page: 'text' | 'motion', pacing: 'push' | 'ack', system: System): Promise<void> {
  bench.say(`${page} page, ${pacing} pacing`)
  const trees = { source: () => peer.tree() }
  await watch(bench, peer, page, pacing, (viewer) => measureAnimation(bench, viewer, page, trees, system, async () => (await viewer.call('traffic')).details))
}

export const peerRow: Row = {
  name: 'peer',
  title: 'agent-browser, its own stream',
  async run(bench) {
    const peer = await Peer.start(bench.chromium, bench.site.page('text'))
    try {
      bench.say(await peer.version())
      await animation(bench, peer, 'text', 'push', 'agent-browser')
      await animation(bench, peer, 'text', 'ack', 'agent-browser (ack)')
      await animation(bench, peer, 'motion', 'push', 'agent-browser')
      await animation(bench, peer, 'motion', 'ack', 'agent-browser (ack)')
      for (const pacing of ['push', 'ack'] as const) {
        bench.say(`presses, ${pacing} pacing`)
        const system = pacing === 'push' ? 'agent-browser' : 'agent-browser (ack)'
        await watch(bench, peer, 'flip', pacing, async (viewer) => {
          const { decoded, lost } = await measurePresses(bench, viewer, bench.quick ? 15 : 60)
          const summary = summarize(decoded)
          bench.add('input.p50', summary.p50, { ...summary, lost }, system)
          bench.add('input.p95', summary.p95, undefined, system)
        })
      }
    } finally {
      await peer.stop()
    }
  },
}
