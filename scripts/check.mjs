// @ts-check
/**
 * `npm run check`: format, lint with the import arrows, types, unused code, drift of the generated documents. All are
 * run, whatever fails; each failure ends with the command that mends it.
 */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { SetupError } from './progress.mjs'
import { ensureNode, ensurePackages, nodeBinary, nodeEnv, ROOT } from './setup.mjs'

const bin = (/** @type {string} */ name) => join(ROOT, 'node_modules', '.bin', name)

const CHECKS = [
  { name: 'format', command: [bin('oxfmt'), '--check'], mend: 'npm run format' },
  { name: 'lint', command: [bin('oxlint'), '--deny-warnings'], mend: 'npm run lint -- --fix, then by hand' },
  { name: 'types', command: [bin('tsc'), '-p', '.'], mend: 'correct the types' },
  { name: 'unused code', command: [bin('knip')], mend: 'remove what nothing uses, or name it in knip.json with a reason' },
  { name: 'documents', command: ['node', '--conditions=source', '--disable-warning=ExperimentalWarning', 'scripts/docs.ts', '--check'], mend: 'npm run docs' },
]

try {
  ensureNode()
  await ensurePackages()
  process.exitCode = run()
} catch (error) {
  if (!(error instanceof SetupError)) throw error
  console.error(error.message)
  process.exitCode = 1
}

function run() {
  const failed = []
  for (const { name, command, mend } of CHECKS) {
    const [program = '', ...args] = command
    const start = Date.now()
    const { status, stdout, stderr, error } = spawnSync(program === 'node' ? nodeBinary() : program, args, { cwd: ROOT, encoding: 'utf8', env: nodeEnv() })
    const ok = status === 0
    console.log(`${ok ? '✓' : '✗'} ${name} (${((Date.now() - start) / 1000).toFixed(1)} s)`)
    if (ok) continue
    failed.push(name)
    console.log(`${[stdout, stderr, error?.message].filter(Boolean).join('\n').trimEnd()}\n  To mend ${name}: ${mend}\n`)
  }
  if (failed.length > 0) console.log(`${failed.length} of ${CHECKS.length} checks failed: ${failed.join(', ')}`)
  return failed.length > 0 ? 1 : 0
}
