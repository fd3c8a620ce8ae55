/**
 * Two projects. `unit`: beside the sources, no network, no browser, in parallel. `real`: tests/<surface>/, with a
 * real Chromium, server and Playwright, one file at a time (two cores carry one live browser and its viewer).
 * Workspace packages run from source everywhere: condition `source`, in Vite's resolver and in the workers' Node.
 */
import { spawnSync } from 'node:child_process'
import { defineConfig } from 'vitest/config'

// vitest called by hand under an older system Node: the pinned one, which strips types and has node:sqlite, takes over.
if (Number.parseInt(process.versions.node, 10) < 24) {
  const { status } = spawnSync('node_modules/.bin/node', process.argv.slice(1), { stdio: 'inherit' })
  process.exit(status ?? 1)
}

// Not `module`, Vite's default: what packages have there is for bundlers, and Node cannot always load it.
const SOURCE = ['source', 'node', 'development|production']
const shared = { resolve: { conditions: SOURCE }, ssr: { resolve: { conditions: SOURCE, externalConditions: ['source', 'node'] } } }

// A busy machine may miss a deadline; a test that fails each time is broken. Locally nothing is hidden. Beside this,
// scripts/test.mjs runs a failed file once more in a new process.
const RETRIES = process.env['CI'] ? 1 : 0

export default defineConfig({
  test: {
    projects: [
      {
        ...shared,
        test: {
          name: 'unit',
          include: ['packages/*/src/**/*.test.{ts,tsx}', 'apps/*/src/**/*.test.{ts,tsx}', 'scripts/**/*.test.ts', 'bench/**/*.test.ts'],
          pool: 'threads',
          execArgv: ['--conditions=source'],
          retry: RETRIES,
          testTimeout: 20_000,
        },
      },
      {
        ...shared,
        test: {
          name: 'real',
          include: ['tests/**/*.test.ts'],
          pool: 'forks',
          execArgv: ['--conditions=source'],
          fileParallelism: false,
          retry: RETRIES,
          testTimeout: 60_000,
          // A second, the default, is what a busy machine sleeps through.
          expect: { poll: { timeout: 20_000 } },
          hookTimeout: 60_000,
          globalSetup: ['tests/globalSetup.ts'],
        },
      },
    ],
  },
})
