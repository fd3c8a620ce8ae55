/** Memory of a server of its own, fresh: without a session, and what each watched session adds to it. */
import { setTimeout as delay } from 'node:timers/promises'
import { residentMb } from '../cpu.ts'
import { round } from '../measure.ts'
import { Product } from '../product.ts'
import type { Row } from '../row.ts'

const REST_MS = 3_000

export const memoryRow: Row = {
  name: 'memory',
  title: 'Memory of the server',
  async run(bench) {
    const product = await Product.start(bench.chromium)
    try {
      await delay(REST_MS)
      const base = residentMb(product.pid)
      bench.add('memory.base', base)
      const after: number[] = []
      for (let session = 0; session < (bench.quick ? 2 : 3); session++) {
        const { liveUrl } = await product.create({ initial_url: bench.site.page('text') })
        const viewer = await bench.viewer.open()
        await viewer.call('join', 'tandem', liveUrl)
        await delay(REST_MS)
        after.push(round(residentMb(product.pid)))
        await viewer.close()
      }
      // The first session also brings code and buffers that all share: counted all the same.
      bench.add('memory.session', ((after.at(-1) ?? base) - base) / after.length, { base: round(base), after })
    } finally {
      await product.stop()
    }
  },
}
