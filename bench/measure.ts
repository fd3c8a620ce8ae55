/**
 * The measurements that rows of every system share: ages of frames, and what a stream costs.
 * Knows viewer pages and process trees; does not know which system is behind them.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { measureCpu, measureMachine, processTree, type CpuUse } from './cpu.ts'
import type { FigureId, System } from './catalogue.ts'
import type { Traffic } from './player.ts'
import type { Bench } from './row.ts'
import { summarize, type Summary } from './stats.ts'
import type { ViewerPage } from './viewer.ts'
import type { Sample } from './viewerPage.ts'

/** What the encoder, the bandwidth estimate and the quiet frame need to settle after a join. */
export const SETTLE_MS = 5_000

export interface FrameAges {
  summary: Summary
  fps: number
  samples: Sample[]
  unread: number
}

/** Ages of the clock in every frame for so long; null when the player cannot say when frames are shown. */
export async function frameAges(page: ViewerPage, when: 'decoded' | 'shown', seconds: number): Promise<FrameAges | null> {
  const frames = await page.call('frames', when, seconds * 1_000)
  if (!frames) return null
  const { samples, unread } = frames
  return { summary: summarize(samples.map(({ value }) => value)), fps: samples.length / seconds, samples, unread }
}

type Tree = () => ReturnType<typeof processTree>

export interface Cost {
  source: CpuUse
  server: CpuUse | null
  viewer: CpuUse
  /** Cores that everything else on the machine used meanwhile. */
  elsewhere: number
  mbits: number
  traffic: Record<string, unknown>
}

/** CPU and bytes of a stream while nobody reads its pixels back. */
export async function streamCost(bench: Bench, page: ViewerPage, trees: { source: Tree; server?: Tree }, seconds: number): Promise<Cost> {
  const machine = measureMachine()
  const own = measureCpu(() => processTree(process.pid, [bench.viewer.pid]).filter(({ pid }) => pid === process.pid))
  const source = measureCpu(trees.source)
  const server = trees.server && measureCpu(trees.server)
  const viewer = measureCpu(() => processTree(bench.viewer.pid))
  const before = await page.call('traffic')
  const began = performance.now()
  await delay(seconds * 1_000)
  const after = await page.call('traffic')
  const elapsed = (performance.now() - began) / 1_000
  const use = { source: source(), server: server?.() ?? null, viewer: viewer() }
  const ours = use.source.cores + (use.server?.cores ?? 0) + use.viewer.cores + own().cores
  const mbits = ((after.received - before.received) * 8) / elapsed / 1e6
  return { ...use, elsewhere: machine() - ours, mbits, traffic: trafficBetween(before, after, elapsed) }
}

/** Rates a second of what counts up, and the last value of the rest. */
function trafficBetween(before: Traffic, after: Traffic, seconds: number): Record<string, unknown> {
  const rate = (now: unknown, then: unknown): unknown => (typeof now === 'number' && typeof then === 'number' ? round((now - then) / seconds) : now)
  const details = Object.entries(after.details).map(([key, value]) => [
    key,
    key.startsWith('frameW') || key.startsWith('frameH') ? value : rate(value, before.details[key]),
  ])
  return {
    receivedBytes: rate(after.received, before.received),
    sentBytes: rate(after.sent, before.sent),
    payloadBytes: rate(after.payload, before.payload),
    ...Object.fromEntries(details),
  }
}

export function round(value: number): number {
  return Math.round(value * 1_000) / 1_000
}

/** What measureAnimation's figures begin with. */
type Family = 'text' | 'motion' | 'ws' | 'jpeg' | 'room'

/** The figures of one animated page in one system. */
export async function measureAnimation(
  bench: Bench,
  page: ViewerPage,
  prefix: Family,
  trees: { source: Tree; server?: Tree },
  system: System,
  stream: () => Promise<unknown>,
): Promise<void> {
  const add = (figure: string, value: number, context?: Record<string, unknown>): void => bench.add(figureOf(prefix, figure), value, context, system)
  const decoded = await frameAges(page, 'decoded', bench.seconds)
  if (!decoded) throw new Error('The player has no frames.')
  const context = { ...decoded.summary, unread: decoded.unread, stream: await stream() }
  add('p50', decoded.summary.p50, context)
  add('p95', decoded.summary.p95)
  add('fps', decoded.fps)
  const shown = await frameAges(page, 'shown', bench.seconds)
  if (shown) add('shown.p50', shown.summary.p50, { ...shown.summary, fps: shown.fps })
  if (shown && prefix === 'text') add('shown.p95', shown.summary.p95)
  const cost = await streamCost(bench, page, trees, bench.seconds)
  add('mbits', cost.mbits, { perSecond: cost.traffic })
  add('cpu.source', cost.source.cores, { byRole: roundAll(cost.source.byRole), elsewhere: round(cost.elsewhere) })
  if (cost.server && prefix !== 'motion') add('cpu.server', cost.server.cores)
  add('cpu.viewer', cost.viewer.cores, { byRole: roundAll(cost.viewer.byRole) })
}

export function roundAll(values: Record<string, number>): Record<string, number> {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, round(value)]))
}

function figureOf(prefix: Family, figure: string): FigureId {
  // Each family has the figures that measureAnimation names.
  return `${prefix}.${figure}` as FigureId
}

/** Presses in the viewer at random moments until a frame shows them; ms from the press. */
export async function measurePresses(bench: Bench, page: ViewerPage, count: number): Promise<{ decoded: number[]; shown: number[]; lost: number }> {
  const { mouse } = page.page
  const decoded: number[] = []
  const shown: number[] = []
  let lost = 0
  await mouse.move(630, 350)
  await mouse.move(640, 360)
  for (let press = 0; press < count; press++) {
    // Random against the display's clock, and long enough for the page to rest.
    await delay(150 + Math.random() * 150)
    await page.call('armPress', 3_000)
    await mouse.down()
    try {
      const { pressedAt, decodedAt, shownAt } = await page.call('pressed')
      decoded.push(decodedAt - pressedAt)
      if (shownAt !== null) shown.push(shownAt - pressedAt)
    } catch {
      lost++
    }
    await mouse.up()
  }
  if (lost > count / 10) throw new Error(`${lost} of ${count} presses never showed.`)
  return { decoded, shown, lost }
}
