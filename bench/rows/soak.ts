/** Ten minutes of two viewers on the text page, one by peer, one over WebSocket: does memory grow, and where. */
import { setTimeout as delay } from 'node:timers/promises'
import type { Curve } from '../curve.ts'
import { residentMb, treeMb } from '../cpu.ts'
import { round } from '../measure.ts'
import { Product } from '../product.ts'
import type { Row } from '../row.ts'

const SOAK_S = 600
const QUICK_SOAK_S = 30
const SAMPLES = 60
/** Share of the samples whose median is the level at the beginning, and at the end. */
const EDGE = 0.2

export const soakRow: Row = {
  name: 'soak',
  title: 'Memory over ten minutes',
  async run(bench) {
    const product = await Product.start(bench.chromium)
    try {
      const { liveUrl, chromium } = await product.create({ initial_url: bench.site.page('text') })
      const peer = await bench.viewer.open()
      await peer.call('join', 'tandem', liveUrl)
      const socket = await bench.viewer.open()
      await socket.call('join', 'tandem', liveUrl, 'websocket')
      const curve: Curve = { at: [], serverMb: [], sourceMb: [] }
      const seconds = bench.quick ? QUICK_SOAK_S : SOAK_S
      const began = performance.now()
      for (let sample = 0; sample < SAMPLES; sample++) {
        await delay((seconds / SAMPLES) * 1_000)
        curve.at.push(Math.round((performance.now() - began) / 1_000))
        curve.serverMb.push(round(residentMb(product.pid)))
        curve.sourceMb.push(round(treeMb(chromium)))
      }
      bench.add('soak.server', growth(curve.serverMb), { curve })
      bench.add('soak.source', growth(curve.sourceMb))
      await socket.close()
      await peer.close()
    } finally {
      await product.stop()
    }
  },
}

/** The level at the end over that of the beginning; medians, because Chromium and V8 breathe. */
export function growth(samples: readonly number[]): number {
  const edge = Math.max(1, Math.round(samples.length * EDGE))
  const level = (part: readonly number[]): number => part.toSorted((a, b) => a - b)[Math.floor(part.length / 2)] ?? 0
  return level(samples.slice(-edge)) - level(samples.slice(0, edge))
}
