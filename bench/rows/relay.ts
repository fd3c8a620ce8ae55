/**
 * What one relay core carries: a thousand viewers of the shared encode, as real sockets, of a stream of 30 fps as the
 * text page makes it. The encoder is made up (bench/relay/syntheticBrowser.ts), the server is the product's.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { measureCpu, processTree, residentMb } from '../cpu.ts'
import { round } from '../measure.ts'
import { startCrowd, startRelay } from '../relay/rig.ts'
import type { Row } from '../row.ts'
import { summarize } from '../stats.ts'

const VIEWERS = 1_000
/** They join last, so that they are served last. */
const SAMPLED = 20
const SETTLE_MS = 3_000

export const relayRow: Row = {
  name: 'relay',
  title: `${VIEWERS} viewers over WebSocket`,
  async run(bench) {
    await using relay = await startRelay(bench.chromium)
    using crowd = startCrowd(relay.url)
    using sample = startCrowd(relay.url, true)
    const empty = residentMb(relay.pid)
    await crowd.tell({ join: VIEWERS - SAMPLED })
    await sample.tell({ join: SAMPLED })
    await delay(SETTLE_MS)
    // The process itself: its browser is not the relay.
    const own = (): ReturnType<typeof processTree> => processTree(relay.pid).filter(({ pid }) => pid === relay.pid)
    const cpu = measureCpu(own)
    await Promise.all([crowd.tell({ count: true }), sample.tell({ count: true })])
    const began = performance.now()
    await delay(bench.seconds * 1_000)
    const { cores } = cpu()
    const seconds = (performance.now() - began) / 1_000
    const [most, some] = await Promise.all([crowd.tell({ report: true }), sample.tell({ report: true })])
    const lag = summarize(some.lags)
    const fps = (most.packets + some.packets) / VIEWERS / seconds
    const missing = most.missing + some.missing
    bench.add('relay.cores', cores, { viewers: VIEWERS, viewersPerCore: Math.round(VIEWERS / cores), fps: round(fps), missing })
    bench.add('relay.lag.p50', lag.p50, { ...lag })
    bench.add('relay.lag.p95', lag.p95)
    bench.add('relay.fps', fps)
    bench.add('relay.viewer.kb', ((residentMb(relay.pid) - empty) * 1_000) / VIEWERS)
    await crowd.tell({ leave: VIEWERS })
    await sample.tell({ leave: SAMPLED })
  },
}
