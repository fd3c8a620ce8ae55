// @ts-check
/**
 * `npm test [vitest arguments]`: sets up what is missing, runs both projects of vitest.config.ts and ends with one line,
 * `N passed, N failed`. A skipped test prints its reason; with CI=true it counts as failed.
 */
import { spawn } from 'node:child_process'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { ensureLiveKit } from './livekit.mjs'
import { SetupError } from './progress.mjs'
import {
  ensureBuilt,
  ensureChromium,
  ensureNetworkTools,
  ensureNode,
  ensurePackages,
  ensurePostgres,
  ensureSchemathesis,
  nodeBinary,
  nodeEnv,
  ROOT,
} from './setup.mjs'

const RESULTS = join(ROOT, '.cache', 'test-results.json')
const args = process.argv.slice(2)

try {
  ensureNode()
  await ensurePackages()
  const chromium = await ensureChromium()
  await ensureNetworkTools()
  await ensureSchemathesis()
  await ensurePostgres()
  await ensureLiveKit()
  await ensureBuilt()
  process.exitCode = report(await vitest({ CHROMIUM_PATH: chromium }))
} catch (error) {
  if (!(error instanceof SetupError)) throw error
  console.error(error.message)
  console.log('0 passed, 1 failed')
  process.exitCode = 1
}

/**
 * @param {Record<string, string>} extra
 * @returns {Promise<number>} its exit code
 */
function vitest(extra) {
  rmSync(RESULTS, { force: true })
  const reporters = args.some((arg) => arg.startsWith('--reporter')) ? [] : ['--reporter=default']
  const all = ['node_modules/vitest/vitest.mjs', 'run', ...reporters, '--reporter=json', `--outputFile.json=${RESULTS}`, ...args]
  const child = spawn(nodeBinary(), all, { cwd: ROOT, stdio: 'inherit', env: nodeEnv(extra) })
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) process.on(signal, () => child.kill(signal))
  return new Promise((resolve, reject) => {
    child.on('error', (error) => reject(new SetupError(`vitest could not be started: ${error.message}`)))
    child.on('exit', (code) => resolve(code ?? 1))
  })
}

/**
 * Prints the last line and answers with the exit code of the whole.
 * @param {number} code vitest's exit code
 */
function report(code) {
  /** @type {{ numPassedTests: number, testResults: { name: string, status: string, message: string, assertionResults: { status: string, fullName: string }[] }[] } | null} */
  const results = existsSync(RESULTS) ? JSON.parse(readFileSync(RESULTS, 'utf8')) : null
  const tests = results?.testResults.flatMap(({ assertionResults }) => assertionResults) ?? []
  const count = (/** @type {string} */ status) => tests.filter((test) => test.status === status).length
  // A file that could not be loaded has no tests of its own, yet it failed.
  const brokenFiles =
    results?.testResults.filter(({ status, assertionResults }) => status === 'failed' && !assertionResults.some((test) => test.status === 'failed')) ?? []
  let failed = count('failed') + brokenFiles.length
  const skipped = tests.filter(({ status }) => status !== 'passed' && status !== 'failed')
  const filtered = args.some((arg) => arg === '-t' || arg.startsWith('--testNamePattern'))
  if (skipped.length > 0 && !filtered) {
    console.log(`\n${skipped.length} skipped${process.env['CI'] === 'true' ? ', which counts as failed because CI=true' : ''}:`)
    for (const { fullName } of skipped) console.log(`  ${fullName}`)
    if (process.env['CI'] === 'true') failed += skipped.length
  }
  // An error outside of any test, or no results at all.
  if (code !== 0 && failed === 0) failed = 1
  console.log(`${count('passed')} passed, ${failed} failed`)
  return failed > 0 ? 1 : 0
}
