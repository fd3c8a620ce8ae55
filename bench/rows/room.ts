/** A session published into a LiveKit room, on the server's own LiveKit: how late, how soon, and what one more viewer costs. */
import { setTimeout as delay } from 'node:timers/promises'
import { measureCpu, processTree } from '../cpu.ts'
import { measureAnimation, round, roundAll, SETTLE_MS } from '../measure.ts'
import type { OpenSession, Product } from '../product.ts'
import { startRoomCrowd } from '../room/crowd.ts'
import type { Bench, Row } from '../row.ts'
import { withSession } from '../session.ts'
import { summarize } from '../stats.ts'

const CROWD = 50
/** A new session's page and its capture are there. */
const REST_MS = 4_000

export const roomRow: Row = {
  name: 'room',
  title: 'Text page at 60 fps, through a LiveKit room',
  run: (bench) =>
    withSession(bench, 'text', { transport: 'room' }, async ({ viewer, trees, stream, product }) => {
      await measureAnimation(bench, viewer, 'room', trees, 'tandem', stream)
      const sfu = measureCpu(() => product.liveKitTree())
      await delay(bench.seconds * 1_000)
      bench.add('room.cpu.sfu', sfu().cores)
    }),
}

export const roomJoinRow: Row = {
  name: 'room-join',
  title: "Join a LiveKit room with LiveKit's own client",
  async run(bench) {
    const product = await bench.product()
    const first: number[] = []
    const joins: number[] = []
    for (let round = 0; round < (bench.quick ? 2 : 5); round++) {
      const session = await product.create({ initial_url: bench.site.page('still') })
      await delay(REST_MS)
      first.push(await join(bench, product, session))
      for (let again = 0; again < 2; again++) joins.push(await join(bench, product, session))
      await product.close(session)
    }
    const summary = summarize(joins)
    bench.add('room.join', summary.p50, { ...summary })
    bench.add('room.join.max', summary.max)
    bench.add('room.join.first', summarize(first).p50, { ...summarize(first) })
  },
}

/** From the request for join info to the first decoded frame, ms; the viewer's page is open before. */
async function join(bench: Bench, product: Product, session: OpenSession): Promise<number> {
  const viewer = await bench.viewer.open()
  const began = performance.timeOrigin + performance.now()
  const { ws_url, token } = await product.joinRoom(session)
  const firstFrameAt = await viewer.call('joinRoom', ws_url, token)
  await viewer.close()
  return firstFrameAt - began
}

/** Viewers that throw away what comes: fifty decoders would leave nothing of the machine for what is measured. */
export const roomCrowdRow: Row = {
  name: 'room-crowd',
  title: `${CROWD} viewers of a LiveKit room`,
  async run(bench) {
    const product = await bench.product()
    const session = await product.create({ initial_url: bench.site.page('text') })
    try {
      const { ws_url, token } = await product.joinRoom(session)
      using crowd = startRoomCrowd(ws_url)
      await crowd.add(token)
      const measure = async (): Promise<{ source: number; sfu: number; packets: number; context: Record<string, unknown> }> => {
        await delay(SETTLE_MS)
        await crowd.count()
        const source = measureCpu(() => processTree(session.chromium))
        const sfu = measureCpu(() => product.liveKitTree())
        await delay(bench.seconds * 1_000)
        const count = await crowd.count()
        const { cores, byRole } = source()
        const mbits = (count.bytes * 8) / count.seconds / count.viewers / 1e6
        return {
          source: cores,
          sfu: sfu().cores,
          packets: count.packets / count.seconds / count.viewers,
          context: { byRole: roundAll(byRole), mbits: round(mbits) },
        }
      }
      const one = await measure()
      for (let viewer = 1; viewer < CROWD; viewer++) await crowd.add((await product.joinRoom(session)).token)
      const all = await measure()
      bench.add('room.one.cpu', one.source, one.context)
      bench.add('room.crowd.cpu', all.source, all.context)
      bench.add('room.crowd.change', (all.source / one.source - 1) * 100)
      bench.add('room.crowd.sfu', (all.sfu - one.sfu) / (CROWD - 1), { one: round(one.sfu), all: round(all.sfu) })
      bench.add('room.crowd.packets', all.packets, { one: round(one.packets) })
    } finally {
      await product.close(session)
    }
  },
}
