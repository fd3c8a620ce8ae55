/** The curve of the soak as an SVG for the documentation. Pure: samples in, text out. */

export interface Curve {
  /** Seconds since the first viewer's first frame. */
  at: number[]
  serverMb: number[]
  /** All processes of the browser together; pages that they share count for each. */
  sourceMb: number[]
}

const WIDTH = 860
const HEIGHT = 260
const LEFT = 64
const RIGHT = 150
const TOP = 52
const BOTTOM = 40

const STYLE = `
  text { font: 13px system-ui, -apple-system, 'Segoe UI', sans-serif; fill: #1f2328 }
  .title { font-size: 18px; font-weight: 600 }
  .quiet { fill: #59636e }
  .grid { stroke: #d1d9e0 }
  .server { stroke: #12936b; fill: none; stroke-width: 2 }
  .source { stroke: #59636e; fill: none; stroke-width: 2 }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 }
    .quiet { fill: #9198a1 }
    .grid { stroke: #3d444d }
    .server { stroke: #2bb98a }
    .source { stroke: #9198a1 }
  }`

/** Round steps of the axis, about four of them. */
function stepOf(most: number): number {
  const rough = most / 4
  const power = 10 ** Math.floor(Math.log10(rough))
  return ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10) * power
}

export function curveChart({ at, serverMb, sourceMb }: Curve): string {
  const end = at.at(-1) ?? 1
  const step = stepOf(Math.max(...serverMb, ...sourceMb))
  const top = Math.ceil(Math.max(...serverMb, ...sourceMb) / step) * step
  const x = (seconds: number): number => LEFT + (seconds / end) * (WIDTH - LEFT - RIGHT)
  const y = (mb: number): number => HEIGHT - BOTTOM - (mb / top) * (HEIGHT - TOP - BOTTOM)
  const line = (name: string, values: readonly number[]): string =>
    `<polyline class="${name}" points="${values.map((mb, n) => `${x(at[n] ?? 0).toFixed(1)},${y(mb).toFixed(1)}`).join(' ')}"/>`
  const label = (text: string, values: readonly number[]): string => {
    const last = values.at(-1) ?? 0
    return `<text x="${WIDTH - RIGHT + 10}" y="${(y(last) + 4).toFixed(1)}">${text} ${last.toFixed(0)} MB</text>`
  }
  const grid = Array.from({ length: Math.round(top / step) + 1 }, (_, n) => n * step).map(
    (mb) =>
      `<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y(mb).toFixed(1)}" y2="${y(mb).toFixed(1)}"/><text class="quiet" x="${LEFT - 8}" y="${(y(mb) + 4).toFixed(1)}" text-anchor="end">${mb}</text>`,
  )
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img" aria-label="Memory while two viewers watch">
<style>${STYLE}
</style>
<text class="title" x="24" y="30">Memory while two viewers watch a page that moves, MB resident</text>
${grid.join('\n')}
${line('source', sourceMb)}
${line('server', serverMb)}
${label('browser', sourceMb)}
${label('server', serverMb)}
<text class="quiet" x="${LEFT}" y="${HEIGHT - 14}">0</text>
<text class="quiet" x="${WIDTH - RIGHT}" y="${HEIGHT - 14}" text-anchor="end">${Math.round(end / 60)} min</text>
</svg>
`
}
