// @ts-check
/**
 * `npm test [vitest arguments]`: sets up what is missing, runs the projects of vitest.config.ts and ends with one line,
 * `N passed, N failed`. A skipped test prints its reason; on CI it counts as failed. With `--check`, as CI has it,
 * `npm run check` runs beside the first tests, and counts as one failed test when it fails.
 * What is set up is set up side by side; the LiveKit server, minutes of work, beside the tests that need none.
 */
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
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
/** Is there while the LiveKit server is being built: tests/harness/livekit.ts waits until it is not. */
const BUILDING = join(ROOT, '.cache', 'livekit-building')
const args = process.argv.slice(2).filter((arg) => arg !== '--check')
const MAX_FLAKY_FILES = 10
const withCheck = process.argv.includes('--check')
const isCI = Boolean(process.env['CI'])

try {
  ensureNode()
  mkdirSync(dirname(BUILDING), { recursive: true })
  writeFileSync(BUILDING, '')
  void ensureLiveKit().finally(() => rmSync(BUILDING, { force: true }))
  const schemathesis = ensureSchemathesis()
  await ensurePackages()
  const checked = withCheck ? check() : true
  // One after the other: they may all need apt.
  const chromium = await ensureChromium()
  await ensureNetworkTools()
  await ensurePostgres()
  await Promise.all([ensureBuilt(), schemathesis])
  const { code, files } = await run({ CHROMIUM_PATH: chromium, TANDEM_TEST_LIVEKIT_BUILDING: BUILDING })
  process.exitCode = report(code, files, await checked)
} catch (error) {
  if (!(error instanceof SetupError)) throw error
  console.error(error.message)
  console.log('0 passed, 1 failed')
  process.exitCode = 1
}

/**
 * `npm run check`, shown when it is over: its lines are not to be mixed with those of the tests.
 * @returns {Promise<boolean>}
 */
async function check() {
  const child = spawn(nodeBinary(), ['scripts/check.mjs'], { cwd: ROOT, stdio: ['ignore', 'pipe', 'inherit'], env: nodeEnv() })
  let shown = ''
  child.stdout.on('data', (chunk) => (shown += chunk))
  const code = await new Promise((resolve) => child.on('close', resolve))
  console.log(shown.trimEnd())
  return code === 0
}

/**
 * All that `args` choose. On CI each file with a failed test once more, by itself and in a new process: on a busy machine some
 * tests still miss a deadline that they keep alone. What passes then is named: it is a fault that has to be found.
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
 * @param {readonly string[]} choice of vitest's arguments
 * @param {Record<string, string>} extra environment
 * @returns {Promise<{ code: number, files: FileResult[] }>} vitest's exit code and its results
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
 * @param {number} code
 * @param {FileResult[]} files
 * @param {boolean} checked
 */
function report(code, files, checked) {
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
  if (!checked) {
    console.log('npm run check failed (see above)')
    failed++
  }
  console.log(`${count('passed')} passed, ${failed} failed`)
  return failed > 0 ? 1 : 0
}
