/**
 * `npm run bench`: every row in one run, on this machine, beside a peer. Prints the table, writes
 * bench/out/results.json, and, when the run was whole, what the documentation shows of it. The soak of ten minutes is a
 * run of its own: `npm run bench -- --only soak`.
 *
 *   npm run bench -- --only text,input --seconds 8 --quick
 *
 * Orders and reports; how a thing is measured is in rows/*.ts and explained in docs/bench.md.
 */
import { loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import { findChromium } from '@tandem/browser'
import type { Figure } from './catalogue.ts'
import { Product } from './product.ts'
import { publish, publishSoak, writeResults, type Results } from './report.ts'
import type { Bench, Row } from './row.ts'
import { gatewayRow } from './rows/gateway.ts'
import { fleetRow } from './rows/fleet.ts'
import { holdRow, motionRow, textRow } from './rows/glass.ts'
import { inputRow } from './rows/input.ts'
import { ladderRow } from './rows/ladder.ts'
import { memoryRow } from './rows/memory.ts'
import { peerRow } from './rows/peer.ts'
import { relayRow } from './rows/relay.ts'
import { roomCrowdRow, roomJoinRow, roomRow } from './rows/room.ts'
import { jpegRow, joinRow, webSocketRow } from './rows/rungs.ts'
import { soakRow } from './rows/soak.ts'
import { poolRow, startRow } from './rows/start.ts'
import { stillRow } from './rows/still.ts'
import { takeoverRow } from './rows/takeover.ts'
import { Site } from './site.ts'
import { printedTable } from './table.ts'
import { Viewer } from './viewer.ts'

const ROWS: readonly Row[] = [
  startRow,
  poolRow,
  textRow,
  motionRow,
  webSocketRow,
  jpegRow,
  roomRow,
  roomJoinRow,
  inputRow,
  stillRow,
  joinRow,
  ladderRow,
  takeoverRow,
  gatewayRow,
  memoryRow,
  relayRow,
  roomCrowdRow,
  holdRow,
  fleetRow,
  peerRow,
]
const ALONE: readonly Row[] = [soakRow]

const { values: options } = parseArgs({
  options: {
    only: { type: 'string' },
    seconds: { type: 'string', default: '10' },
    quick: { type: 'boolean', default: false },
  },
})
const names = options.only?.split(',')
const unknown = names?.filter((name) => ![...ROWS, ...ALONE].some((row) => row.name === name)) ?? []
if (unknown.length > 0) throw new Error(`No row named ${unknown.join(', ')}; there are ${[...ROWS, ...ALONE].map(({ name }) => name).join(', ')}.`)

const chromium = await findChromium()
const site = await Site.open()
const viewer = await Viewer.launch(chromium, site.viewer)
let product: Promise<Product> | null = null
const stopProduct = async (): Promise<void> => (await product)?.stop()
const figures: Figure[] = []
const failures: Results['failures'] = []
const rows: Results['rows'] = []

const bench: Bench = {
  site,
  viewer,
  chromium,
  seconds: Number(options.seconds),
  quick: options.quick,
  product: () => (product ??= Product.start(chromium)),
  add: (id, value, context, system = 'tandem') => void figures.push({ id, system, value, context }),
  say: (text) => print(`  ${text}`),
}

function print(text: string): void {
  process.stdout.write(`${text}\n`)
}

for (const row of names ? [...ROWS, ...ALONE].filter(({ name }) => names.includes(name)) : ROWS) {
  print(`${row.title} …`)
  const began = Date.now()
  try {
    await row.run(bench)
  } catch (error) {
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error)
    failures.push({ row: row.name, error: message })
    print(`  failed: ${message}`)
  }
  rows.push({ name: row.name, seconds: Math.round((Date.now() - began) / 1_000), loadAfter: loadavg()[0] ?? 0 })
}
await viewer.close()
await stopProduct()
site.close()

const results = writeResults({ figures, failures, rows }, { chromium, seconds: bench.seconds, quick: bench.quick, only: names ?? null })
print(`\n${printedTable(figures)}\n`)
if (!names && !options.quick && failures.length === 0) publish(results)
else if (names?.includes('soak') && !options.quick && failures.length === 0) publishSoak(results)
else print('Written to bench/out only: docs/ takes whole runs.')
process.exitCode = failures.length === 0 ? 0 : 1
