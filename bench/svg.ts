/**
 * The chart that README shows: Tandem beside the peer, one group of bars for each question, each group on a
 * scale of its own, with the ratio beside it. One SVG for light and dark pages. Pure: figures in, text out.
 */
import { specOf, type Figure, type FigureId, type System } from './catalogue.ts'

interface Group {
  title: string
  id: FigureId
  /** A thin mark for the 95th percentile on the same bar. */
  p95?: FigureId
}

const GROUPS: readonly Group[] = [
  { title: 'Glass to glass, text page at 60 fps', id: 'text.p50', p95: 'text.p95' },
  { title: 'Glass to glass, full-screen motion at 60 fps', id: 'motion.p50', p95: 'motion.p95' },
  { title: 'Press in the viewer to changed picture', id: 'input.p50', p95: 'input.p95' },
  { title: 'Bandwidth, text page at 60 fps', id: 'text.mbits' },
  { title: 'CPU of the viewer, text page at 60 fps', id: 'text.cpu.viewer' },
  { title: 'CPU of the source, text page at 60 fps', id: 'text.cpu.source' },
]

const PEER: System = 'agent-browser'
const WIDTH = 860
const LEFT = 24
const NAMES = 128
const BARS = 400
const BAR = 18
const ROW = 26
const GROUP_GAP = 38
const TOP = 66

const STYLE = `
  text { font: 13px system-ui, -apple-system, 'Segoe UI', sans-serif; fill: #1f2328 }
  .title { font-size: 18px; font-weight: 600 }
  .group { font-weight: 600 }
  .quiet { fill: #59636e }
  .ratio { font-size: 20px; font-weight: 600; text-anchor: end; fill: #0b6e4f }
  .worse { fill: #9a3b26 }
  .own { fill: #12936b }
  .peer { fill: #b6bec8 }
  .p95, .tail { stroke: #59636e; stroke-width: 2 }
  .tail { stroke-width: 1 }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 }
    .quiet { fill: #9198a1 }
    .ratio { fill: #4fd1a5 }
    .worse { fill: #f0997f }
    .own { fill: #2bb98a }
    .peer { fill: #5a6470 }
    .p95, .tail { stroke: #9198a1 }
  }`

/** A text of at most three digits that matter, with its unit. */
function amount(id: FigureId, value: number): string {
  const { unit } = specOf(id)
  return `${value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2)} ${unit}`
}

/** How many times less the first is than the second, for people: `4.1× less`. */
export function ratioText(own: number, peer: number): { text: string; better: boolean } {
  const better = own <= peer
  const times = better ? peer / own : own / peer
  return { text: `${times >= 9.95 ? times.toFixed(0) : times.toFixed(1)}× ${better ? 'less' : 'more'}`, better }
}

export function chart(figures: readonly Figure[]): string {
  const valueOf = (id: FigureId | undefined, system: System): number | undefined =>
    figures.find((figure) => figure.id === id && figure.system === system)?.value
  const parts: string[] = []
  let y = TOP
  for (const { title, id, p95 } of GROUPS) {
    const own = valueOf(id, 'tandem')
    const peer = valueOf(id, PEER)
    if (own === undefined || peer === undefined) continue
    const tails = [valueOf(p95, 'tandem'), valueOf(p95, PEER)] as const
    const most = Math.max(own, peer, tails[0] ?? 0, tails[1] ?? 0)
    const length = (value: number): number => Math.max(2, (value / most) * BARS)
    parts.push(`<text class="group" x="${LEFT}" y="${y}">${title}</text>`)
    for (const [index, [name, value, tail]] of (
      [
        ['Tandem', own, tails[0]],
        [PEER, peer, tails[1]],
      ] as const
    ).entries()) {
      const top = y + 10 + index * ROW
      const end = LEFT + NAMES + Math.max(length(value), tail === undefined ? 0 : length(tail)) + 8
      const middle = top + BAR / 2
      parts.push(`<text class="quiet" x="${LEFT}" y="${middle + 4}">${name}</text>`)
      if (tail !== undefined) {
        const x = (LEFT + NAMES + length(tail)).toFixed(1)
        parts.push(`<line class="tail" x1="${LEFT + NAMES}" x2="${x}" y1="${middle}" y2="${middle}"/>`)
        parts.push(`<line class="p95" x1="${x}" x2="${x}" y1="${top + 4}" y2="${top + BAR - 4}"/>`)
      }
      parts.push(`<rect class="${index === 0 ? 'own' : 'peer'}" x="${LEFT + NAMES}" y="${top}" width="${length(value).toFixed(1)}" height="${BAR}" rx="3"/>`)
      const label = tail === undefined ? amount(id, value) : `${amount(id, value)}, p95 ${amount(id, tail)}`
      parts.push(`<text x="${end.toFixed(1)}" y="${middle + 4}">${label}</text>`)
    }
    const { text, better } = ratioText(own, peer)
    parts.push(`<text class="ratio${better ? '' : ' worse'}" x="${WIDTH - LEFT}" y="${y + 10 + ROW + 2}">${text}</text>`)
    y += 2 * ROW + GROUP_GAP
  }
  const height = y + 2
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-label="Tandem measured beside agent-browser">
<style>${STYLE}
</style>
<text class="title" x="${LEFT}" y="34">Tandem beside agent-browser, one run on one machine (less is better)</text>
${parts.join('\n')}
<text class="quiet" x="${LEFT}" y="${height - 8}">1280x720, viewer on the same machine; bars are medians, marks the 95th percentile. npm run bench</text>
</svg>
`
}
