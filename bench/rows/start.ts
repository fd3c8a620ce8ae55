/** From the POST that creates a session to the first decoded frame in a viewer whose page is open already. */
import { setTimeout as delay } from 'node:timers/promises'
import { Product } from '../product.ts'
import type { Bench, Row } from '../row.ts'
import { summarize, type Summary } from '../stats.ts'

/** What a pool needs to be full again after a session took one of its browsers. */
const REFILL_MS = 4_000

export const startRow: Row = {
  name: 'start',
  title: 'POST to first frame, cold',
  async run(bench) {
    const { summary, times } = await starts(bench, await bench.product(), 0)
    bench.add('start.cold', summary.p50, { ...summary, times })
  },
}

export const poolRow: Row = {
  name: 'pool',
  title: 'POST to first frame, from the warm pool',
  async run(bench) {
    const product = await Product.start(bench.chromium, { env: { TANDEM_POOL_SIZE: '1' } })
    try {
      const { summary, times } = await starts(bench, product, REFILL_MS)
      bench.add('start.pool', summary.p50, { ...summary, times })
      bench.add('start.pool.max', summary.max)
    } finally {
      await product.stop()
    }
  },
}

interface Start {
  total: number
  created: number
  joined: number
}

async function starts(bench: Bench, product: Product, restMs: number): Promise<{ summary: Summary; times: Start[] }> {
  const times: Start[] = []
  for (let start = 0; start < (bench.quick ? 2 : 5); start++) {
    await delay(restMs)
    const viewer = await bench.viewer.open()
    const postedAt = performance.timeOrigin + performance.now()
    const session = await product.create({ initial_url: bench.site.page('text') })
    const { joinedAt, firstFrameAt } = await viewer.call('join', 'tandem', session.liveUrl)
    times.push({ total: firstFrameAt - postedAt, created: joinedAt - postedAt, joined: firstFrameAt - joinedAt })
    await viewer.close()
    await product.close(session)
  }
  return { summary: summarize(times.map(({ total }) => total)), times }
}
