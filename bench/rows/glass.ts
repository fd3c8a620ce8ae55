/** Glass to glass over WebRTC: a page paints the clock, the viewer's frames are decoded. Text, held for long, and motion. */
import { frameAges, measureAnimation, round } from '../measure.ts'
import type { Row } from '../row.ts'
import { withSession } from '../session.ts'
import { windows } from '../stats.ts'

const HOLD_S = 60
const QUICK_HOLD_S = 12
const WINDOW_MS = 5_000

export const textRow: Row = {
  name: 'text',
  title: 'Text page at 60 fps',
  run: (bench) => withSession(bench, 'text', {}, ({ viewer, trees, stream }) => measureAnimation(bench, viewer, 'text', trees, 'tandem', stream)),
}

export const motionRow: Row = {
  name: 'motion',
  title: 'Full-screen motion at 60 fps',
  run: (bench) => withSession(bench, 'motion', {}, ({ viewer, trees, stream }) => measureAnimation(bench, viewer, 'motion', trees, 'tandem', stream)),
}

export const holdRow: Row = {
  name: 'hold',
  title: 'Text page held, quiet frame on and off',
  async run(bench) {
    for (const quietFrame of ['allow', 'off'] as const) {
      bench.say(`quiet frame: ${quietFrame}`)
      await withSession(bench, 'text', { quiet_frame: quietFrame }, async ({ viewer, stream }) => {
        const ages = await frameAges(viewer, 'decoded', bench.quick ? QUICK_HOLD_S : HOLD_S)
        if (!ages) throw new Error('The player has no frames.')
        const parts = windows(ages.samples, WINDOW_MS).map(({ summary }) => round(summary.p50))
        const context = { ...ages.summary, fps: ages.fps, windowP50s: parts, stream: await stream() }
        bench.add(quietFrame === 'allow' ? 'hold.p50' : 'hold.off.p50', ages.summary.p50, context)
        bench.add(quietFrame === 'allow' ? 'hold.p95' : 'hold.off.p95', ages.summary.p95)
        if (quietFrame === 'allow') bench.add('hold.worst', Math.max(...parts))
      })
    }
  },
}
