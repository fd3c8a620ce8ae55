/**
 * Three projects, one after the other. `unit`: beside the sources, no network, no browser, in parallel. `real`:
 * tests/<surface>/, with a real Chromium, server and Playwright, three files at a time on two cores, because a part of each is waiting. `measured`:
 * those of tests/ that need both cores for what they measure, one file at a time.
 * Workspace packages run from source everywhere: condition `source`, in Vite's resolver and in the workers' Node.
 */
import { spawnSync } from 'node:child_process'
import { defineConfig } from 'vitest/config'
import { FileOrder } from './tests/fileOrder.ts'

// vitest called by hand under an older system Node: the pinned one, which strips types and has node:sqlite, takes over.
if (Number.parseInt(process.versions.node, 10) < 24) {
  const { status } = spawnSync('node_modules/.bin/node', process.argv.slice(1), { stdio: 'inherit' })
  process.exit(status ?? 1)
}

// Not `module`, Vite's default: what packages have there is for bundlers, and Node cannot always load it.
const SOURCE = ['source', 'node', 'development|production']
const shared = { resolve: { conditions: SOURCE }, ssr: { resolve: { conditions: SOURCE, externalConditions: ['source', 'node'] } } }

const real = {
  include: ['tests/**/*.test.ts'],
  pool: 'forks' as const,
  // The files of a worker share modules and Chromiums that watch: the server's sources alone take two seconds of a core.
  isolate: false,
  setupFiles: ['tests/setup.ts'],
  execArgv: ['--conditions=source'],
  testTimeout: 60_000,
  // A second, the default, is what a busy machine sleeps through.
  expect: { poll: { timeout: 20_000 } },
  hookTimeout: 60_000,
  globalSetup: ['tests/globalSetup.ts'],
}

/** Frames on time, the rate of a link, memory under load. */
const MEASURED = ['tests/capture/quietFrame.test.ts', 'tests/network/bandwidth.test.ts', 'tests/server/mediaLoad.test.ts']

export default defineConfig({
  test: {
    sequence: { sequencer: FileOrder },
    projects: [
      {
        ...shared,
        test: {
          name: 'unit',
          include: ['packages/*/src/**/*.test.{ts,tsx}', 'apps/*/src/**/*.test.{ts,tsx}', 'scripts/**/*.test.ts', 'bench/**/*.test.ts'],
          pool: 'threads',
          isolate: false,
          execArgv: ['--conditions=source'],
          testTimeout: 20_000,
          sequence: { groupOrder: 0 },
        },
      },
      { ...shared, test: { ...real, name: 'real', exclude: MEASURED, maxWorkers: 3, sequence: { groupOrder: 1 } } },
      { ...shared, test: { ...real, name: 'measured', include: MEASURED, maxWorkers: 1, sequence: { groupOrder: 2 } } },
    ],
  },
})
