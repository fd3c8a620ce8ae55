// @ts-check
/**
 * `npm test [vitest arguments]`: sets up what is missing, runs both projects of vitest.config.ts and ends with one line,
 * `N passed, N failed`. A skipped test prints its reason; on CI it counts as failed.
 */
import { spawn } from 'node:child_process'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join, relative } from 'node:path'
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

/**
 * @typedef {{ name: string, status: string, message: string, assertionResults: { status: string, fullName: string }[] }} FileResult
 * One of vitest's JSON report.
 */

const RESULTS = join(ROOT, '.cache', 'test-results.json')
const MAX_FLAKY_FILES = 10
const args = process.argv.slice(2)
const isCI = Boolean(process.env['CI'])

try {
  ensureNode()
  await ensurePackages()
  const chromium = await ensureChromium()
  await ensureNetworkTools()
  await ensureSchemathesis()
  await ensurePostgres()
  await ensureLiveKit()
  await ensureBuilt()
  process.exitCode = report(await run({ CHROMIUM_PATH: chromium }))
} catch (error) {
  if (!(error instanceof SetupError)) throw error
  console.error(error.message)
  console.log('0 passed, 1 failed')
  process.exitCode = 1
}

/**
 * All that `args` choose. On CI each file with a failed test once more, by itself and in a new process: a busy machine may
 * miss a deadline, and what such a test leaves behind in its file fails every retry there. What passes then is named.
 * @param {Record<string, string>} extra environment
 * @returns {Promise<{ code: number, files: FileResult[] }>} vitest's exit code and its results
 */
async function run(extra) {
  const first = await vitest(args, extra)
  const failed = first.files.filter(({ status }) => status === 'failed').map(({ name }) => name)
  // So many are no accident.
  if (!isCI || failed.length === 0 || failed.length > MAX_FLAKY_FILES) return first
  let code = 0
  const files = first.files.filter(({ name }) => !failed.includes(name))
  for (const name of failed) {
    console.log(`\nOnce more, by itself: ${relative(ROOT, name)}`)
    const again = await vitest([name], extra)
    code ||= again.code
    files.push(...again.files)
    if (again.code === 0) console.log(`flaky: ${relative(ROOT, name)} passed by itself`)
  }
  return { code, files }
}

/**
 * @param {string[]} choice of vitest's arguments
 * @param {Record<string, string>} extra environment
 * @returns {Promise<{ code: number, files: FileResult[] }>}
 */
async function vitest(choice, extra) {
  rmSync(RESULTS, { force: true })
  const reporters = choice.some((arg) => arg.startsWith('--reporter')) ? [] : ['--reporter=default']
  const all = ['node_modules/vitest/vitest.mjs', 'run', ...reporters, '--reporter=json', `--outputFile.json=${RESULTS}`, ...choice]
  const child = spawn(nodeBinary(), all, { cwd: ROOT, stdio: 'inherit', env: nodeEnv(extra) })
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) process.on(signal, () => child.kill(signal))
  /** @type {number} */
  const code = await new Promise((resolve, reject) => {
    child.on('error', (error) => reject(new SetupError(`vitest could not be started: ${error.message}`)))
    child.on('exit', (exitCode) => resolve(exitCode ?? 1))
  })
  return { code, files: existsSync(RESULTS) ? JSON.parse(readFileSync(RESULTS, 'utf8')).testResults : [] }
}

/**
 * Prints the last line and answers with the exit code of the whole.
 * @param {{ code: number, files: FileResult[] }} results
 */
function report({ code, files }) {
  const tests = files.flatMap(({ assertionResults }) => assertionResults)
  const count = (/** @type {string} */ status) => tests.filter((test) => test.status === status).length
  // A file that could not be loaded has no tests of its own, yet it failed.
  const brokenFiles = files.filter(({ status, assertionResults }) => status === 'failed' && !assertionResults.some((test) => test.status === 'failed'))
  let failed = count('failed') + brokenFiles.length
  const skipped = tests.filter(({ status }) => status !== 'passed' && status !== 'failed')
  const filtered = args.some((arg) => arg === '-t' || arg.startsWith('--testNamePattern'))
  if (skipped.length > 0 && !filtered) {
    console.log(`\n${skipped.length} skipped${isCI ? ', which counts as failed on CI' : ''}:`)
    for (const { fullName } of skipped) console.log(`  ${fullName}`)
    if (isCI) failed += skipped.length
  }
  // An error outside of any test, or no results at all.
  if (code !== 0 && failed === 0) failed = 1
  console.log(`${count('passed')} passed, ${failed} failed`)
  return failed > 0 ? 1 : 0
}
