/** Eight sessions at once, each with a viewer of its own on the text page: what two cores carry. */
import { setTimeout as delay } from 'node:timers/promises'
import { measureCpu, processTree } from '../cpu.ts'
import { round, SETTLE_MS } from '../measure.ts'
import type { OpenSession } from '../product.ts'
import type { Row } from '../row.ts'
import type { ViewerPage } from '../viewer.ts'

const SESSIONS = 8

export const fleetRow: Row = {
  name: 'fleet',
  title: `${SESSIONS} sessions at once`,
  async run(bench) {
    const product = await bench.product()
    const running: { session: OpenSession; viewer: ViewerPage }[] = []
    try {
      for (let n = 0; n < SESSIONS; n++) {
        const session = await product.create({ initial_url: bench.site.page('text') })
        const viewer = await bench.viewer.open()
        running.push({ session, viewer })
        await viewer.call('join', 'tandem', session.liveUrl)
      }
      await delay(SETTLE_MS)
      const cpu = measureCpu(() => processTree(product.pid))
      const before = await Promise.all(running.map(({ viewer }) => viewer.call('framesDecoded')))
      const began = performance.now()
      await delay(bench.seconds * 1_000)
      const after = await Promise.all(running.map(({ viewer }) => viewer.call('framesDecoded')))
      const elapsed = (performance.now() - began) / 1_000
      const rates = after.map((frames, n) => round((frames - (before[n] ?? 0)) / elapsed))
      bench.add('fleet.fps', rates.reduce((sum, rate) => sum + rate, 0) / rates.length, { rates })
      bench.add('fleet.fps.worst', Math.min(...rates))
      bench.add('fleet.cpu', cpu().cores)
    } finally {
      for (const { viewer, session } of running) {
        await viewer.close()
        await product.close(session)
      }
    }
  },
}
