/** Writes what was measured: bench/out/results.json always; docs/ (results, table, chart) from whole runs. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus, release, totalmem } from 'node:os'
import { isHit, specOf, type Figure } from './catalogue.ts'
import { median } from './stats.ts'
import { curveChart, type Curve } from './curve.ts'
import { chart } from './svg.ts'
import { markdownTable } from './table.ts'

const ROOT = new URL('../', import.meta.url)
/** With more than this in use elsewhere, the page says so. */
const BUSY_CORES = 0.2
const TABLE = ['<!-- table: written by npm run bench -->', '<!-- end of table -->'] as const
const SOAK = ['<!-- soak: written by npm run bench -- --only soak -->', '<!-- end of soak -->'] as const

export interface Results {
  measuredAt: string
  machine: { cpu: string; cores: number; memoryGb: number; kernel: string; chromium: string; node: string }
  /** Cores that programs other than ours used while streams were measured, the median: over 0.2 the figures are those of a busy machine. */
  elsewhere: number | null
  rows: { name: string; seconds: number; loadAfter: number }[]
  options: { seconds: number; quick: boolean; only: string[] | null }
  figures: (Figure & { unit: string; target: number | null; hit: boolean | null })[]
  failures: { row: string; error: string }[]
}

interface Measured extends Pick<Results, 'failures' | 'rows'> {
  figures: readonly Figure[]
}

export function writeResults({ figures, failures, rows }: Measured, run: Results['options'] & { chromium: string }): Results {
  const { chromium, ...options } = run
  const elsewhere = figures.flatMap(({ context }) => (typeof context?.['elsewhere'] === 'number' ? [context['elsewhere']] : []))
  const results: Results = {
    measuredAt: new Date().toISOString(),
    machine: {
      cpu: cpus()[0]?.model ?? 'unknown',
      cores: cpus().length,
      memoryGb: Math.round(totalmem() / 1e9),
      kernel: release(),
      chromium: execFileSync(chromium, ['--version'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim(),
      node: process.version,
    },
    elsewhere: elsewhere.length > 0 ? median(elsewhere) : null,
    rows,
    options,
    figures: figures.map((figure) => ({
      ...figure,
      unit: specOf(figure.id).unit,
      target: specOf(figure.id).target ?? null,
      hit: figure.system === 'tandem' ? isHit(figure) : null,
    })),
    failures,
  }
  mkdirSync(new URL('bench/out/', ROOT), { recursive: true })
  writeFileSync(new URL('bench/out/results.json', ROOT), JSON.stringify(results, null, 2) + '\n')
  writeFileSync(new URL('bench/out/bench.svg', ROOT), chart(figures))
  return results
}

/** Puts a whole run into docs/. */
export function publish(results: Results): void {
  mkdirSync(new URL('docs/images/', ROOT), { recursive: true })
  writeFileSync(new URL('docs/bench-results.json', ROOT), JSON.stringify(results, null, 2) + '\n')
  writeFileSync(new URL('docs/images/bench.svg', ROOT), chart(results.figures))
  const { machine, measuredAt, elsewhere } = results
  const busy = elsewhere !== null && elsewhere > BUSY_CORES ? ` Other programs used ${elsewhere.toFixed(1)} of its cores meanwhile.` : ''
  const caption = `Measured on ${measuredAt.slice(0, 10)}: ${machine.cores} cores of ${machine.cpu}, ${machine.memoryGb} GB, ${machine.chromium}, viewer on the same machine.${busy}`
  writeBetween(TABLE, `${caption}\n\n${markdownTable(results.figures)}`)
}

/** Puts a soak into docs/: its curve, its figures, and the samples. */
export function publishSoak(results: Results): void {
  const { figures, measuredAt, machine } = results
  // Written by the soak row.
  const curve = figures.find(({ id }) => id === 'soak.server')?.context?.['curve'] as Curve
  writeFileSync(new URL('docs/soak-results.json', ROOT), JSON.stringify(results, null, 2) + '\n')
  writeFileSync(new URL('docs/images/soak.svg', ROOT), curveChart(curve))
  writeBetween(SOAK, `Measured on ${measuredAt.slice(0, 10)}, ${machine.chromium}.\n\n${markdownTable(figures)}`)
}

function writeBetween([begin, end]: readonly [string, string], content: string): void {
  const page = new URL('docs/bench.md', ROOT)
  const [before, rest] = readFileSync(page, 'utf8').split(begin)
  const after = rest?.split(end)[1]
  if (before === undefined || after === undefined) throw new Error(`docs/bench.md has lost the marks ${begin} and ${end}.`)
  writeFileSync(page, `${before}${begin}\n${content}\n${end}${after}`)
}
