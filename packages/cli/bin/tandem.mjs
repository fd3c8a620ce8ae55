#!/usr/bin/env node
// @ts-check
/**
 * The `tandem` command on whatever Node there is. From a checkout the command runs from source (condition `source`),
 * from an installed package its build; both need Node 24, so an older one hands over to the pinned one of npm.
 */
import { spawn } from 'node:child_process'
import { existsSync, realpathSync } from 'node:fs'
import { constants } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const NODE_MAJOR = 24
const here = dirname(realpathSync(fileURLToPath(import.meta.url)))
const source = join(here, '..', 'src', 'main.ts')
const built = join(here, '..', 'dist', 'main.js')

/** The first `node` of a node_modules/.bin above this file: the one that the `node` package of npm put there. */
function pinnedNode() {
  for (let folder = here; ; folder = dirname(folder)) {
    const candidate = join(folder, 'node_modules', '.bin', process.platform === 'win32' ? 'node.cmd' : 'node')
    if (existsSync(candidate)) return candidate
    if (folder === dirname(folder)) return undefined
  }
}

const isNew = Number.parseInt(process.versions.node, 10) >= NODE_MAJOR
const node = isNew ? process.execPath : pinnedNode()
if (!node) {
  console.error(`Node ${process.versions.node} is too old for tandem: install Node ${NODE_MAJOR} or newer.`)
  process.exit(1)
}
const entry = existsSync(source) ? ['--conditions=source', source] : [built]
const child = spawn(node, ['--disable-warning=ExperimentalWarning', ...entry, ...process.argv.slice(2)], { stdio: 'inherit' })
// A Ctrl-C reaches the child from the terminal; this process only waits for its end.
process.on('SIGINT', () => {})
for (const signal of /** @type {const} */ (['SIGTERM', 'SIGHUP'])) process.on(signal, () => child.kill(signal))
child.on('error', (error) => {
  console.error(`tandem could not be started: ${error.message}`)
  process.exitCode = 1
})
child.on('exit', (code, signal) => (process.exitCode = code ?? 128 + (signal ? constants.signals[signal] : 0)))
