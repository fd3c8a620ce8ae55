/** A page at rest: what it costs, and how soon somebody who joins sees it. */
import { round, roundAll, streamCost } from '../measure.ts'
import type { Row } from '../row.ts'
import { withSession } from '../session.ts'
import { summarize } from '../stats.ts'

const STILL_S = 20
const QUICK_STILL_S = 6

export const stillRow: Row = {
  name: 'still',
  title: 'A page at rest',
  run: (bench) =>
    withSession(bench, 'still', {}, async ({ viewer, session, trees, stream }) => {
      const cost = await streamCost(bench, viewer, trees, bench.quick ? QUICK_STILL_S : STILL_S)
      bench.add('still.kbits', cost.mbits * 1_000, { perSecond: cost.traffic, stream: await stream() })
      bench.add('still.cpu.source', cost.source.cores, {
        byRole: roundAll(cost.source.byRole),
        server: round(cost.server?.cores ?? 0),
        elsewhere: round(cost.elsewhere),
      })
      bench.add('still.cpu.viewer', cost.viewer.cores)
      const joins: number[] = []
      for (let join = 0; join < (bench.quick ? 3 : 10); join++) {
        const second = await bench.viewer.open()
        const { joinedAt, firstFrameAt } = await second.call('join', 'tandem', session.liveUrl)
        joins.push(firstFrameAt - joinedAt)
        await second.close()
      }
      const summary = summarize(joins)
      bench.add('join.still', summary.p50, { ...summary })
      bench.add('join.still.max', summary.max)
    }),
}
