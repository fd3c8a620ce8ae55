/** The rungs below WebRTC, each forced: what they cost and how late they are on the text page, and joins on a page at rest. */
import { setTimeout as delay } from 'node:timers/promises'
import { measureAnimation } from '../measure.ts'
import type { Row } from '../row.ts'
import { withSession } from '../session.ts'
import { summarize } from '../stats.ts'

export const webSocketRow: Row = {
  name: 'websocket',
  title: 'Text page at 60 fps, video over WebSocket',
  run: (bench) =>
    withSession(bench, 'text', { transport: 'websocket' }, ({ viewer, trees, stream }) => measureAnimation(bench, viewer, 'ws', trees, 'tandem', stream)),
}

export const jpegRow: Row = {
  name: 'jpeg',
  title: 'Text page at 60 fps, JPEG',
  run: (bench) =>
    withSession(bench, 'text', { transport: 'jpeg' }, ({ viewer, trees, stream }) => measureAnimation(bench, viewer, 'jpeg', trees, 'tandem', stream)),
}

/** Each join finds the rung asleep, as the first viewer on it does. */
export const joinRow: Row = {
  name: 'join',
  title: 'Join to first frame on each rung',
  run: (bench) =>
    withSession(bench, 'still', {}, async ({ session }) => {
      for (const transport of ['websocket', 'jpeg', 'screenshots'] as const) {
        const joins: number[] = []
        for (let join = 0; join < (bench.quick ? 3 : 8); join++) {
          const viewer = await bench.viewer.open()
          const { joinedAt, firstFrameAt } = await viewer.call('join', 'tandem', session.liveUrl, transport)
          joins.push(firstFrameAt - joinedAt)
          await viewer.close()
          await delay(200)
        }
        const summary = summarize(joins)
        bench.add(`join.${transport}`, summary.p50, { ...summary })
      }
    }),
}
