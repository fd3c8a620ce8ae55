/** Input to photon: a real press in the viewer, through the client, the server and CDP, until a frame shows the page's answer. */
import { measurePresses } from '../measure.ts'
import type { Row } from '../row.ts'
import { withSession } from '../session.ts'
import { summarize } from '../stats.ts'

export const inputRow: Row = {
  name: 'input',
  title: 'Input to photon',
  run: (bench) =>
    withSession(bench, 'flip', {}, async ({ viewer, stream }) => {
      await viewer.call('take')
      const { decoded, shown, lost } = await measurePresses(bench, viewer, bench.quick ? 20 : 80)
      const summary = summarize(decoded)
      bench.add('input.p50', summary.p50, { ...summary, lost, stream: await stream() })
      bench.add('input.p95', summary.p95)
      const seen = summarize(shown)
      bench.add('input.shown.p50', seen.p50, { ...seen })
      bench.add('input.shown.p95', seen.p95)
    }),
}
